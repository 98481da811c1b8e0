//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

import Testing
import XMPPCore
import XMPPModules
import XMPPServer
import XMPPStorage
import XMPPTestKit

/// Accounts and contacts by invitation (XEP-0379, XEP-0401, XEP-0445).
@Suite struct InvitationTests {
    private static let alice = "alice@acme.example"

    private func invite(
        _ server: TestServer, _ change: (inout NewInvitation) -> Void = { _ in }
    ) async throws -> InvitationToken {
        let token = InvitationToken()
        let now = Timestamp.now().milliseconds
        var invitation = NewInvitation(
            token: token.digest, host: "acme.example", inviter: Self.alice, subscribes: true, created: now,
            expires: now + 60_000)
        change(&invitation)
        try await server.core.invitations.add(invitation)
        return token
    }

    private func stranger(_ server: TestServer) async throws -> StreamConnection {
        let connection = try await server.connect()
        let features = try await connection.open(to: "acme.example")
        #expect(features.child("register", "urn:xmpp:ibr-token:0") != nil)
        return connection
    }

    /// `result`, or the condition of the error.
    private func outcome(_ answer: XMLElement) -> String {
        answer["type"] == "result"
            ? "result" : answer.child("error", Namespace.client).flatMap { StanzaError($0) }?.condition.rawValue ?? "?"
    }

    private func show(_ token: String, on connection: StreamConnection) async throws -> String {
        outcome(
            try await connection.iq("set", to: "acme.example", "<preauth xmlns='urn:xmpp:pars:0' token='\(token)'/>"))
    }

    private func register(_ name: String, on connection: StreamConnection) async throws -> String {
        outcome(
            try await connection.iq(
                "set", to: nil,
                """
                <query xmlns='jabber:iq:register'><username>\(name)</username><password>long enough</password></query>
                """))
    }

    @Test func makesAnAccountWhoseInviterIsAContact() async throws {
        try await TestServer.with(modules: [RosterModule()]) { server in
            let alice = try await server.client("alice@acme.example/a", isAvailable: true)
            let token = try await invite(server) { $0.groups = ["Newcomers"] }
            let connection = try await stranger(server)
            #expect(try await register("frank", on: connection) == "not-allowed")
            #expect(try await show(token.text, on: connection) == "result")
            #expect(try await register("frank", on: connection) == "result")
            try await alice.expect(
                """
                <iq type='set'><query xmlns='jabber:iq:roster'><item jid='frank@acme.example' subscription='both'>\
                <group>Newcomers</group></item></query></iq>
                """)
            // The invitation is used up, on this stream and on others.
            #expect(try await register("grace", on: connection) == "not-allowed")
            #expect(try await show(token.text, on: stranger(server)) == "item-not-found")
            let frank = try await server.client("frank@acme.example/f", password: "long enough")
            let roster = try await frank.roster()
            #expect(
                try roster.includes(
                    "<iq><query xmlns='jabber:iq:roster'><item jid='\(Self.alice)' subscription='both'/></query></iq>"))
            frank.send("<presence/>")
            try await frank.expect("<presence from='alice@acme.example/a'/>")
            try await alice.expect("<presence from='frank@acme.example/f'/>")
        }
    }

    @Test func leavesNothingOfANameThatIsTaken() async throws {
        try await TestServer.with { server in
            let token = try await invite(server)
            let connection = try await stranger(server)
            #expect(try await show(token.text, on: connection) == "result")
            #expect(try await register("bob", on: connection) == "conflict")
            let visitor = "visitor-0123456789abcdef0123456789abcdef"
            #expect(try await register(visitor, on: connection) == "conflict")
            #expect(try await server.core.invitations.open(host: "acme.example", at: 0).count == 1)
            #expect(try await register("bobby", on: connection) == "result")
            #expect(try await server.core.invitations.open(host: "acme.example", at: 0).isEmpty)
        }
    }

    @Test func keepsANameForWhomItIsFor() async throws {
        var setup = TestServer.Setup()
        setup.configure = { $0.registration = .init(isEnabled: true, perHour: nil) }
        try await TestServer.with(setup) { server in
            let token = try await invite(server) { $0.account = "frank@acme.example" }
            let open = try await stranger(server)
            #expect(try await register("frank", on: open) == "conflict")
            // Administrators give it to nobody else either.
            await #expect(throws: StorageError.exists) {
                try await server.core.createAccount(JID("frank@acme.example"), password: "long enough")
            }
            let connection = try await stranger(server)
            #expect(try await show(token.text, on: connection) == "result")
            let form = try await connection.iq("get", to: nil, "<query xmlns='jabber:iq:register'/>")
            #expect(
                try form.includes("<iq><query xmlns='jabber:iq:register'><username>frank</username></query></iq>"))
            #expect(try await register("grace", on: connection) == "not-acceptable")
            #expect(try await register("Frank", on: connection) == "result")
        }
    }

    @Test func refusesAllTokensThatDoNotCountAlike() async throws {
        try await TestServer.with { server in
            let good = try await invite(server)
            let table = [
                "", "no-token", String(repeating: "0", count: 32), good.text.uppercased(),
                try await invite(server) { $0.expires = $0.created }.text,
                try await invite(server) { $0.host = "home.example" }.text,
                try await invite(server) { $0.registers = false }.text,
                try await invite(server) { $0.inviter = "nobody@acme.example" }.text,
            ]
            for token in table {
                let connection = try await stranger(server)
                let answer = try await connection.iq(
                    "set", to: "acme.example", "<preauth xmlns='urn:xmpp:pars:0' token='\(token)'/>")
                #expect(
                    try answer.includes(
                        """
                        <iq type='error'><error type='cancel'><item-not-found xmlns='\(Namespace.stanzaErrors)'/>\
                        <text xmlns='\(Namespace.stanzaErrors)'>The token is invalid or has expired.</text></error></iq>
                        """), "\(token)")
                #expect(try await register("frank", on: connection) == "not-allowed")
            }
            #expect(try await show(good.text, on: stranger(server)) == "result")
            try await server.core.setDisabled(true, of: JID(Self.alice))
            #expect(try await show(good.text, on: stranger(server)) == "item-not-found")
        }
    }

    @Test func endsAStreamAndThenAnAddressThatGuess() async throws {
        try await TestServer.with { server in
            let token = try await invite(server)
            var answers: [String] = []
            // 6 streams of 5 wrong tokens each are what an address may try.
            for _ in 0..<6 {
                let connection = try await stranger(server)
                for _ in 0..<5 { answers.append(try await show("guess", on: connection)) }
                #expect(try await connection.ended().condition == "policy-violation")
            }
            #expect(answers == Array(repeating: "item-not-found", count: 30))
            #expect(try await show(token.text, on: stranger(server)) == "resource-constraint")
        }
    }

    @Test func isRedeemedOnceByTwoAtATime() async throws {
        try await TestServer.with { server in
            let token = try await invite(server)
            let names = ["f1", "f2", "f3", "f4", "f5", "f6"]
            let connections = try await names.asyncMap { _ in try await stranger(server) }
            for connection in connections { #expect(try await show(token.text, on: connection) == "result") }
            for (name, connection) in zip(names, connections) {
                connection.send(
                    """
                    <iq type='set' id='r'><query xmlns='jabber:iq:register'><username>\(name)</username>\
                    <password>long enough</password></query></iq>
                    """)
            }
            let answers = try await connections.asyncMap {
                outcome(try await $0.expect("an answer") { $0["id"] == "r" })
            }
            #expect(answers.filter { $0 == "result" }.count == 1)
            #expect(answers.filter { $0 == "item-not-found" }.count == 5)
            #expect(try await server.core.accountStore.count(host: "acme.example") == 4)
        }
    }

    @Test func holdsOnAStreamThoughItExpires() async throws {
        try await TestServer.with { server in
            let connection = try await stranger(server)
            let token = try await invite(server) { $0.expires = $0.created + 1000 }
            #expect(try await show(token.text, on: connection) == "result")
            try await server.eventually("the invitation's end") {
                try await server.core.invitations.find(token: token.digest, at: Timestamp.now().milliseconds) == nil
            }
            #expect(try await register("frank", on: connection) == "result")
        }
    }

    // MARK: Contacts (XEP-0379)

    @Test func makesContactsOfTwoWithoutAsking() async throws {
        try await TestServer.with(modules: [RosterModule()]) { server in
            let alice = try await server.client("alice@acme.example/a", isAvailable: true)
            let bob = try await server.client("bob@acme.example/b", isAvailable: true)
            let token = try await invite(server) { $0.registers = false }
            bob.send(
                "<presence to='\(Self.alice)' type='subscribe'><preauth xmlns='urn:xmpp:pars:0' token='\(token.text)'/></presence>"
            )
            try await bob.expect("<presence type='subscribed' from='\(Self.alice)'/>")
            try await bob.expect("<presence from='alice@acme.example/a'/>")
            try await alice.expect(
                "<iq type='set'><query xmlns='jabber:iq:roster'><item jid='bob@acme.example' subscription='both'/></query></iq>"
            )
            try await alice.expect("<presence from='bob@acme.example/b'/>")
            #expect(try await alice.settle().allSatisfy { $0["type"] != "subscribe" })
            #expect(
                try await bob.roster().includes(
                    "<iq><query xmlns='jabber:iq:roster'><item jid='\(Self.alice)' subscription='both'/></query></iq>"))
            #expect(try await server.core.invitations.open(host: "acme.example", at: 0).isEmpty)
        }
    }

    @Test func asksWhereTheTokenDoesNotCount() async throws {
        try await TestServer.with(modules: [RosterModule()]) { server in
            let alice = try await server.client("alice@acme.example/a", isAvailable: true)
            let tokens = [
                "guess", try await invite(server) { $0.inviter = "bob@acme.example" }.text,
                try await invite(server) { $0.subscribes = false }.text,
                try await invite(server) { $0.account = "frank@acme.example" }.text,
            ]
            let carol = try await server.client("carol@acme.example/c", isAvailable: true)
            for token in tokens {
                carol.send(
                    "<presence to='\(Self.alice)' type='subscribe'><preauth xmlns='urn:xmpp:pars:0' token='\(token)'/></presence>"
                )
                try await alice.expect("<presence type='subscribe' from='carol@acme.example'/>")
                alice.send("<presence to='carol@acme.example' type='unsubscribed'/>")
                try await carol.expect("<presence type='unsubscribed'/>")
            }
            #expect(try await server.core.invitations.open(host: "acme.example", at: 0).count == 3)
        }
    }

    @Test func asksAStrangerBack() async throws {
        let component = ServerConfiguration.Component(domain: "there.example", secret: "s")
        try await TestServer.with(modules: [RosterModule()], components: [component]) { server in
            let alice = try await server.client("alice@acme.example/a", isAvailable: true)
            let there = try await server.component("there.example", secret: "s")
            let token = try await invite(server)
            there.send(
                "<presence from='zoe@there.example' to='\(Self.alice)' type='subscribe'><preauth xmlns='urn:xmpp:pars:0' token='\(token.text)'/></presence>"
            )
            try await there.expect("<presence type='subscribed' from='\(Self.alice)' to='zoe@there.example'/>")
            try await there.expect("<presence type='subscribe' from='\(Self.alice)' to='zoe@there.example'/>")
            try await alice.expect(
                "<iq type='set'><query xmlns='jabber:iq:roster'><item jid='zoe@there.example' subscription='from' ask='subscribe'/></query></iq>"
            )
        }
    }
}

extension Sequence {
    fileprivate func asyncMap<R>(_ transform: (Element) async throws -> R) async rethrows -> [R] {
        var results: [R] = []
        for element in self { results.append(try await transform(element)) }
        return results
    }
}
