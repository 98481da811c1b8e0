//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

internal import Logging
internal import Synchronization
package import XMPPCore
package import XMPPStorage

/// Reads and changes rosters: what is stored, the snapshots of accounts that are online, and what clients are told.
///
/// Changes are published by the store's writer in the order of their commits, so snapshots and pushes never go back to
/// an older version.
package final class RosterService: Sendable {
    let store: RosterStore
    /// Contacts that one roster may have.
    let limit: Int
    /// The version of the last change published, of whatever roster: versions come from one counter.
    private let clock = Atomic<Int64>(0)

    package init(_ store: RosterStore, limit: Int) {
        self.store = store
        self.limit = limit
    }

    // MARK: Reading

    /// The account's roster with what the configuration adds.
    package func load(account: JID, server: ServerCore) async throws -> Roster {
        let readAt = clock.load(ordering: .acquiring)
        return roster(of: account, try await store.load(account.bareString), readAt: readAt, server)
    }

    /// The roster of an account that is to be online; nil if the account is locked or gone. Throws `StorageError.notFound`
    /// if the token that it has logged in with has been taken back.
    func loadForBinding(
        account: JID, token: ShownToken? = nil, server: ServerCore
    ) async throws -> (roster: Roster, offline: OfflineGlance)? {
        let newest = server.offlineRows.newest
        let readAt = clock.load(ordering: .acquiring)
        let isVisitor = server.isVisitor(account)
        // Whoever is online is known without a look into the store.
        async let profile = server.profiles.load(account, server: server)
        guard let stored = try await store.load(account.bareString, ifAllowed: !isVisitor, token: token) else {
            return nil
        }
        _ = try await profile
        return (
            roster(of: account, stored, readAt: readAt, server),
            OfflineGlance(hasStanzas: stored.hasOffline, newest: newest)
        )
    }

    /// The same for an account whose profile is at hand: `answer` is called once, on any thread.
    func loadForBinding(
        account: JID, server: ServerCore,
        answer: @escaping @Sendable (Result<(roster: Roster, offline: OfflineGlance)?, any Error>) -> Void
    ) {
        let newest = server.offlineRows.newest
        let readAt = clock.load(ordering: .acquiring)
        store.load(account.bareString, ifAllowed: !server.isVisitor(account)) { [self] result in
            let loaded = result.map { stored in
                stored.map { stored in
                    (
                        roster: roster(of: account, stored, readAt: readAt, server),
                        offline: OfflineGlance(hasStanzas: stored.hasOffline, newest: newest)
                    )
                }
            }
            answer(loaded.mapError { $0 as any Error })
        }
    }

    private func roster(of account: JID, _ stored: StoredRoster, readAt: Int64, _ server: ServerCore) -> Roster {
        let own = stored.items.compactMap { item -> RosterItem? in
            guard let jid = try? JID(item.contact) else {
                server.log.error("A stored contact is no address", metadata: ["account": "\(account)"])
                return nil
            }
            return RosterItem(item, jid: jid)
        }
        return Roster(
            version: stored.version, own: own,
            shared: SharedContacts(server.tables.sharedItems(for: account), account: account), readAt: readAt)
    }

    /// What has to be waited for before the roster of an account that has just come online can be relied on: a change
    /// that was committed while it was read has passed it by.
    package func settle(_ account: Account, server: ServerCore) -> Deferred? {
        if account.isRosterSettled(clock: clock.load(ordering: .acquiring)) { return nil }
        return { [self] in
            do {
                for _ in 0..<Self.attempts {
                    if account.replaceRoster(try await load(account: account.jid, server: server)) { return }
                }
            } catch {
                server.log.error(
                    "A roster could not be read", metadata: ["account": "\(account.jid)", "error": "\(error)"])
            }
        }
    }

    /// One would do but for a change at the same moment.
    private static let attempts = 16

    // MARK: Writing

    /// Runs a change of rosters as one transaction: all of it or nothing. When this returns, snapshots are new and
    /// pushes on their way.
    ///
    /// - Returns: what follows from the change for presence.
    /// - Throws: `StanzaError` if the change is refused, else `StorageError`.
    func commit(
        _ server: ServerCore, _ change: @escaping @Sendable (inout RosterTransaction) throws -> Void
    ) async throws -> [SubscriptionEffect] {
        let outcome = RosterOutcome()
        let result: Result<Void, StorageError> = await withCheckedContinuation { continuation in
            server.database.submit { [self] context in
                var transaction = RosterTransaction(context: context, service: self, server: server)
                do {
                    try change(&transaction)
                } catch {
                    outcome.refuse(error)
                    throw error
                }
                outcome.store(transaction.changes, transaction.effects)
            } completion: { [self] result in
                if case .success = result {
                    for change in outcome.changes { publish(change, server) }
                }
                continuation.resume(returning: result)
            }
        }
        if case .failure(let error) = result { throw outcome.refusal ?? error }
        return outcome.effects
    }

    private func publish(_ change: RosterChange, _ server: ServerCore) {
        // First the clock, then the look-up: whoever comes online in between reads the roster again.
        clock.store(max(change.version, clock.load(ordering: .relaxed)), ordering: .releasing)
        guard let account = server.accounts.online(change.account) else { return }
        if let stanza = change.stanza {
            // §3.1.3: requests go to all available resources; §3.1.6, §3.2.3, §3.3.3: the rest to interested ones.
            if stanza.type == .subscribe {
                account.deliverPresence(stanza)
            } else {
                account.deliverToInterested(stanza)
            }
        }
        guard let (item, version) = account.apply(change), change.isPushed else { return }
        let push = Self.push(item, change.contact, version)
        let id = server.makeID()
        for session in account.interested {
            session.deliver(Stanza(.iq, .set, id: id, to: session.jid) { push })
        }
    }

    /// What clients are told of a contact (RFC 6121 §2.1.6); nil says that there is none any more.
    static func push(_ item: RosterItem?, _ contact: JID, _ version: String) -> XMLElement {
        XMLElement("query", Namespace.roster, ["ver": version]) {
            item?.element
                ?? XMLElement("item", Namespace.roster, ["jid": contact.description, "subscription": "remove"])
        }
    }
}

/// Carries what a transaction decided from the store's writer to whoever waits.
private final class RosterOutcome: Sendable {
    private struct State {
        var changes: [RosterChange] = []
        var effects: [SubscriptionEffect] = []
        var refusal: StanzaError?
    }

    private let state = Mutex(State())

    func store(_ changes: [RosterChange], _ effects: [SubscriptionEffect]) {
        state.withLock { state in
            state.changes = changes
            state.effects = effects
        }
    }

    func refuse(_ error: any Error) {
        state.withLock { $0.refusal = error as? StanzaError }
    }

    var changes: [RosterChange] { state.withLock { $0.changes } }
    var effects: [SubscriptionEffect] { state.withLock { $0.effects } }
    var refusal: StanzaError? { state.withLock { $0.refusal } }
}
