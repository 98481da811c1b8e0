//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

import NIOCore
import NIOPosix
import Testing
import XMPPCore

@testable import XMPPServer

/// What other loops have posted is delivered in order, whatever its delivery leads to.
@Suite struct MailboxMoveTests {
    /// Notes what comes, and does something with the first of it.
    private final class Listener: LinkedSession {
        var ids: [String] = []
        var first: (() -> Void)?

        func deliver(_ entry: OutboundQueue.Entry) {
            ids.append(entry.stanza.id ?? "")
            let body = first
            first = nil
            body?()
        }

        func afterTaken(_ body: @escaping @Sendable () -> Void) {}
        func end(_ error: StreamError) {}
        func handOver(_ request: HandOver) {}
    }

    private static func entry(_ id: Int) -> OutboundQueue.Entry {
        OutboundQueue.Entry(stanza: Stanza(.message, .chat, id: String(id)), isStored: false)
    }

    private static func ids(_ range: Range<Int>) -> [String] { range.map { String($0) } }

    /// Runs on a loop, while the test's own thread stands for another one.
    private func onLoop<R: Sendable>(_ body: @escaping @Sendable (any EventLoop) throws -> R) async throws -> R {
        let loop = MultiThreadedEventLoopGroup.singleton.any()
        return try await loop.submit { try body(loop) }.get()
    }

    @Test func whatIsBeingDeliveredMovesWithTheSession() async throws {
        let (old, new) = try await onLoop { loop in
            let resources = LoopResources(loop)
            defer { resources.stop() }
            let (old, new) = (Listener(), Listener())
            let link = SessionLink(old, on: resources)
            old.first = {
                // In the middle of the burst more comes, and the session goes elsewhere.
                for id in 5..<8 { _ = resources.mailbox.add(Self.entry(id), to: link) }
                for entry in link.move(to: new, on: resources) { new.deliver(entry) }
            }
            for id in 0..<5 { _ = resources.mailbox.add(Self.entry(id), to: link) }
            resources.mailbox.drain()
            link.deliver(Self.entry(8))
            return (old.ids, new.ids)
        }
        #expect(old == Self.ids(0..<1))
        #expect(new == Self.ids(1..<9))
    }

    @Test func whatTheLoopDeliversItselfComesBehind() async throws {
        let (one, other) = try await onLoop { loop in
            let resources = LoopResources(loop)
            defer { resources.stop() }
            let (one, other) = (Listener(), Listener())
            let ones = SessionLink(one, on: resources)
            let others = SessionLink(other, on: resources)
            one.first = { others.deliver(Self.entry(9)) }
            _ = resources.mailbox.add(Self.entry(0), to: ones)
            for id in 1..<4 { _ = resources.mailbox.add(Self.entry(id), to: id.isMultiple(of: 2) ? ones : others) }
            resources.mailbox.drain()
            return (one.ids, other.ids)
        }
        #expect(one == ["0", "2"])
        #expect(other == ["1", "3", "9"])
    }
}
