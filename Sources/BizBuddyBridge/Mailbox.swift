//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

import Synchronization

/// Inputs for one owner, in order. Nothing in it grows without bound: the connection stops reading, timers and look-ups
/// are as many as the state asks for.
final class Mailbox<Element: Sendable>: Sendable {
    private struct State {
        var elements: [Element] = []
        var waiter: CheckedContinuation<Void, Never>?
        var isCancelled = false
    }

    private let state = Mutex(State())

    func post(_ element: Element) {
        let waiter = state.withLock { state in
            state.elements.append(element)
            return state.waiter.take()
        }
        waiter?.resume()
    }

    /// Everything that waits, oldest first, as soon as there is something; nothing once the task is cancelled.
    func next() async -> [Element] {
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let isReady = state.withLock { state in
                    if state.elements.isEmpty, !state.isCancelled {
                        state.waiter = continuation
                        return false
                    }
                    return true
                }
                if isReady { continuation.resume() }
            }
        } onCancel: {
            let waiter = state.withLock { state in
                state.isCancelled = true
                return state.waiter.take()
            }
            waiter?.resume()
        }
        return takeAll()
    }

    /// Everything that is there now.
    func takeAll() -> [Element] {
        state.withLock { state in
            defer { state.elements = [] }
            return state.elements
        }
    }

    /// Drops everything but what is still of use.
    func removeAll(where isUseless: @Sendable (Element) -> Bool) {
        state.withLock { $0.elements.removeAll(where: isUseless) }
    }
}
