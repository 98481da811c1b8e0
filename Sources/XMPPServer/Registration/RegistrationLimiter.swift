//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

internal import NIOCore
internal import Synchronization

/// Bounds what one address may do in an hour: make accounts, try tokens.
final class RegistrationLimiter: Sendable {
    /// Addresses that are remembered; beyond it the oldest hour is forgotten as a whole.
    private static let maximumAddresses = 10_000

    private struct State {
        var window = NIODeadline.now()
        var counts: [String: Int] = [:]
    }

    private let perHour: Int?
    private let state = Mutex(State())

    init(perHour: Int?) {
        self.perHour = perHour
    }

    /// Whether this address may do one more; does not count it.
    func hasRoom(_ address: String, now: NIODeadline = .now()) -> Bool {
        guard let perHour else { return true }
        let block = AddressBlock.name(of: address)
        return state.withLock { state in
            now - state.window > .hours(1) || state.counts[block, default: 0] < perHour
        }
    }

    /// Whether this address may do one more; counts it.
    func allows(_ address: String, now: NIODeadline = .now()) -> Bool {
        guard let perHour else { return true }
        let block = AddressBlock.name(of: address)
        return state.withLock { state in
            if now - state.window > .hours(1) || state.counts.count >= Self.maximumAddresses {
                state = State(window: now)
            }
            state.counts[block, default: 0] += 1
            return state.counts[block, default: 0] <= perHour
        }
    }
}
