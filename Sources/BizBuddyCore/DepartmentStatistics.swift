//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

/// What the wait estimate of a department learns from.
struct DepartmentStatistics: Hashable, Sendable, Codable {
    /// Since when somebody has been waiting without being offered. Starts count only from there: at quiet times they
    /// tell how often customers come, not how fast they are served.
    private(set) var busySince: Instant?
    private(set) var starts: [Instant] = []
    /// Lengths of the conversations finished last, in milliseconds.
    private(set) var handlingTimes: [Int64] = []
    /// How long customers waited beside what they were told, in seconds, latest last.
    private(set) var estimates = Estimates()

    struct Estimates: Hashable, Sendable, Codable, Defaulted {
        struct Pair: Hashable, Sendable, Codable {
            let expected: Int
            let actual: Int
        }

        var pairs: [Pair] = []

        static var former: Self { Self() }
    }

    /// Fewest starts that make a throughput.
    private static let leastStarts = 3
    /// Time an agent needs to answer an offer.
    private static let answerTime: Int64 = 10_000
    /// Conversations served as if side by side, in tenths, for an agent of capacity 1, 2, 3, 4, 5 and more: people do
    /// not juggle without loss.
    private static let effectiveConcurrency: [Int64] = [10, 17, 25, 29, 35]

    /// Conversations an agent of a capacity serves as if side by side, in tenths.
    static func effectiveConcurrency(_ capacity: Int) -> Int64 {
        capacity > 0 ? effectiveConcurrency[min(capacity, effectiveConcurrency.count) - 1] : 0
    }

    mutating func recordStart(at now: Instant) {
        guard busySince != nil else { return }
        starts.append(now)
        while let first = starts.first,
            starts.count > Limits.samples
                || now.milliseconds(since: first) > Limits.sampleAge.milliseconds
        {
            starts.removeFirst()
            busySince = first
        }
    }

    mutating func recordWait(expected: Int, actual: Int) {
        estimates.pairs.append(Estimates.Pair(expected: expected, actual: actual))
        if estimates.pairs.count > Limits.samples {
            estimates.pairs.removeFirst()
        }
    }

    /// By how many seconds the last customers were told wrong, on average; nil before there was anybody.
    var meanError: Int? {
        guard !estimates.pairs.isEmpty else { return nil }
        return estimates.pairs.reduce(0) { $0 + abs($1.actual - $1.expected) } / estimates.pairs.count
    }

    mutating func recordEnd(handlingTime: Int64) {
        handlingTimes.append(handlingTime)
        if handlingTimes.count > Limits.samples {
            handlingTimes.removeFirst()
        }
    }

    mutating func update(isBusy: Bool, now: Instant) {
        if isBusy, busySince == nil {
            busySince = now
        } else if !isBusy {
            busySince = nil
            starts = []
        }
    }

    /// Seconds until the customer at a place (from 1) is served; nil when nobody is on duty.
    func wait(place: Int, staff: ServiceState.Staff, now: Instant, assumed: Duration) -> Int? {
        guard staff.concurrency > 0 else { return nil }
        let place = Int64(min(place, Limits.lineLength + 1))
        if place <= staff.freeSlots {
            return Int(Self.answerTime * place / Int64(staff.available) / 1000)
        }
        if let busySince, starts.count >= Self.leastStarts {
            let elapsed = min(now.milliseconds(since: busySince), Limits.sampleAge.milliseconds * 2)
            return Int(place * elapsed / Int64(starts.count) / 1000)
        }
        let average =
            handlingTimes.isEmpty
            ? assumed.milliseconds : handlingTimes.reduce(0, +) / Int64(handlingTimes.count)
        return Int(place * min(average, Limits.sampleAge.milliseconds * 24) * 10 / staff.concurrency / 1000)
    }
}
