//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

internal import Synchronization

/// Bounds connections, in all and from one address, before a byte is read.
final class ConnectionLimiter: Sendable {
    private struct State {
        var total = 0
        var byAddress: [String: Int] = [:]
        var waiters: [CheckedContinuation<Void, Never>] = []
    }

    private let maximum: Int
    private let perAddress: Int
    private let state = Mutex(State())

    init(maximum: Int, perAddress: Int) {
        self.maximum = maximum
        self.perAddress = perAddress
    }

    /// Connections above the maximum that may be there while those end whose place they take.
    private static let replacements = 64

    /// Counts a connection; false if it is one too many. `takesPlace`: another one is about to end for it.
    func admit(_ address: String, takesPlace: Bool = false) -> Bool {
        state.withLock { state in
            let maximum = maximum + (takesPlace ? Self.replacements : 0)
            guard state.total < maximum, state.byAddress[address, default: 0] < perAddress else { return false }
            state.total += 1
            state.byAddress[address, default: 0] += 1
            return true
        }
    }

    /// Whether an address has as many connections as it may have.
    func isFull(_ address: String) -> Bool {
        state.withLock { $0.byAddress[address, default: 0] >= perAddress }
    }

    func release(_ address: String) {
        let waiters = state.withLock { state in
            state.total -= 1
            let left = state.byAddress[address, default: 0] - 1
            state.byAddress[address] = left > 0 ? left : nil
            guard state.total == 0 else { return [] as [CheckedContinuation<Void, Never>] }
            defer { state.waiters = [] }
            return state.waiters
        }
        for waiter in waiters { waiter.resume() }
    }

    /// Returns when no connection is left.
    func waitUntilEmpty() async {
        await withCheckedContinuation { continuation in
            let isEmpty = state.withLock { state in
                if state.total > 0 { state.waiters.append(continuation) }
                return state.total == 0
            }
            if isEmpty { continuation.resume() }
        }
    }

    var total: Int { state.withLock { $0.total } }
}
