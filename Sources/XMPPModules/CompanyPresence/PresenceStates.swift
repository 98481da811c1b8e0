//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

internal import XMPPCore
internal import XMPPStorage

/// Which state each account is in: what was set explicitly, and for what was not, since when a resource is what its
/// `<show/>` says.
struct PresenceStates {
    /// A state somebody set.
    struct Explicit: Equatable {
        var id: String
        var since: Timestamp
        /// When it ends by itself.
        var returnAt: Timestamp?
    }

    private struct Derived {
        var id: String
        var since: Timestamp
    }

    private let catalogue: PresenceCatalogue
    private var explicit: [JID: Explicit] = [:]
    /// By full JID.
    private var derived: [JID: Derived] = [:]

    init(_ catalogue: PresenceCatalogue) {
        self.catalogue = catalogue
    }

    /// Takes over what was stored; states that are no longer in the catalogue are forgotten.
    mutating func restore(_ stored: [String: StoredPresenceState]) {
        for (account, state) in stored where state.isExplicit && catalogue[state.stateID] != nil {
            guard let account = try? JID(account) else { continue }
            explicit[account] = Explicit(
                id: state.stateID, since: Timestamp(milliseconds: state.since),
                returnAt: state.returnAt.map { Timestamp(milliseconds: $0) })
        }
    }

    subscript(account: JID) -> Explicit? { explicit[account] }

    /// Sets a state of the catalogue, or with nil ends the one that was set.
    ///
    /// - Returns: whether anything changed.
    mutating func set(_ id: String?, of account: JID, now: Timestamp) -> Bool {
        guard let id, let state = catalogue[id] else { return explicit.removeValue(forKey: account) != nil }
        guard explicit[account]?.id != id else { return false }
        let returnAt = state.returnAfter.map { Timestamp(milliseconds: now.milliseconds + $0.milliseconds) }
        explicit[account] = Explicit(id: id, since: now, returnAt: returnAt)
        return true
    }

    /// Since when a resource has been in the state its own presence stands for.
    mutating func since(_ id: String, of resource: JID, now: Timestamp) -> Timestamp {
        if let known = derived[resource], known.id == id { return known.since }
        derived[resource] = Derived(id: id, since: now)
        return now
    }

    /// Forgets a session that has ended.
    mutating func end(_ resource: JID) {
        derived[resource] = nil
    }

    /// Ends the states whose time is up, and says whose they were.
    mutating func endDue(now: Timestamp) -> [JID] {
        let due = explicit.filter { $0.value.returnAt.map { $0 <= now } ?? false }.map(\.key)
        for account in due { explicit[account] = nil }
        return due
    }

    /// When the next state ends by itself.
    var nextReturn: Timestamp? { explicit.values.compactMap(\.returnAt).min() }

    /// As the store keeps it; nil where nothing is set.
    func stored(_ account: JID) -> StoredPresenceState? {
        explicit[account].map {
            StoredPresenceState(
                stateID: $0.id, since: $0.since.milliseconds, returnAt: $0.returnAt?.milliseconds, isExplicit: true)
        }
    }
}

extension Duration {
    fileprivate var milliseconds: Int64 {
        let (seconds, attoseconds) = components
        return seconds * 1000 + attoseconds / 1_000_000_000_000_000
    }
}
