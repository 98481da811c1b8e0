//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

import Testing
import XMPPStorage

@testable import XMPPServer

/// A queue out of its rows.
@Suite struct QueueAsLeftTests {
    private func queue(written: Int, names: Int, listing limit: Int) throws -> OutboundQueue {
        let stored = StoredSession(
            key: 1, id: "x", account: "bob@acme.example", resource: "phone", device: nil, seconds: 600,
            status: SessionStatus(), counters: SessionCounters(acknowledged: 7),
            rest: SessionRest(written: written, remaining: 600))
        var queue = QueueAsLeft(stored, Backlog([stored]), memory: 1000)
        queue.namesInMemory = limit
        var deliveries = RestoredDeliveries()
        for ordinal in 0..<Int64(names) {
            try queue.add(
                StoredQueueEntry(
                    ordinal: ordinal, form: .archived, stanza: "", archiveID: ArchiveID.first(at: ordinal + 1),
                    arrived: ordinal, shared: ordinal + 1), &deliveries)
        }
        return queue.outbound
    }

    /// XEP-0198 §5: the client may have had all of it.
    @Test func countEverythingThatWasWritten() throws {
        let queue = try queue(written: 100, names: 150, listing: 20)
        #expect(queue.sent == 107)
        #expect(queue.accepts(107))
        #expect(!queue.accepts(108))
        #expect(queue.count == 150)
        #expect(queue.listedCount == 101)
    }

    /// Each of them nobody has had.
    @Test(.timeLimit(.minutes(1))) func takeManyNames() throws {
        let queue = try queue(written: 0, names: 100_000, listing: 10)
        #expect(queue.count == 100_000)
        #expect(queue.listedCount == 11)
        let stretch = try #require(queue.stretch(at: 99_999))
        guard case .references(let count, let shared) = stretch.source else {
            throw CancellationError()
        }
        #expect(count == 99_990 && shared.count == 99_990)
        #expect(stretch.first == 10)
        #expect(shared[99_999]?.mark == 100_000)
    }
}
