//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

import Testing
import XMPPCore
import XMPPStorage

@testable import XMPPServer

/// The part of a long queue that is not listed in memory.
@Suite struct OutboundStretchTests {
    private func entry(_ number: Int, shared: SharedDelivery? = nil) -> OutboundQueue.Entry {
        OutboundQueue.Entry(
            stanza: Stanza(.message, .chat, id: "\(number)"), isStored: false,
            archiveID: .first(at: Int64(number + 1) * 1000),
            shared: shared, arrived: Int64(number + 1))
    }

    /// So many names, and nothing of them in memory.
    private func names(_ range: Range<Int>, _ queue: inout OutboundQueue) {
        for number in range { queue.append(entry(number), isWritten: false) }
        queue.leaveToArchive(keeping: 0)
    }

    private func leave(_ queue: inout OutboundQueue) -> Int {
        let listed = queue.listed(atLeast: 10, atMost: 10_000)
        queue.leave(listed)
        return listed.count
    }

    @Test func leavesNamesButTheFirst() {
        var queue = OutboundQueue()
        names(0..<505, &queue)
        #expect(leave(&queue) == 0)
        names(505..<700, &queue)
        #expect(leave(&queue) == 200)
        #expect(queue.listedCount == 501 && queue.count == 700 && queue.spilledCount == 500 && queue.bytes == 0)
        // What follows joins it.
        names(700..<1000, &queue)
        #expect(leave(&queue) == 300)
        #expect(queue.listedCount == 501 && queue.count == 1000 && queue.spilledCount == 500)
        #expect(queue.stretch(at: 999)?.count == 500)
        #expect(queue.stretch(at: 999)?.first == 500)
        #expect(queue.stretch(at: 999)?.arrived == 501)
    }

    @Test func leavesNothingThatHasBeenWrittenOrIsNowhereElse() throws {
        var queue = OutboundQueue()
        for number in 0..<600 { queue.append(entry(number), isWritten: true) }
        queue.leaveToArchive(keeping: 0)
        #expect(leave(&queue) == 0)
        for number in 600..<1200 {
            var entry = entry(number)
            if number % 5 == 0 { entry.archiveID = nil }
            queue.append(entry, isWritten: false)
        }
        queue.leaveToArchive(keeping: 0)
        #expect(leave(&queue) == 0)
        #expect(try queue.acknowledge(600).spilled.count == 600)
    }

    @Test func givesBackPartByPart() throws {
        var queue = OutboundQueue()
        names(0..<700, &queue)
        #expect(leave(&queue) == 200)
        guard case .load(let first) = queue.takeUnwritten(keeps: true) else {
            Issue.record("nothing is to be loaded")
            return
        }
        let page = OutboundQueue.Page(entries: (0..<500).map { (Int64($0), entry($0)) }, through: 499)
        #expect(queue.load(page, from: first) == 0)
        for number in 0..<500 {
            guard case .entry(let entry) = queue.takeUnwritten(keeps: true) else {
                Issue.record("\(number) is not there")
                return
            }
            #expect(entry.stanza.id == "\(number)")
        }
        guard case .load(699) = queue.takeUnwritten(keeps: true), var rest = queue.stretch(at: 699) else {
            Issue.record("the stretch is not there")
            return
        }
        #expect(queue.firstArrived == 1 && queue.firstOrdinal == 0)
        #expect(try queue.acknowledge(500).entries.count == 500)
        #expect(queue.firstArrived == 501 && queue.firstOrdinal == 500)
        // One of them is not to be found.
        rest.first = 600
        rest.arrived = 600
        rest.source = .references(count: 100, shared: [:])
        let found = (500..<599).map { (ordinal: Int64($0), entry: entry($0)) }
        #expect(queue.load(OutboundQueue.StretchPage(entries: found, lost: 1, rest: rest), from: 699) == 1)
        #expect(queue.count == 199)
        // The same again is out of place once the stretch has grown or gone.
        #expect(queue.load(OutboundQueue.StretchPage(entries: [], lost: 1), from: 5000) == 0)
        for number in 500..<599 {
            guard case .entry(let entry) = queue.takeUnwritten(keeps: true) else {
                Issue.record("\(number) is not there")
                return
            }
            #expect(entry.stanza.id == "\(number)")
        }
        #expect(try queue.acknowledge(599).entries.count == 99)
        let last = (600..<700).map { (ordinal: Int64($0), entry: entry($0)) }
        #expect(queue.load(OutboundQueue.StretchPage(entries: last), from: 699) == 0)
        #expect(queue.count == 100 && queue.listedCount == 100)
        #expect(queue.entries.map(\.stanza.id) == (600..<700).map { "\($0)" })
    }

    @Test func knowsWhatOthersWereGiven() throws {
        var queue = OutboundQueue()
        let open = SharedDelivery(holders: 2)
        let taken = SharedDelivery.taken
        for number in 0..<600 {
            queue.append(entry(number, shared: number == 550 ? open : taken), isWritten: false)
        }
        queue.leaveToArchive(keeping: 0)
        #expect(leave(&queue) == 100)
        guard case .references(100, let shared) = queue.stretch(at: 599)?.source else {
            Issue.record("the stretch is not there")
            return
        }
        #expect(Array(shared.keys) == [550])
    }

    @Test func standsWhereItStoodAfterARestart() {
        let stretch = OutboundQueue.Stretch(
            source: .references(count: 5, shared: [:]), first: -20, arrived: 3)
        let queue = OutboundQueue(
            [(-10, .stretch(stretch)), (-3, .entry(entry(1))), (7, .entry(entry(2)))], written: 0, acknowledged: 0)
        #expect(queue.count == 7 && queue.listedCount == 3 && queue.nextOrdinal == 8)
        #expect(queue.slots.map(\.ordinal) == [-10, -3, 7])
        #expect(queue.firstOrdinal == -20 && queue.firstArrived == 3 && queue.hasDue)
    }

    /// What was missed goes behind what a flush of the offline store gives, and is not passed by how far the client is.
    @Test func missesBehindWhatWaited() throws {
        let backlog = Backlog([])
        let missed = OutboundQueue.Stretch(
            source: .missed(backlog, after: .first(at: 3_000_000), through: .first(at: 9_000_000)), first: -(1 << 32),
            arrived: 3000, began: 8_000_000)
        var queue = OutboundQueue([(-1, .stretch(missed))], written: nil, acknowledged: 0)
        #expect(queue.beginsWithMissed && queue.hasDue)
        queue.shutBeforeMissed(for: 1)
        #expect(queue.isGated && !queue.hasDue && !queue.beginsWithMissed)
        for row in [Int64(1), 2] {
            // The second one came after some of what was missed, but before the session began.
            var waited = entry(Int(row) * 3000)
            waited.row = row
            queue.append(waited, isWritten: false)
        }
        // One that has just come waits, too.
        var new = entry(20_000)
        new.flush = 1
        queue.append(new, isWritten: false)
        #expect(queue.firstArrived == 3000)
        for id in ["3000", "6000"] {
            guard case .entry(let entry) = queue.takeUnwritten(keeps: true) else {
                Issue.record("\(id) is not there")
                return
            }
            #expect(entry.stanza.id == id)
        }
        guard case .none = queue.takeUnwritten(keeps: true) else {
            Issue.record("the gate is open")
            return
        }
        // A row that is younger than what was missed does not go before that.
        var late = entry(9999)
        late.row = 3
        queue.append(late, isWritten: false)
        guard case .load(-1) = queue.takeUnwritten(keeps: true) else {
            Issue.record("what was missed does not come")
            return
        }
        queue.open(1)
        #expect(queue.load(OutboundQueue.StretchPage(entries: [(-100, entry(5000))]), from: -1) == 0)
        #expect(queue.entries.map(\.stanza.id) == ["3000", "6000", "5000", "9999", "20000"])
        #expect(queue.slots.map(\.ordinal) == queue.slots.map(\.ordinal).sorted())
        // Nothing is shut out that need not wait.
        var other = OutboundQueue()
        other.append(entry(1), isWritten: false)
        other.shutBeforeMissed(for: 1)
        #expect(!other.isGated)
    }

    /// Who waits for nothing but what turns out not to be there waits no longer.
    @Test func passesWhatWaitedForNothing() {
        let missed = OutboundQueue.Stretch(
            source: .missed(Backlog([]), after: .first(at: 3000), through: .first(at: 9000)), first: -100, arrived: 3)
        var queue = OutboundQueue([(-1, .stretch(missed))], written: 0, acknowledged: 7)
        queue.barrier {}
        queue.append(entry(1), isWritten: false)
        queue.barrier {}
        #expect(queue.passBarriers().isEmpty)
        #expect(queue.load(OutboundQueue.StretchPage(), from: -1) == 0)
        #expect(queue.passBarriers().barriers.count == 1)
        #expect(queue.passBarriers().isEmpty)
        #expect(queue.barriers == 1 && queue.count == 1 && queue.sent == 7)
        guard case .entry(let entry) = queue.takeUnwritten(keeps: true) else {
            Issue.record("nothing comes")
            return
        }
        #expect(entry.stanza.id == "1")
        #expect(queue.passBarriers().isEmpty)
    }

    /// Two sessions that end leave a message once, whichever is the last.
    @Test func leavesWhatWasMissedOnce() throws {
        func session(_ key: Int64, _ resource: String) -> StoredSession {
            StoredSession(
                key: key, id: resource, account: "bob@acme.example", resource: resource, device: nil, seconds: 1,
                status: SessionStatus(presence: "<presence xmlns='jabber:client'/>"), counters: SessionCounters())
        }
        let sessions = [session(1, "phone"), session(2, "desk")]
        let id = ArchiveID.first(at: 1000)
        for order in [[Int64(1), 2], [2, 1]] {
            for isTaken in [false, true] {
                let backlog = Backlog(sessions)
                let deliveries = [1, 2].map {
                    SharedDelivery(MissedDelivery(backlog: backlog, key: $0, id: id, others: [3 - $0]))
                }
                var position = ArchivePosition(0)
                if isTaken { position.acknowledge(id) }
                backlog.end(order[0], at: position)
                #expect(!deliveries[Int(order[0]) - 1].release())
                backlog.end(order[1], at: ArchivePosition(0))
                #expect(deliveries[Int(order[1]) - 1].release() == !isTaken)
            }
        }
        // Both at a time.
        let backlog = Backlog(sessions)
        for key in [Int64(1), 2] { backlog.end(key, at: ArchivePosition(0)) }
        let given = [Int64(1), 2].map {
            SharedDelivery(MissedDelivery(backlog: backlog, key: $0, id: id, others: [3 - $0])).release()
        }
        #expect(given == [false, true])
    }
}
