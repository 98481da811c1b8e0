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
    struct Bucket: Sendable {
        var stanzas: Double
        var bytes: Double
        var filled: NIODeadline
    }

    /// A burst is what comes in so many seconds.
    private static let burst = 10.0

    private let limits: FederationLimits
    private let buckets = Mutex<[String: Bucket]>([:])

    init(_ limits: FederationLimits) {
        self.limits = limits
    }

    /// Takes a stanza off a domain's budget.
    ///
    /// - Returns: how long nothing more is to be read; nil if there is enough left.
    func take(_ domain: String, bytes: Int, now: NIODeadline) -> TimeAmount? {
        let stanzaRate = Double(limits.stanzasPerSecond)
        let byteRate = Double(limits.bytesPerSecond)
        return buckets.withLock { buckets in
            let full = Bucket(stanzas: stanzaRate * Self.burst, bytes: byteRate * Self.burst, filled: now)
            if buckets[domain] == nil, buckets.count >= limits.domains { Self.forget(&buckets, full) }
            var bucket = buckets[domain] ?? full
            let elapsed = max(0, Double((now - bucket.filled).nanoseconds) / 1e9)
            bucket.stanzas = min(full.stanzas, bucket.stanzas + elapsed * stanzaRate) - 1
            bucket.bytes = min(full.bytes, bucket.bytes + elapsed * byteRate) - Double(bytes)
            bucket.filled = now
            buckets[domain] = bucket
            let debt = max(-bucket.stanzas / stanzaRate, -bucket.bytes / byteRate)
            guard debt > 0 else { return nil }
            return .milliseconds(max(1, Int64(debt * 1000)))
        }
    }

    /// Makes room: those who have sent nothing for as long as a burst lasts have a full bucket anyway.
    private static func forget(_ buckets: inout [String: Bucket], _ full: Bucket) {
        buckets = buckets.filter { (full.filled - $0.value.filled).nanoseconds < Int64(burst * 1e9) }
    }
}
