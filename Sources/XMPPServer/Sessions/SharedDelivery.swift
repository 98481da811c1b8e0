//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

internal import Synchronization

/// A message that several sessions of an account have been given. It needs another way only if none of them has had it
/// when the last one dies.
final class SharedDelivery: Sendable {
    private struct State {
        var holders: Int
        var isTaken = false
    }

    private let state: Mutex<State>

    init(holders: Int) {
        state = Mutex(State(holders: holders))
    }

    /// A session has had it.
    func take() { state.withLock { $0.isTaken = true } }

    /// A session has died without having had it. True if it was the last one, and none has.
    func release() -> Bool {
        state.withLock { state in
            state.holders -= 1
            return state.holders == 0 && !state.isTaken
        }
    }
}
