//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

internal import Foundation
internal import Synchronization

/// The archive's clock: it never stands still and never goes back, whatever the system's clock does.
///
/// Values are given inside write operations, so their order is that of the commits. The last one is read from the
/// database when it is opened.
package final class ArchiveClock: Sendable {
    private let last: Mutex<Int64>
    private let now: @Sendable () -> Int64

    /// - Parameters:
    ///   - last: the highest value ever given.
    ///   - now: the system's clock in microseconds since 1970.
    init(last: Int64, now: @escaping @Sendable () -> Int64) {
        self.last = Mutex(last)
        self.now = now
    }

    /// The next value: the time of arrival (milliseconds since 1970) where that is past the last value and not to come,
    /// else as little more than the last value as can be.
    func next(arrived: Int64) -> Int64 {
        let now = now()
        let (product, isTooLarge) = arrived.multipliedReportingOverflow(by: 1000)
        let time = isTooLarge ? now : min(product, now)
        return last.withLock { last in
            last = max(time, last + 1)
            return last
        }
    }

    /// The time, in microseconds since 1970.
    var microseconds: Int64 { now() }

    /// The time below which nothing is named that arrives from now on: arrivals are told in whole milliseconds.
    package static func arrivals() -> Int64 { system() / 1000 * 1000 }

    /// The system's clock.
    package static func system() -> Int64 {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return Int64(time.tv_sec) * 1_000_000 + Int64(time.tv_nsec) / 1000
    }
}
