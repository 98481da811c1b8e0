//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

internal import Synchronization
internal import XMPPServer

/// The ways to other servers that are in use, and how many streams others have to us.
final class DomainRegistry: Sendable {
    private struct State {
        var domains: [DomainPair: OutgoingDomain] = [:]
        var streams: [String: Int] = [:]
        var marks: [DomainPair: TakenMarks] = [:]
        var isStopped = false
    }

    private let state = Mutex(State())

    /// The way for a pair, made if there is none; nil if there are too many, or the server is not serving.
    func domain(_ pair: DomainPair, _ context: FederationContext) -> OutgoingDomain? {
        let known = state.withLock { $0.domains[pair] }
        if let known { return known }
        guard let resources = context.server.loopResources(for: pair.remote) else { return nil }
        let made = OutgoingDomain(pair, context, on: resources)
        return state.withLock { state in
            if let known = state.domains[pair] { return known }
            guard !state.isStopped else { return nil }
            if state.domains.count >= context.settings.limits.domains {
                state.domains = state.domains.filter { !$0.value.isForgettable }
            }
            guard state.domains.count < context.settings.limits.domains else { return nil }
            state.domains[pair] = made
            return made
        }
    }

    /// The way for a pair, if there is one.
    func known(_ pair: DomainPair) -> OutgoingDomain? { state.withLock { $0.domains[pair] } }

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

    var all: [OutgoingDomain] { state.withLock { Array($0.domains.values) } }

    /// Forgets ways that nobody uses.
    func sweep() {
        state.withLock { state in state.domains = state.domains.filter { !$0.value.isForgettable } }
    }

    /// Counts a stream that another server has proven; false if it has too many.
    func admit(_ remote: String, limit: Int) -> Bool {
        state.withLock { state in
            guard state.streams[remote, default: 0] < limit else { return false }
            state.streams[remote, default: 0] += 1
            return true
        }
    }

    func release(_ remote: String) {
        state.withLock { state in
            let left = state.streams[remote, default: 0] - 1
            state.streams[remote] = left > 0 ? left : nil
        }
    }

    /// Streams that others have proven, by domain.
    var incoming: [(domain: String, streams: Int)] {
        state.withLock { state in state.streams.map { (domain: $0.key, streams: $0.value) } }
    }

    /// Streams that others have proven.
    var incomingStreams: Int { state.withLock { $0.streams.values.reduce(0, +) } }

    /// Makes no more ways, and lets go of those there are.
    func stop() -> [OutgoingDomain] {
        state.withLock { state in
            state.isStopped = true
            defer { state.domains = [:] }
            return Array(state.domains.values)
        }
    }
}
