//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

internal import NIOCore
internal import Synchronization
internal import XMPPServer

/// The ways to other servers that are in use.
final class DomainRegistry: Sendable {
    fileprivate struct Entry {
        let domain: OutgoingDomain
        /// The account of ours that has made us call there, until the domain is reached.
        var account: String?
    }

    fileprivate struct State {
        var domains: [DomainPair: Entry] = [:]
        /// Domains that were not reached, by the account that wants to.
        var unreached: [String: Int] = [:]
        /// Domains by the name above them.
        var parents: [String: Int] = [:]
        /// When room was made last.
        var madeRoom: NIODeadline?
        /// Something in the outbox has no way.
        var hasOrphans = false
        var marks: [DomainPair: TakenMarks] = [:]
        var isStopped = false
    }

    private let state = Mutex(State())

    /// The way for a pair, made if there is none; nil if there are too many, or the server is not serving. `account` is the
    /// one of ours that wants to send something; each may have so many that lead nowhere.
    func domain(
        _ pair: DomainPair, for account: String? = nil, makesRoom: Bool = true, _ context: FederationContext
    ) -> OutgoingDomain? {
        let known = state.withLock { $0.domains[pair]?.domain }
        if let known { return known }
        guard let resources = context.server.loopResources(for: pair.remote) else { return nil }
        let limits = context.settings.limits
        let made = OutgoingDomain(pair, context, on: resources)
        let (domain, displaced) = state.withLock { state -> (OutgoingDomain?, [OutgoingDomain]) in
            if let known = state.domains[pair]?.domain { return (known, []) }
            guard !state.isStopped, state.admits(pair, account, limits) else { return (nil, []) }
            let displaced =
                makesRoom && state.domains.count >= limits.domains ? state.makeRoom(limits, now: .now()) : []
            guard state.domains.count < limits.domains else { return (nil, displaced) }
            state.insert(pair, Entry(domain: made, account: account))
            return (made, displaced)
        }
        for other in displaced { other.retire() }
        if domain == nil { expectOrphans() }
        return domain
    }

    /// The way for a pair, if there is one.
    func known(_ pair: DomainPair) -> OutgoingDomain? { state.withLock { $0.domains[pair]?.domain } }

    /// The domain has been reached, so nobody is charged for it any more.
    func reached(_ pair: DomainPair) { state.withLock { $0.discharge(pair) } }

    /// There may be something in the outbox for which there is no way.
    func expectOrphans() { state.withLock { $0.hasOrphans = true } }

    /// Whether there may be, since this was asked last.
    func takeOrphans() -> Bool {
        state.withLock { state in
            defer { state.hasOrphans = false }
            return state.hasOrphans
        }
    }

    // MARK: Marks

    /// The marks of what a domain has sent to one of ours.
    func marks(_ pair: DomainPair, _ limits: FederationLimits) -> TakenMarks {
        state.withLock { state in
            if let known = state.marks[pair] { return known }
            if state.marks.count >= limits.rememberedPairs, let any = state.marks.keys.first {
                // Whose marks are forgotten is left to chance, so nobody can choose.
                state.marks[any] = nil
            }
            let made = TakenMarks(sender: pair.inboxName, limit: limits.rememberedMarks)
            state.marks[pair] = made
            return made
        }
    }

    /// What is remembered from before the start, oldest first.
    func remember(_ ids: [String], of pair: DomainPair, _ limits: FederationLimits) {
        let marks = TakenMarks(sender: pair.inboxName, limit: limits.rememberedMarks, known: ids)
        state.withLock { state in
            guard state.marks.count < limits.rememberedPairs else { return }
            state.marks[pair] = marks
        }
    }

    /// Under which names marks have come since this was asked last.
    func changedMarks() -> [String] {
        state.withLock { Array($0.marks.values) }.filter { $0.takeChanged() }.map(\.sender)
    }

    // MARK: All

    var all: [OutgoingDomain] { state.withLock { $0.domains.values.map(\.domain) } }

    /// Forgets ways that nobody uses.
    func sweep() {
        state.withLock { state in
            for (pair, entry) in state.domains where entry.domain.isForgettable { state.remove(pair) }
        }
    }

    /// Makes no more ways, and lets go of those there are.
    func stop() -> [OutgoingDomain] {
        state.withLock { state in
            state.isStopped = true
            defer { state.domains = [:] }
            return state.domains.values.map(\.domain)
        }
    }
}

extension DomainRegistry.State {
    /// Whoever has a domain has as many below it as he likes.
    private static func parent(of domain: String) -> String {
        domain.split(separator: ".").suffix(2).joined(separator: ".")
    }

    fileprivate func admits(_ pair: DomainPair, _ account: String?, _ limits: FederationLimits) -> Bool {
        if let account, unreached[account, default: 0] >= limits.unreachedPerAccount { return false }
        return parents[Self.parent(of: pair.remote), default: 0] < limits.domainsPerParent
    }

    fileprivate mutating func insert(_ pair: DomainPair, _ entry: DomainRegistry.Entry) {
        domains[pair] = entry
        parents[Self.parent(of: pair.remote), default: 0] += 1
        if let account = entry.account { unreached[account, default: 0] += 1 }
    }

    fileprivate mutating func remove(_ pair: DomainPair) {
        discharge(pair)
        guard domains.removeValue(forKey: pair) != nil else { return }
        Self.decrease(&parents, Self.parent(of: pair.remote))
    }

    fileprivate mutating func discharge(_ pair: DomainPair) {
        guard let account = domains[pair]?.account else { return }
        domains[pair]?.account = nil
        Self.decrease(&unreached, account)
    }

    private static func decrease(_ counts: inout [String: Int], _ key: String) {
        let left = counts[key, default: 0] - 1
        counts[key] = left > 0 ? left : nil
    }

    /// Looks at all ways, so not more often than once a second: forgets those that nobody uses, else a part of those that
    /// cannot be reached, the longest unused first. What waits for them is on disk.
    fileprivate mutating func makeRoom(_ limits: FederationLimits, now: NIODeadline) -> [OutgoingDomain] {
        if let madeRoom, now - madeRoom < .seconds(1) { return [] }
        madeRoom = now
        for (pair, entry) in domains where entry.domain.isForgettable { remove(pair) }
        guard domains.count >= limits.domains else { return [] }
        let candidates = domains.compactMap { pair, entry in
            entry.domain.unreachedSince.map { (pair, entry.domain, $0) }
        }
        let oldest = candidates.sorted { $0.2 < $1.2 }.prefix(max(1, limits.domains / 100))
        for (pair, _, _) in oldest { remove(pair) }
        return oldest.map { $0.1 }
    }
}
