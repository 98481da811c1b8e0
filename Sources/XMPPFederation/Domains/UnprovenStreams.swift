//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

internal import Synchronization

/// The streams of others that have proven nothing yet. They may have a part of all connections only: when there is no more
/// room for a new one, the oldest ends, which has had the longest time for its proof.
final class UnprovenStreams: Sendable {
    private let maximum: Int
    private let streams = Mutex<[UInt64: @Sendable () -> Void]>([:])

    init(maximum: Int) {
        self.maximum = max(1, maximum)
    }

    /// `id` increases from stream to stream; `end` ends it from any thread.
    func add(_ id: UInt64, end: @escaping @Sendable () -> Void) {
        let oldest = streams.withLock { streams in
            let oldest = streams.count >= maximum ? Self.takeOldest(&streams) : nil
            streams[id] = end
            return oldest
        }
        oldest?()
    }

    /// It has proven something, or has gone.
    func remove(_ id: UInt64) { streams.withLock { _ = $0.removeValue(forKey: id) } }

    /// Ends the oldest; false if there is none.
    func endOldest() -> Bool {
        guard let oldest = streams.withLock({ Self.takeOldest(&$0) }) else { return false }
        oldest()
        return true
    }

    private static func takeOldest(_ streams: inout [UInt64: @Sendable () -> Void]) -> (@Sendable () -> Void)? {
        streams.keys.min().flatMap { streams.removeValue(forKey: $0) }
    }

    var count: Int { streams.withLock { $0.count } }
}
