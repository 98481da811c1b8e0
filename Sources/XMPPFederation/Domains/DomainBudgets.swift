//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

internal import NIOCore
internal import Synchronization

/// What other domains may send, all streams of one together: so much a second, and ten times as much in a burst.
/// Whoever sends more is read more slowly.
final class DomainBudgets: Sendable {
    /// What one of them may still send.
    struct Bucket: Sendable {
        /// A burst is what comes in so many seconds.
        static let burst = 10.0

        private let stanzaRate: Double
        private let byteRate: Double
        private var stanzas: Double
        private var bytes: Double
        fileprivate private(set) var filled: NIODeadline

        init(_ limits: FederationLimits, now: NIODeadline) {
            stanzaRate = Double(limits.stanzasPerSecond)
            byteRate = Double(limits.bytesPerSecond)
            stanzas = stanzaRate * Self.burst
            bytes = byteRate * Self.burst
            filled = now
        }

        /// Takes a stanza off.
        ///
        /// - Returns: how long nothing more is to be read; nil if there is enough left.
        mutating func take(bytes size: Int, now: NIODeadline) -> TimeAmount? {
            let elapsed = max(0, Double((now - filled).nanoseconds) / 1e9)
            stanzas = min(stanzaRate * Self.burst, stanzas + elapsed * stanzaRate) - 1
            bytes = min(byteRate * Self.burst, bytes + elapsed * byteRate) - Double(size)
            filled = now
            let debt = max(-stanzas / stanzaRate, -bytes / byteRate)
            return debt > 0 ? .milliseconds(max(1, Int64(debt * 1000))) : nil
        }
    }

    private let limits: FederationLimits
    private let buckets = Mutex<[String: Bucket]>([:])

    init(_ limits: FederationLimits) {
        self.limits = limits
    }

    /// Takes a stanza off a domain's budget.
    ///
    /// - Returns: how long nothing more is to be read; nil if there is enough left.
    func take(_ domain: String, bytes: Int, now: NIODeadline) -> TimeAmount? {
        buckets.withLock { buckets in
            if buckets[domain] == nil, buckets.count >= limits.domains { Self.forget(&buckets, now) }
            var bucket = buckets[domain] ?? Bucket(limits, now: now)
            let pause = bucket.take(bytes: bytes, now: now)
            buckets[domain] = bucket
            return pause
        }
    }

    /// Makes room: those who have sent nothing for as long as a burst lasts have a full bucket anyway. If nobody has, one of
    /// them gets a new one; each stream has its own besides.
    private static func forget(_ buckets: inout [String: Bucket], _ now: NIODeadline) {
        let count = buckets.count
        buckets = buckets.filter { (now - $0.value.filled).nanoseconds < Int64(Bucket.burst * 1e9) }
        if buckets.count == count, let any = buckets.keys.first { buckets[any] = nil }
    }

    var count: Int { buckets.withLock { $0.count } }
}
