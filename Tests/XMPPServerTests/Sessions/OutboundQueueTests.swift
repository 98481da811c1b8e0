//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

import Synchronization
import Testing
import XMPPCore

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
}
