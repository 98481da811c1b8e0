//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

internal import NIOCore
internal import Synchronization

/// The calls to domains whose keys have been shown to us (XEP-0220): strangers choose whom we call, so there are few at a
/// time in all and to one domain, and for a while none to a domain that could not be reached.
final class CallBacks: Sendable {
    /// Calls under way at a time, and those that wait.
    static let maximum = 32
    static let maximumWaiting = 512
    /// The same for one domain: one that answers is done with a call within a second.
    static let maximumOfDomain = 2
    static let maximumWaitingOfDomain = 16
    /// Domains that are remembered as out of reach.
    static let maximumRemembered = 1000

    private struct Domain {
        let turns = Turns(CallBacks.maximumOfDomain, waiting: CallBacks.maximumWaitingOfDomain)
        var users = 0
        var failures = 0
        var failure: OutgoingFailure?
        /// Until then it is not called.
        var pause = NIODeadline.distantPast
    }

    private let limits: FederationLimits
    private let now: @Sendable () -> NIODeadline
    private let all = Turns(CallBacks.maximum, waiting: CallBacks.maximumWaiting)
    private let domains = Mutex<[String: Domain]>([:])

    init(_ limits: FederationLimits, now: @escaping @Sendable () -> NIODeadline = NIODeadline.now) {
        self.limits = limits
        self.now = now
    }

    /// Calls a domain when it is its turn, unless it could not be reached just now. The turns may last for longer than
    /// the call, if nobody waits for its answer any more.
    func call<Answer: Sendable>(
        _ domain: String, _ body: ([Turn]) async -> Result<Answer, OutgoingFailure>
    ) async -> Result<Answer, OutgoingFailure> {
        let turns: Turns
        switch enter(domain) {
        case .success(let own): turns = own
        case .failure(let failure): return .failure(failure)
        }
        do {
            let answer = try await body([turns.take(), all.take()])
            switch answer {
            case .success: leave(domain, nil, isReached: true)
            // Whoever hangs up must not make the domain look as if it were out of reach.
            case .failure(let failure): leave(domain, Task.isCancelled ? nil : failure)
            }
            return answer
        } catch {
            leave(domain, nil)
            return .failure(OutgoingFailure(.timeout, "Too many calls are under way."))
        }
    }

    private func enter(_ domain: String) -> Result<Turns, OutgoingFailure> {
        let now = now()
        return domains.withLock { domains in
            var entry = domains[domain] ?? Domain()
            if let failure = entry.failure, entry.pause > now { return .failure(failure) }
            entry.users += 1
            domains[domain] = entry
            return .success(entry.turns)
        }
    }

    private func leave(_ domain: String, _ failure: OutgoingFailure?, isReached: Bool = false) {
        let now = now()
        domains.withLock { domains in
            guard var entry = domains[domain] else { return }
            entry.users -= 1
            if isReached {
                entry.failures = 0
                entry.failure = nil
            }
            if let failure {
                let pause = min(limits.longestPause, limits.firstPause * Double(1 << min(entry.failures, 20)))
                entry.failures += 1
                entry.failure = failure
                entry.pause = now + .nanoseconds(Int64(pause * 1e9))
            }
            let isForgotten = entry.users == 0 && entry.failure == nil
            domains[domain] = isForgotten ? nil : entry
            if domains.count > Self.maximumRemembered { Self.forget(&domains, now) }
        }
    }

    /// Makes room: first those whose pause is over, else whichever.
    private static func forget(_ domains: inout [String: Domain], _ now: NIODeadline) {
        domains = domains.filter { $0.value.users > 0 || $0.value.pause > now }
        guard domains.count > maximumRemembered, let any = domains.first(where: { $0.value.users == 0 }) else { return }
        domains[any.key] = nil
    }

    /// Domains that are known, for tests.
    var count: Int { domains.withLock { $0.count } }
}
