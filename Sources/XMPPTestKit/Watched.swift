//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

internal import NIOCore
internal import NIOPosix
internal import Synchronization

/// A value that tests wait on: each change is shown to those who wait, and nobody sleeps.
package final class Watched<Value: Sendable>: Sendable {
    private struct Waiter: Sendable {
        let id: UInt64
        /// Takes what is waited for out of the value; nil if it isn't there yet.
        let attempt: @Sendable (inout Value) -> (@Sendable () -> Void)?
    }

    private struct State: Sendable {
        var value: Value
        var nextID: UInt64 = 0
        var waiters: [Waiter] = []
    }

    private let state: Mutex<State>

    package init(_ value: Value) {
        state = Mutex(State(value: value))
    }

    package var value: Value { state.withLock { $0.value } }

    /// Changes the value and serves those who wait, in the order of their coming.
    package func change<R: Sendable>(_ body: @Sendable (inout Value) -> R) -> R {
        let (result, completions) = state.withLock { state in
            let result = body(&state.value)
            var completions: [@Sendable () -> Void] = []
            var waiting: [Waiter] = []
            for waiter in state.waiters {
                if let completion = waiter.attempt(&state.value) {
                    completions.append(completion)
                } else {
                    waiting.append(waiter)
                }
            }
            state.waiters = waiting
            return (result, completions)
        }
        for completion in completions { completion() }
        return result
    }

    /// Waits until `take` gives a result.
    ///
    /// - Throws: what `take` fails with; `ExpectationFailure` with the value as it is after `limit`.
    package func wait<R: Sendable>(
        _ what: String, within limit: Duration, _ take: @escaping @Sendable (inout Value) -> Result<R, any Error>?
    ) async throws -> R {
        let loop = MultiThreadedEventLoopGroup.singleton.any()
        let promise = loop.makePromise(of: R.self)
        let attempt: @Sendable (inout Value) -> (@Sendable () -> Void)? = { value in
            guard let result = take(&value) else { return nil }
            return { promise.completeWith(result) }
        }
        let (now, id) = state.withLock { state -> ((@Sendable () -> Void)?, UInt64) in
            if let completion = attempt(&state.value) { return (completion, 0) }
            state.nextID += 1
            state.waiters.append(Waiter(id: state.nextID, attempt: attempt))
            return (nil, state.nextID)
        }
        if let now {
            now()
        } else {
            let give: @Sendable () -> Void = { [self] in
                guard let value = giveUp(id) else { return }
                promise.fail(ExpectationFailure("Waited \(limit) for \(what). Instead there is: \(value)"))
            }
            let deadline = loop.scheduleTask(in: TimeAmount(limit), give)
            promise.futureResult.whenComplete { _ in deadline.cancel() }
        }
        return try await promise.futureResult.get()
    }

    /// Takes a waiter out; nil if it has been served.
    private func giveUp(_ id: UInt64) -> Value? {
        state.withLock { state in
            guard let index = state.waiters.firstIndex(where: { $0.id == id }) else { return nil }
            state.waiters.remove(at: index)
            return state.value
        }
    }
}
