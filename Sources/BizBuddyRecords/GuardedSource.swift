//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

package import BizBuddyCore
import Synchronization

/// A source elsewhere, kept from doing harm: remembered for a while, asked by so many at once, and left alone when it
/// does not answer.
package final class GuardedSource: RecordSource {
    package struct Policy: Hashable, Sendable {
        /// How long an answer is as good as new; and after which it is no longer shown at all, for when the source is
        /// being asked again or is down.
        package var fresh: Duration
        package var stale: Duration
        /// How long "nobody" is remembered.
        package var negative: Duration
        /// An answer that takes longer is a failure.
        package var timeout: Duration

        package init(
            fresh: Duration = .seconds(300), stale: Duration = .seconds(3600), negative: Duration = .seconds(60),
            timeout: Duration = .seconds(2)
        ) {
            self.fresh = fresh
            self.stale = stale
            self.negative = negative
            self.timeout = timeout
        }
    }

    private struct State {
        var breaker = CircuitBreaker()
        var cache = AnswerCache(capacity: Limits.remembered)
        var asking = 0
    }

    private let source: any RecordSource
    private let policy: Policy
    private let now: @Sendable () -> ContinuousClock.Instant
    private let state = Mutex(State())

    package init(
        _ source: any RecordSource, policy: Policy = Policy(),
        now: @escaping @Sendable () -> ContinuousClock.Instant = { ContinuousClock.now }
    ) {
        self.source = source
        self.policy = policy
        self.now = now
    }

    package var name: String { source.name }

    package func answer(_ query: RecordQuery) async throws -> RecordAnswer {
        let now = now()
        if !query.isRefresh, let remembered = remembered(query, at: now) { return remembered }
        let refusal: SourceFailure? = state.withLock { state in
            guard state.asking < Limits.concurrency else { return SourceFailure("too many questions at once") }
            guard state.breaker.admits(at: now) else { return SourceFailure("not asked: it has failed too often") }
            state.asking += 1
            return nil
        }
        if let refusal { throw refusal }
        var query = query
        query.timeout = min(query.timeout, policy.timeout)
        do {
            let answer = try await source.answer(query)
            state.withLock { state in
                state.asking -= 1
                state.breaker.succeeded()
                state.cache.keep(answer, for: query.addresses, at: self.now())
            }
            return answer
        } catch {
            state.withLock { state in
                state.asking -= 1
                state.breaker.failed(at: self.now())
            }
            throw error is CancellationError ? SourceFailure.timeout : error
        }
    }

    /// Forgets what was said about somebody.
    package func forget(_ address: CanonicalAddress) {
        state.withLock { $0.cache.forget(address) }
    }

    private func remembered(_ query: RecordQuery, at now: ContinuousClock.Instant) -> RecordAnswer? {
        state.withLock { state in
            guard let found = state.cache.answer(for: query.addresses, at: now, maximum: policy.stale) else {
                return nil
            }
            var answer = found.answer
            answer.age = Int(found.age.components.seconds)
            answer.isStale = found.age > (answer.records.isEmpty ? policy.negative : policy.fresh)
            // "Nobody" of long ago is no answer.
            return answer.isStale && answer.records.isEmpty ? nil : answer
        }
    }
}
