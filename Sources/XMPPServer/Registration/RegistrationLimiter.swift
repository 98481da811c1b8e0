//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

internal import NIOCore
internal import Synchronization

/// Bounds what one address may do in an hour: make accounts, try tokens.
final class RegistrationLimiter: Sendable {
    /// Addresses that are remembered; beyond it those that came longest ago are forgotten.
    private static let maximumAddresses = 20_000

    private struct Count {
        var start: NIODeadline
        var number = 0

        func isOver(_ now: NIODeadline) -> Bool { now - start > .hours(1) }
    }

    private let perHour: Int?
    private let counts = Mutex(RecentTable<Count>(capacity: maximumAddresses))

    init(perHour: Int?) {
        self.perHour = perHour
    }

    /// Whether this address may do one more; does not count it.
    func hasRoom(_ address: String, now: NIODeadline = .now()) -> Bool {
        guard let perHour else { return true }
        let block = AddressBlock.name(of: address)
        return counts.withLock { counts in
            counts[block].map { $0.isOver(now) || $0.number < perHour } ?? (perHour > 0)
        }
    }

    /// Whether this address may do one more; counts it.
    func allows(_ address: String, now: NIODeadline = .now()) -> Bool {
        guard let perHour else { return true }
        let block = AddressBlock.name(of: address)
        return counts.withLock { counts in
            var count = counts[block] ?? Count(start: now)
            if count.isOver(now) { count = Count(start: now) }
            count.number += 1
            counts[block] = count
            return count.number <= perHour
        }
    }
}
