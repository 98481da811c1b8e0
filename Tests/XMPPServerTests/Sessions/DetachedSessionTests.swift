//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

import NIOCore
import Testing
import XMPPCore
import XMPPStorage
import XMPPTestKit

@testable import XMPPServer

/// A session that waits for its client is given to a new connection while something is being written.
@Suite struct DetachedSessionTests {
    private func server() async throws -> TestServer {
        var setup = TestServer.Setup()
        setup.configure = {
            $0.archive.isEnabled = false
            $0.limits.queueMemory = 65_536
        }
        return try await TestServer.start(setup)
    }

    private struct Taken: Sendable {
        let last: Int64
        let key: Int64
        let storedThrough: Int64?
        let wasSpilling: Bool
    }

    /// Gives messages to a session without a connection, and that to somebody else, in one turn of its loop.
    private func take(_ server: TestServer, _ count: Int, _ text: String) async throws -> Taken {
        let phone = try await server.client("bob@acme.example/phone", isAvailable: true)
        let id = try await phone.enableResumption()
        let account = try #require(server.core.accounts.online(phone.jid))
        await phone.kill()
        try await server.eventually("the session to wait") { account.session("phone")?.isDetached == true }
        let handle = try #require(account.session("phone")).handle
        let body = XMLElement("body", Namespace.client, text: text)
        let stanza = try Stanza(
            XMLElement(
                "message", Namespace.client, ["type": "chat", "from": "alice@acme.example/x", "to": "bob@acme.example"]
            ) { body })
        let taken: Taken? = await withCheckedContinuation { continuation in
            handle.link.performLater { [core = server.core] session in
                guard let session = session as? DetachedSession else { return continuation.resume(returning: nil) }
                for _ in 0..<count { session.deliver(OutboundQueue.Entry(stanza: stanza, isStored: false)) }
                let last = session.outbound.lastOrdinal
                let wasSpilling = session.isSpilling
                let asker = NIOLoopBound<any LinkedSession>(
                    EndedSession(core, handle.jid), eventLoop: session.resources.loop)
                session.handOver(
                    HandOver(id: id, handled: 0, resources: session.resources, asker: asker) { answer in
                        guard case .state(let state) = answer else { return continuation.resume(returning: nil) }
                        continuation.resume(
                            returning: Taken(
                                last: last, key: state.resumption.key, storedThrough: state.resumption.storedThrough,
                                wasSpilling: wasSpilling))
                    })
            }
        }
        return try #require(taken)
    }

    /// What was written at the last moment is removed once the client has had it.
    @Test func tellHowFarItIsInTheStore() async throws {
        let server = try await server()
        let taken = try await take(server, 1, "hi")
        #expect(taken.storedThrough == taken.last)
        await server.stop()
    }

    /// What it has on disk the next one counts.
    @Test func countNothingThatIsGivenAway() async throws {
        let server = try await server()
        let taken = try await take(server, 20, String(repeating: "x", count: 10_000))
        #expect(taken.wasSpilling)
        server.core.queuedBytes.set(500, of: taken.key, "bob@acme.example")
        try await server.eventually("all on disk") {
            try await server.core.sessions.queue(of: taken.key, limit: 100).count == 20
        }
        try await server.database.write { _ in }
        #expect(server.core.queuedBytes.total(of: "bob@acme.example") == 500)
        await server.stop()
    }
}
