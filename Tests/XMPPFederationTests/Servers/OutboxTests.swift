//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

import Testing
import XMPPCore
import XMPPTestKit

@testable import XMPPFederation
@testable import XMPPServer
@testable import XMPPStorage

/// What people write to a server that is not there.
@Suite struct OutboxTests {
    private static let acme = FederatedServers.acme
    private static let partner = FederatedServers.partner

    /// Nobody listens there, as tcpmux is not run anywhere.
    private static let closedPort = 1

    private func outbox(_ database: XMPPDatabase) -> FederationOutbox {
        let none = StorageQuota(stanzas: 0, bytes: 0)
        return FederationOutbox(database, quota: none, total: none)
    }

    @Test func messagesWaitOverARestartAndArriveInOrder() async throws {
        let database = try XMPPDatabase(inMemory: "federation-outbox-restart")
        let ports = FederatedServers.Ports()
        ports.set(Self.partner, Self.closedPort)
        var side = FederatedServers.Side()
        side.database = database
        let first = try FederatedServers.service(Self.acme, other: Self.partner, side, ports)
        try await TestServer.with(FederatedServers.setup(Self.acme, side, first)) { acme in
            let alice = try await acme.client("alice@acme.example/desk", isAvailable: true)
            try await alice.enableAcknowledgements()
            for number in 0..<20 {
                alice.send(
                    "<message to='tom@partner.example' type='chat' id='w\(number)'><body>\(number)</body></message>")
            }
            #expect(try await alice.handledByServer() == 20)
            #expect(try await alice.settle().isEmpty)
            #expect(try await outbox(database).usage(Self.partner).stanzas == 20)
        }
        let second = try FederatedServers.service(Self.acme, other: Self.partner, side, ports)
        let other = try FederatedServers.service(Self.partner, other: Self.acme, .init(), ports)
        try await TestServer.with(FederatedServers.setup(Self.partner, .init(), other)) { partner in
            ports.set(Self.partner, try partner.port(.server))
            let tom = try await partner.client("tom@partner.example/home", isAvailable: true)
            try await TestServer.with(FederatedServers.setup(Self.acme, side, second)) { acme in
                for number in 0..<20 {
                    let next = try await tom.expect("a message") { $0.name == "message" }
                    #expect(next["id"] == "w\(number)")
                    #expect(next["from"] == "alice@acme.example/desk")
                }
                try await acme.eventually("an empty outbox") {
                    try await outbox(database).usage(nil).stanzas == 0
                }
            }
        }
    }

    /// Her client acknowledges nothing and her session ends with the process, so what she writes goes out unwritten where there is
    /// a stream (0018).
    @Test(arguments: [true, false]) func whatCannotGoOutIsOnDiskAtOnce(_ wasConnected: Bool) async throws {
        let database = try XMPPDatabase(inMemory: "federation-outbox-at-once-\(wasConnected)")
        var side = FederatedServers.Side()
        side.database = database
        try await FederatedServers.with(acme: side) { servers in
            let proxy = try await CuttingProxy.start(to: try #require(servers.ports[Self.partner]))
            servers.ports.set(Self.partner, proxy.port)
            let alice = try await servers.acme.client("alice@acme.example/desk", isAvailable: true)
            let way = { () async throws -> FederationReport.Way? in try await servers.acmeFederation.report().ways.first
            }
            if wasConnected {
                let tom = try await servers.partner.client("tom@partner.example/home", isAvailable: true)
                alice.send("<message to='tom@partner.example' type='chat' id='before'><body>b</body></message>")
                try await tom.expect("<message id='before'/>")
                try await servers.acme.eventually("nothing on its way") { try await way()?.unacknowledged == 0 }
                #expect(try await outbox(database).usage(nil).stanzas == 0)
            }
            servers.ports.set(Self.partner, Self.closedPort)
            if wasConnected {
                await proxy.stop()
                try await servers.acme.eventually("no stream") { try await way()?.state != .connected }
            }
            for number in 0..<5 {
                alice.send("<message to='tom@partner.example' type='chat' id='w\(number)'><body>b</body></message>")
            }
            // Nothing that comes behind them is answered before they are safe.
            let answer = try await alice.iq("get", to: Self.acme, "<ping xmlns='urn:xmpp:ping'/>")
            #expect(answer["type"] == "result")
            #expect(try await outbox(database).usage(Self.partner).stanzas == 5)
            if !wasConnected { await proxy.stop() }
        }
    }

    private func rename(_ table: String, to name: String, in database: XMPPDatabase) async throws {
        try await database.write { context in
            try context.perform { _ = try $0.run("ALTER TABLE \(table) RENAME TO \(name)") }
        }
    }

    @Test func whatCannotBeReadAtTheStartIsReadLater() async throws {
        let database = try XMPPDatabase(inMemory: "federation-outbox-unreadable")
        let quota = StorageQuota(stanzas: 10, bytes: 10_000)
        let waiting = "<message xmlns='jabber:client' from='alice@acme.example' to='tom@partner.example' id='w'/>"
        _ = try await FederationOutbox(database, quota: quota, total: quota).append(
            NewFederationStanza(
                local: Self.acme, remote: Self.partner, stanza: waiting, stamp: Timestamp.now().milliseconds))
        try await rename("federation_outbox", to: "hidden", in: database)
        var side = FederatedServers.Side()
        side.database = database
        try await FederatedServers.with(acme: side) { servers in
            let tom = try await servers.partner.client("tom@partner.example/home", isAvailable: true)
            let ways = try #require(servers.acmeFederation.context).domains
            try await servers.acme.eventually("that it could not be read is known") {
                let isKnown = ways.takeOrphans()
                if isKnown { ways.expectOrphans() }
                return isKnown
            }
            try await rename("hidden", to: "federation_outbox", in: database)
            servers.acmeFederation.tidy(servers.acme.core)
            try await tom.expect("<message id='w'/>")
            try await servers.acme.eventually("an empty outbox") {
                try await outbox(database).usage(nil).stanzas == 0
            }
        }
    }

    @Test func aSubscriptionIsWrittenWithTheRoster() async throws {
        let database = try XMPPDatabase(inMemory: "federation-subscription-transaction")
        var side = FederatedServers.Side()
        side.database = database
        try await FederatedServers.with(acme: side) { servers in
            servers.ports.set(Self.partner, Self.closedPort)
            let core = servers.acme.core
            let alice = try JID("alice@acme.example")
            let tom = try JID("tom@partner.example")
            // What comes after the commit does not happen, as if the process had ended there.
            let effects = try await core.rosters.commit(core) {
                try $0.send(Stanza(.presence, .subscribe, from: alice, to: tom))
            }
            #expect(effects.count == 1)
            #expect(try await outbox(database).usage(Self.partner).stanzas == 1)
            await #expect(throws: StanzaError.self) {
                _ = try await core.rosters.commit(core) { transaction in
                    try transaction.send(Stanza(.presence, .unsubscribe, from: alice, to: tom))
                    throw StanzaError(.notAllowed)
                }
            }
            #expect(try await outbox(database).usage(Self.partner).stanzas == 1)
        }
    }

    @Test(arguments: [(nil, "remote-server-not-found"), (1, "remote-server-timeout")] as [(Int?, String)])
    func requestsAreAnsweredAtOnce(_ port: Int?, _ condition: String) async throws {
        try await FederatedServers.with { servers in
            servers.ports.set(Self.partner, port)
            let alice = try await servers.acme.client("alice@acme.example/desk", isAvailable: true)
            for _ in 0..<2 {
                let answer = try await alice.iq("get", to: "tom@partner.example", "<ping xmlns='urn:xmpp:ping'/>")
                #expect(answer["type"] == "error")
                #expect(answer["from"] == "tom@partner.example")
                #expect(answer.child("error", Namespace.client)?.firstChild?.name == condition)
            }
        }
    }

    @Test func whoWritesToNoServerIsToldAtOnce() async throws {
        try await FederatedServers.with { servers in
            servers.ports.set(Self.partner, nil)
            let alice = try await servers.acme.client("alice@acme.example/desk", isAvailable: true)
            alice.send("<message to='tom@partner.example' type='chat' id='n1'><body>Hello?</body></message>")
            let error = try await alice.expect("<message type='error' id='n1' from='tom@partner.example'/>")
            #expect(error.child("error", Namespace.client)?.firstChild?.name == "remote-server-not-found")
        }
    }

    @Test func answersToProbesDoNotWait() async throws {
        let database = try XMPPDatabase(inMemory: "federation-outbox-probes")
        var side = FederatedServers.Side()
        side.database = database
        try await FederatedServers.with(acme: side) { servers in
            servers.ports.set(Self.partner, Self.closedPort)
            let alice = try await servers.acme.client("alice@acme.example/desk", isAvailable: true)
            let stream = try await servers.provenStream()
            for account in ["alice", "bob", "nobody"] {
                stream.send("<presence type='probe' from='tom@partner.example' to='\(account)@acme.example'/>")
            }
            // It comes in turn, so the probes have been answered.
            stream.send("<message from='tom@partner.example' to='alice@acme.example' id='after' type='chat'/>")
            try await alice.expect("<message id='after'/>")
            #expect(try await outbox(database).usage(nil).stanzas == 0)
        }
    }

    @Test func subscriptionsWaitToo() async throws {
        let database = try XMPPDatabase(inMemory: "federation-outbox-subscription")
        var side = FederatedServers.Side()
        side.database = database
        try await FederatedServers.with(acme: side) { servers in
            let port = servers.ports[Self.partner]
            servers.ports.set(Self.partner, Self.closedPort)
            let alice = try await servers.acme.client("alice@acme.example/desk", isAvailable: true)
            let tom = try await servers.partner.client("tom@partner.example/home", isAvailable: true)
            alice.send("<presence type='subscribe' to='tom@partner.example'/>")
            try await servers.acme.eventually("a subscription on disk") {
                try await outbox(database).usage(Self.partner).stanzas == 1
            }
            servers.ports.set(Self.partner, port)
            try await tom.expect("<presence type='subscribe' from='alice@acme.example'/>")
        }
    }
}
