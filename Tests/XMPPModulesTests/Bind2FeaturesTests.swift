//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

import Testing
import XMPPCore
import XMPPModules
import XMPPPayloads
import XMPPServer
import XMPPStorage
import XMPPTestKit

/// What is enabled while a resource is bound (XEP-0386 §4), by the features themselves.
@Suite struct Bind2FeaturesTests {
    private let states = "http://jabber.org/protocol/chatstates"
    private let wanted = [
        XMLElement("enable", "urn:xmpp:carbons:2"), StreamManagement.Enable().element,
        XMLElement("inactive", "urn:xmpp:csi:0"), XMLElement("metadata", "urn:xmpp:mam:2"),
    ]

    private func script() -> SASL2Script {
        var script = SASL2Script()
        script.userAgent = UserAgent(id: "d4565fa7-4d72-4749-b3d3-740edbf87770", software: "AwesomeXMPP")
        return script
    }

    private func bound(_ success: SASL2.Success) throws -> XMLElement {
        try #require(success.inline.first { $0.isNamed("bound", "urn:xmpp:bind:0") })
    }

    @Test func areAnnounced() async throws {
        try await Company.with { server in
            let connection = try await server.connect()
            let features = try await connection.open(to: "acme.example")
            let inline = try #require(
                features.child("authentication", "urn:xmpp:sasl:2")?.child("inline", "urn:xmpp:sasl:2"))
            let announced = try #require(
                inline.child("bind", "urn:xmpp:bind:0")?.child("inline", "urn:xmpp:bind:0"))
            #expect(
                Set(announced.children.compactMap { $0["var"] })
                    == ["urn:xmpp:carbons:2", "urn:xmpp:csi:0", "urn:xmpp:sm:3", "urn:xmpp:mam:2"])
            #expect(inline.child("sm", "urn:xmpp:sm:3") != nil)
        }
    }

    @Test func areEnabledInOneGo() async throws {
        try await Company.with { server in
            let bob = try await server.client("bob@acme.example/b", isAvailable: true)
            for id in ["first", "second", "third"] {
                bob.send("<message to='alice@acme.example' type='chat' id='\(id)'><body>\(id)</body></message>")
            }
            _ = try await bob.settle()
            let stored = try await server.core.archive.after("alice@acme.example", nil, limit: 9)
            let (first, last) = (try #require(stored.first?.id), try #require(stored.last?.id))
            let (alice, success) = try await server.modernClient(
                "alice@acme.example", script(), tag: "AwesomeXMPP", features: wanted)
            // The answers in the words of the specification; carbons and client state need none.
            try expect(
                try bound(success),
                is: """
                    <bound xmlns='urn:xmpp:bind:0'>
                      <enabled xmlns='urn:xmpp:sm:3'/>
                      <metadata xmlns='urn:xmpp:mam:2'>
                        <start id='\(first)' timestamp='\(Timestamp(milliseconds: first.milliseconds))'/>
                        <end id='\(last)' timestamp='\(Timestamp(milliseconds: last.milliseconds))'/>
                      </metadata>
                    </bound>
                    """)
            #expect(alice.jid.resource?.hasPrefix("AwesomeXMPP/") == true)
            #expect(try await alice.handledByServer() == 0)
            let account = try #require(server.core.accounts.online(alice.jid))
            #expect(account.sessions.map(\.carbons) == [true] && account.sessions.map(\.usesArchive) == [true])
            // Nobody looks: what is typed waits, what is said does not, and brings it along.
            alice.send("<presence/>")
            bob.send("<message to='\(alice.jid)' type='chat' id='typing'><composing xmlns='\(states)'/></message>")
            _ = try await bob.settle()
            // An iq's answer would bring it along, an acknowledgement does not.
            _ = try await alice.handledByServer()
            #expect(alice.received().filter { $0.name == "message" }.isEmpty)
            bob.send("<message to='\(alice.jid)' type='chat' id='said'><body>4</body></message>")
            try await alice.expect("<message id='said'/>")
            // What had waited stands in the archive, and comes no second time.
            #expect(
                try await alice.settle().filter { ["first", "second", "third"].contains($0["id"]) }.isEmpty)
            let other = try await server.client("alice@acme.example/other", isAvailable: true)
            other.send("<message to='bob@acme.example' type='chat'><body>5</body></message>")
            try await alice.expect("a copy") { $0.child("sent", "urn:xmpp:carbons:2") != nil }
        }
    }

    @Test func areLeftAloneUnlessAskedForButTheArchive() async throws {
        try await Company.with { server in
            let (alice, success) = try await server.modernClient("alice@acme.example", script())
            let names = try bound(success).children.map(\.name)
            #expect(names == ["metadata"])
            #expect(try bound(success).child("metadata", "urn:xmpp:mam:2")?.firstChild == nil)
            let session = try #require(server.core.accounts.online(alice.jid)?.sessions.first)
            // XEP-0386 §4.2: what waits is not sent to who binds like this.
            #expect(!session.carbons && session.usesArchive)
        }
    }
}
