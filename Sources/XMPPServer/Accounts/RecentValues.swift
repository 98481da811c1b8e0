//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

internal import Synchronization

/// Values by name, the ones used lately kept when there are too many (the clock algorithm), in shards so that loops
/// seldom meet.
final class RecentValues<Value: Sendable>: Sendable {
    private static var shardCount: Int { 16 }

    private struct Entry {
        var key: String
        var value: Value
        /// Asked for since the hand passed.
        var isRecent: Bool
    }

    private struct Table {
        var indices: [String: Int] = [:]
        var entries: [Entry] = []
        var hand = 0
        /// Moves with every removal and change: what was read before may be out of date.
        var generation: UInt64 = 0

        mutating func insert(_ value: Value, for key: String, capacity: Int) {
            if let index = indices[key] {
                entries[index].value = value
                return
            }
            let entry = Entry(key: key, value: value, isRecent: false)
            guard entries.count >= capacity else {
                indices[key] = entries.count
                entries.append(entry)
                return
            }
            while entries[hand].isRecent {
                entries[hand].isRecent = false
                hand = (hand + 1) % entries.count
            }
            indices[entries[hand].key] = nil
            entries[hand] = entry
            indices[key] = hand
            hand = (hand + 1) % entries.count
        }

        mutating func remove(_ key: String) {
            guard let index = indices.removeValue(forKey: key), let last = entries.popLast() else { return }
            if index < entries.count {
                entries[index] = last
                indices[last.key] = index
            }
            if hand >= entries.count { hand = 0 }
        }
    }

    private final class Shard: Sendable {
        let table = Mutex(Table())
    }

    private let shards: [Shard]
    private let capacity: Int

    /// `capacity`: for all shards together, at least one each.
    init(capacity: Int) {
        self.capacity = max(1, capacity / Self.shardCount)
        shards = (0..<Self.shardCount).map { _ in Shard() }
    }

    private func shard(_ key: String) -> Shard {
        shards[Int(UInt(bitPattern: key.hashValue) % UInt(Self.shardCount))]
    }

    subscript(_ key: String) -> Value? {
        shard(key).table.withLock { table in
            guard let index = table.indices[key] else { return nil }
            if !table.entries[index].isRecent { table.entries[index].isRecent = true }
            return table.entries[index].value
        }
    }

    /// To be asked before a value is read, and given to ``insert(_:for:ifStill:)``.
    func generation(of key: String) -> UInt64 { shard(key).table.withLock { $0.generation } }

    /// Keeps a value that was read; false if something has changed meanwhile, so that it may be out of date.
    func insert(_ value: Value, for key: String, ifStill generation: UInt64) -> Bool {
        shard(key).table.withLock { table in
            guard table.generation == generation else { return false }
            table.insert(value, for: key, capacity: capacity)
            return true
        }
    }

    func update(_ key: String, _ change: (inout Value) -> Void) {
        shard(key).table.withLock { table in
            table.generation &+= 1
            guard let index = table.indices[key] else { return }
            change(&table.entries[index].value)
        }
    }

    func remove(_ key: String) {
        shard(key).table.withLock { table in
            table.generation &+= 1
            table.remove(key)
        }
    }

    var count: Int { shards.reduce(0) { $0 + $1.table.withLock { $0.entries.count } } }
}
