//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

import Synchronization
import Testing
import XMPPCore
import XMPPStorage

@testable import XMPPServer

@Suite struct OutboundQueueTests {
    private func stanza(_ id: Int) -> Stanza { Stanza(.message, .chat, id: String(id)) }

    private func queue(_ count: Int) -> OutboundQueue {
        var queue = OutboundQueue()
        for id in 0..<count { queue.append(stanza(id), isStored: false) }
        return queue
    }

    private func ids(_ entries: [OutboundQueue.Entry]) -> [String?] { entries.map(\.stanza.id) }

    @Test func countsWhatIsSent() {
        let queue = queue(3)
        #expect(queue.count == 3)
        #expect(queue.sent == 3)
        #expect(queue.sinceRequest == 3)
    }

    @Test func givesWhatIsAcknowledgedInOrder() throws {
        var queue = queue(5)
        #expect(ids(try queue.acknowledge(2).entries) == ["0", "1"])
        #expect(ids(try queue.acknowledge(2).entries).isEmpty)
        #expect(ids(try queue.acknowledge(5).entries) == ["2", "3", "4"])
        #expect(queue.count == 0)
        #expect(ids(queue.drain()).isEmpty)
    }

    @Test func refusesMoreThanWasSent() throws {
        var queue = queue(2)
        #expect {
            try queue.acknowledge(3)
        } throws: { error in
            let error = error as? OutboundQueue.TooHigh
            return error?.handled == 3 && error?.sent == 2
        }
        // Nothing was taken for it.
        #expect(ids(try queue.acknowledge(2).entries) == ["0", "1"])
    }

    /// A count that goes back is one of 2³² more, and too high.
    @Test func refusesCountsThatGoBack() throws {
        var queue = queue(4)
        _ = try queue.acknowledge(3)
        #expect(throws: OutboundQueue.TooHigh.self) { try queue.acknowledge(2) }
    }

    /// XEP-0198 §4: counts are modulo 2³².
    @Test func wrapsAround() throws {
        var queue = OutboundQueue(startingAt: .max - 1)
        for id in 0..<4 { queue.append(stanza(id), isStored: false) }
        #expect(queue.sent == 2)
        #expect(ids(try queue.acknowledge(.max).entries) == ["0"])
        #expect(ids(try queue.acknowledge(1).entries) == ["1", "2"])
        #expect(throws: OutboundQueue.TooHigh.self) { try queue.acknowledge(3) }
        #expect(ids(try queue.acknowledge(2).entries) == ["3"])
    }

    @Test func passesBarriersWhenAllBeforeIsAcknowledged() throws {
        let passed = Mutex<[String]>([])
        func barrier(_ name: String) -> @Sendable () -> Void {
            { passed.withLock { $0.append(name) } }
        }
        var queue = OutboundQueue()
        queue.barrier(barrier("at once"))
        #expect(passed.withLock { $0 } == ["at once"])
        queue.append(stanza(0), isStored: false)
        queue.barrier(barrier("after 0"))
        queue.barrier(barrier("after 0 again"))
        queue.append(stanza(1), isStored: false)
        queue.barrier(barrier("after 1"))
        #expect(queue.count == 2)

        for pass in try queue.acknowledge(0).barriers { pass() }
        #expect(passed.withLock { $0 } == ["at once"])
        for pass in try queue.acknowledge(1).barriers { pass() }
        #expect(passed.withLock { $0 } == ["at once", "after 0", "after 0 again"])
        for pass in try queue.acknowledge(2).barriers { pass() }
        #expect(passed.withLock { $0 } == ["at once", "after 0", "after 0 again", "after 1"])
    }

    @Test func drainsWhatIsUnacknowledgedWithoutBarriers() throws {
        var queue = OutboundQueue()
        queue.append(stanza(0), isStored: false)
        queue.append(stanza(1), isStored: true, row: 7)
        queue.barrier { Issue.record("nothing has arrived") }
        queue.append(stanza(2), isStored: false)
        _ = try queue.acknowledge(1)
        let left = queue.drain()
        #expect(ids(left) == ["1", "2"])
        #expect(left.map(\.isStored) == [true, false])
        #expect(left.map(\.row) == [7, nil])
        #expect(queue.count == 0)
    }

    // MARK: What has not been written

    private func entry(_ id: Int) -> OutboundQueue.Entry { OutboundQueue.Entry(stanza: stanza(id), isStored: false) }

    private func presence(_ status: String, from: String) throws -> OutboundQueue.Entry {
        let from = try JID(from)
        return OutboundQueue.Entry(stanza: Stanza(.presence, .available, id: status, from: from), isStored: false)
    }

    /// Writes all that can be; what lies on disk ends it.
    private func write(_ queue: inout OutboundQueue, keeps: Bool = true) -> [String?] {
        var ids: [String?] = []
        while case .entry(let entry) = queue.takeUnwritten(keeps: keeps) { ids.append(entry.stanza.id) }
        return ids
    }

    @Test func countsOnlyWhatIsWritten() throws {
        var queue = queue(2)
        queue.append(entry(2), isWritten: false)
        #expect(queue.sent == 2)
        #expect(queue.hasUnwritten)
        #expect(throws: OutboundQueue.TooHigh.self) { try queue.acknowledge(3) }
        #expect(write(&queue) == ["2"])
        #expect(!queue.hasUnwritten)
        #expect(ids(try queue.acknowledge(3).entries) == ["0", "1", "2"])
    }

    @Test func forgetsWhatIsWrittenWithoutAcknowledgements() {
        var queue = OutboundQueue()
        for id in 0..<3 { queue.append(entry(id), isWritten: false) }
        #expect(write(&queue, keeps: false) == ["0", "1", "2"])
        #expect(queue.isEmpty)
        #expect(queue.bytes == 0)
        #expect(queue.unwrittenBytes == 0)
    }

    @Test func writesAllAgainOnANewConnection() throws {
        var queue = queue(4)
        _ = try queue.acknowledge(1)
        queue.append(entry(4), isWritten: false)
        queue.rewind()
        #expect(queue.sent == 1)
        #expect(queue.unwrittenBytes == queue.bytes)
        #expect(write(&queue) == ["1", "2", "3", "4"])
        #expect(ids(try queue.acknowledge(5).entries) == ["1", "2", "3", "4"])
    }

    /// What is new waits behind what the offline store still has to give, and nothing else does.
    @Test func letsNewMessagesWaitForAFlush() throws {
        func live(_ id: Int, after flush: UInt64) -> OutboundQueue.Entry {
            OutboundQueue.Entry(stanza: stanza(id), isStored: false, flush: flush)
        }
        var queue = OutboundQueue()
        var log: [String] = []
        queue.append(entry(0), isWritten: true)
        queue.append(live(10, after: 1), isWritten: false)
        // Without a flush to wait for, but nothing new overtakes.
        queue.append(live(11, after: 0), isWritten: false)
        #expect(queue.isGated && !queue.hasDue && queue.hasUnwritten)
        #expect(write(&queue).isEmpty)
        queue.append(entry(1), isWritten: false)
        queue.append(entry(2), isWritten: false)
        #expect(queue.hasDue)
        #expect(write(&queue) == ["1", "2"])
        let called = Mutex(false)
        queue.barrier { called.withLock { $0 = true } }
        #expect(write(&queue).isEmpty)
        let acknowledged = try queue.acknowledge(3)
        #expect(ids(acknowledged.entries) == ["0", "1", "2"])
        #expect(acknowledged.barriers.count == 1)
        // Nothing is left before the gate.
        queue.barrier { called.withLock { $0 = true } }
        #expect(called.withLock { $0 })
        queue.open(1)
        log += write(&queue).compactMap(\.self)
        // The flush is over: what comes late from it waits no more.
        queue.append(live(12, after: 1), isWritten: false)
        log += write(&queue).compactMap(\.self)
        #expect(log == ["10", "11", "12"])
        #expect(ids(try queue.acknowledge(6).entries) == ["10", "11", "12"])
        #expect(queue.isEmpty)
    }

    @Test func keepsTheOrderOfTheGateInWhatIsLeft() {
        var queue = OutboundQueue()
        queue.append(OutboundQueue.Entry(stanza: stanza(2), isStored: false, flush: 7), isWritten: false)
        queue.append(entry(0), isWritten: false)
        queue.append(entry(1), isWritten: false)
        #expect(queue.slots.map(\.ordinal) == queue.slots.map(\.ordinal).sorted())
        #expect(ids(queue.drain()) == ["0", "1", "2"])
        #expect(!queue.isGated)
    }

    /// A row of the offline store can be younger than a message that waits for the end of the flush: then that goes first.
    @Test func letsPassWhatCameBeforeARow() throws {
        func live(_ id: Int, newestRow: Int64) -> OutboundQueue.Entry {
            OutboundQueue.Entry(stanza: stanza(id), isStored: false, flush: 1, newestRow: newestRow)
        }
        func row(_ id: Int, _ row: Int64) -> OutboundQueue.Entry {
            OutboundQueue.Entry(stanza: stanza(id), isStored: true, row: row)
        }
        var queue = OutboundQueue()
        queue.append(live(10, newestRow: 5), isWritten: false)
        queue.append(live(11, newestRow: 6), isWritten: false)
        queue.append(live(12, newestRow: 9), isWritten: false)
        queue.append(row(5, 5), isWritten: false)
        #expect(write(&queue) == ["5"])
        queue.append(row(7, 7), isWritten: false)
        queue.append(entry(0), isWritten: false)
        queue.append(row(8, 8), isWritten: false)
        #expect(write(&queue) == ["10", "11", "7", "0", "8"])
        #expect(queue.isGated)
        // Nothing is left behind the gate, and the next message shuts a new one.
        queue.append(row(20, 20), isWritten: false)
        #expect(!queue.isGated)
        queue.append(live(13, newestRow: 20), isWritten: false)
        queue.append(row(19, 19), isWritten: false)
        #expect(write(&queue) == ["12", "20", "19"])
        let ordinals = queue.slots.map(\.ordinal)
        #expect(ordinals == ordinals.sorted() && Set(ordinals).count == ordinals.count)
        queue.open(1)
        #expect(write(&queue) == ["13"])
        #expect(try queue.acknowledge(10).entries.count == 10)
        #expect(queue.isEmpty)
    }

    /// What a session has left stands in younger rows than it is: the archive knows better.
    @Test func goesByTheArchiveWhereItCan() {
        func id(_ clock: Int64) -> ArchiveID? { ArchiveID(String(repeating: "0", count: 9) + "1\(clock)00000000") }
        func live(_ clock: Int64) -> OutboundQueue.Entry {
            OutboundQueue.Entry(
                stanza: stanza(Int(clock)), isStored: false, archiveID: id(clock), flush: 1, newestRow: 5)
        }
        var queue = OutboundQueue()
        for clock in [3, 6] as [Int64] { queue.append(live(clock), isWritten: false) }
        for clock in [1, 4] as [Int64] {
            let row = OutboundQueue.Entry(
                stanza: stanza(Int(clock)), isStored: true, row: 100 + clock, archiveID: id(clock))
            queue.append(row, isWritten: false)
        }
        #expect(write(&queue) == ["1", "3", "4"])
        queue.spill(queue.slots.suffix(1).map(\.ordinal))
        let last = OutboundQueue.Entry(stanza: stanza(7), isStored: true, row: 107, archiveID: id(7))
        queue.append(last, isWritten: false)
        guard case .load = queue.takeUnwritten(keeps: true) else {
            Issue.record("what lies on disk is older")
            return
        }
    }

    @Test func keepsTheLastPresenceOfEach() throws {
        var queue = queue(1)
        queue.coalesce(try presence("a1", from: "a@x.example/1"))
        queue.coalesce(try presence("b1", from: "b@x.example/1"))
        queue.append(entry(1), isWritten: false)
        queue.coalesce(try presence("a2", from: "a@x.example/1"))
        #expect(queue.count == 4)
        queue.rewind()
        #expect(write(&queue) == ["0", "b1", "1", "a2"])
        // What was written is not taken back.
        queue.coalesce(try presence("a3", from: "a@x.example/1"))
        #expect(write(&queue) == ["a3"])
        #expect(queue.count == 5)
    }

    @Test func takesThePeersWordWhenItsOwnCountIsLost() throws {
        var queue = OutboundQueue([(0, .entry(entry(7)))], written: nil, acknowledged: 3)
        #expect(queue.accepts(4_000_000_000))
        #expect(try queue.acknowledge(4_000_000_000).entries.isEmpty)
        #expect(queue.sent == 4_000_000_000)
        #expect(write(&queue) == ["7"])
        #expect(!queue.accepts(4_000_000_002))
        #expect(ids(try queue.acknowledge(4_000_000_001).entries) == ["7"])
    }

    // MARK: What lies on disk

    @Test func spillsTheEndAndReadsItBack() throws {
        var queue = queue(6)
        let size = queue.bytes / 6
        queue.append(Stanza(.message, .chat, id: "stored"), isStored: true, row: 1)
        let overflow = queue.overflow(keeping: size * 2)
        #expect(overflow.map(\.ordinal) == [2, 3, 4, 5])
        // The third is gone by the time that the disk has it.
        _ = try queue.acknowledge(3)
        queue.spill(overflow.map(\.ordinal))
        #expect(queue.spilledCount == 3)
        #expect(queue.count == 4)
        queue.rewind()
        guard case .load(3) = queue.takeUnwritten(keeps: true) else {
            Issue.record("nothing to load")
            return
        }
        // The page ends before the last one.
        #expect(queue.load(.init(entries: Array(overflow[1...2]), through: 4), from: 3) == 0)
        #expect(write(&queue) == ["3", "4"])
        let acknowledged = try queue.acknowledge(5)
        #expect(ids(acknowledged.entries) == ["3", "4"])
        // The disk has lost the rest.
        #expect(queue.load(.init(entries: [], through: nil), from: 5) == 1)
        #expect(write(&queue) == ["stored"])
        #expect(queue.spilledCount == 0)
        #expect(queue.sent == 6)
    }

    @Test func acknowledgesWhatLiesOnDisk() throws {
        var queue = queue(4)
        queue.spill([1, 2])
        #expect(queue.slots.map(\.ordinal) == [0, 1, 2, 3])
        #expect(ids(try queue.acknowledge(4).entries) == ["0", "3"])
        #expect(queue.isEmpty)
        #expect(queue.bytes == 0)
        #expect(queue.spilledCount == 0)
    }

    /// Against a list that does the same slowly.
    @Test(arguments: 1...20)
    func neverLosesNorDoubles(seed: Int) throws {
        var random = SeededRandom(UInt64(seed))
        var queue = OutboundQueue()
        var disk: [Int64: OutboundQueue.Entry] = [:]
        var added = 0
        /// What the client has, and how much of it the server has heard of.
        var client: [String] = []
        var heard = 0
        for _ in 0..<400 {
            switch Int.random(in: 0..<7, using: &random) {
            case 0, 1:
                queue.append(entry(added), isWritten: false)
                added += 1
            case 2:
                writing: for _ in 0..<Int.random(in: 1...8, using: &random) {
                    switch queue.takeUnwritten(keeps: true) {
                    case .entry(let entry): client.append(entry.stanza.id ?? "")
                    case .load(let ordinal):
                        let rows = disk.filter { $0.key >= ordinal }.sorted { $0.key < $1.key }.prefix(3)
                        #expect(
                            queue.load(.init(entries: rows.map { ($0, $1) }, through: rows.last?.key), from: ordinal)
                                == 0)
                    case .barrier, .none: break writing
                    }
                }
            case 3:
                heard = Int.random(in: heard...client.count, using: &random)
                _ = try queue.acknowledge(UInt32(heard))
            case 4:
                let overflow = queue.overflow(keeping: Int.random(in: 0...2000, using: &random))
                for (ordinal, entry) in overflow { disk[ordinal] = entry }
                queue.spill(overflow.map(\.ordinal))
            case 5:
                // Of what was under way a part arrives, then the connection is cut and the client comes back.
                client.removeLast(Int.random(in: 0...(client.count - heard), using: &random))
                heard = client.count
                _ = try queue.acknowledge(UInt32(heard))
                queue.rewind()
            default:
                // The server stops and starts.
                for case (let ordinal, .entry(let entry)) in queue.slots { disk[ordinal] = entry }
                queue = OutboundQueue(
                    queue.slots.map { ($0.ordinal, .spilled(.init(archiveID: nil, arrived: 1))) },
                    written: queue.written, acknowledged: queue.acknowledged)
            }
            #expect(client == (0..<client.count).map { String($0) })
            #expect(queue.count == added - heard)
        }
    }
}

/// A small generator that gives the same each time (splitmix64).
private struct SeededRandom: RandomNumberGenerator {
    private var state: UInt64

    init(_ seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var value = state
        value = (value ^ (value >> 30)) &* 0xBF58_476D_1CE4_E5B9
        value = (value ^ (value >> 27)) &* 0x94D0_49BB_1331_11EB
        return value ^ (value >> 31)
    }
}
