//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

import NIOEmbedded
import Testing
import XMPPCore

@testable import XMPPServer

@Suite struct LoopMailboxTests {
    /// Keeps what it is given.
    private final class Receiver: LinkedSession {
        var ids: [String?] = []

        func deliver(_ entry: OutboundQueue.Entry) { ids.append(entry.stanza.id) }
        func afterTaken(_ body: @escaping @Sendable () -> Void) { body() }
        func end(_ error: StreamError) {}
        func handOver(_ request: HandOver) {}
    }

    private let loop = EmbeddedEventLoop()

    private func entry(_ id: Int) -> OutboundQueue.Entry {
        OutboundQueue.Entry(stanza: Stanza(.message, .chat, id: "\(id)"), isStored: false)
    }

    @Test func deliversBurstAfterBurstInOrder() {
        let resources = LoopResources(loop)
        let receiver = Receiver()
        let link = SessionLink(receiver, on: resources)
        var expected: [String?] = []
        for burst in [1, 50, 3, 1000, 2] {
            for _ in 0..<burst {
                _ = resources.mailbox.add(entry(expected.count), to: link)
                expected.append("\(expected.count)")
            }
            #expect(resources.mailbox.hasItems)
            resources.mailbox.drain()
            #expect(!resources.mailbox.hasItems)
            #expect(receiver.ids == expected)
        }
        resources.stop()
    }

    /// What was posted first is delivered first, also before a call.
    @Test func callsDoNotOvertakeIt() {
        let resources = LoopResources(loop)
        let receiver = Receiver()
        let link = SessionLink(receiver, on: resources)
        _ = resources.mailbox.add(entry(7), to: link)
        link.perform { ($0 as? Receiver)?.ids.append("call") }
        #expect(receiver.ids == ["7", "call"])
        resources.stop()
    }

    @Test func asksForOneHandOverABurst() {
        let resources = LoopResources(loop)
        let link = SessionLink(Receiver(), on: resources)
        for _ in 0..<3 {
            #expect(resources.mailbox.add(entry(0), to: link))
            #expect(!resources.mailbox.add(entry(1), to: link))
            resources.mailbox.drain()
        }
        resources.stop()
    }

    @Test func givesOutWhatWasPostedForASessionThatMoves() {
        let resources = LoopResources(loop)
        let (leaving, staying) = (Receiver(), Receiver())
        let (first, second) = (SessionLink(leaving, on: resources), SessionLink(staying, on: resources))
        for id in 0..<6 { _ = resources.mailbox.add(entry(id), to: id % 2 == 0 ? first : second) }
        #expect(resources.mailbox.take(for: first).map(\.stanza.id) == ["0", "2", "4"])
        resources.mailbox.drain()
        #expect(leaving.ids.isEmpty)
        #expect(staying.ids == ["1", "3", "5"])
        resources.stop()
    }
}
