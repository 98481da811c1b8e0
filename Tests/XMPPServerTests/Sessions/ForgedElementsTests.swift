//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

import Testing
import XMPPCore
import XMPPTestKit

@testable import XMPPServer

@Suite struct ForgedElementsTests {
    @Test(arguments: [
        ("<stanza-id xmlns='urn:xmpp:sid:0' by='acme.example' id='1'/>", true),
        ("<stanza-id xmlns='urn:xmpp:sid:0' by='bob@acme.example' id='1'/>", true),
        ("<stanza-id xmlns='urn:xmpp:sid:0' by='ACME.example' id='1'/>", true),
        ("<stanza-id xmlns='urn:xmpp:sid:0' by='home.example' id='1'/>", true),
        ("<stanza-id xmlns='urn:xmpp:sid:0' by='other.example' id='1'/>", false),
        ("<stanza-id xmlns='urn:xmpp:sid:0' id='1'/>", false),
        ("<stanza-id xmlns='other' by='acme.example' id='1'/>", false),
        ("<origin-id xmlns='urn:xmpp:sid:0' id='1'/>", false),
        ("<archived xmlns='urn:xmpp:mam:tmp' by='alice@acme.example' id='1'/>", true),
        ("<archived xmlns='urn:xmpp:mam:tmp' by='bob@acme.example' id='1'/>", true),
        ("<archived xmlns='urn:xmpp:mam:tmp' by='room@other.example' id='1'/>", false),
        ("<result xmlns='urn:xmpp:mam:tmp' by='bob@acme.example' id='1'/>", false),
        ("<delay xmlns='urn:xmpp:delay' from='acme.example' stamp='2026-11-22T12:00:00Z'/>", true),
        ("<delay xmlns='urn:xmpp:delay' from='alice@acme.example/desk' stamp='2026-11-22T12:00:00Z'/>", true),
        ("<delay xmlns='urn:xmpp:delay' from='room@other.example' stamp='2026-11-22T12:00:00Z'/>", false),
        ("<delay xmlns='urn:xmpp:delay' stamp='2026-11-22T12:00:00Z'/>", false),
        ("<sender xmlns='urn:switchboard:broadcast:1' jid='dave@acme.example'/>", true),
        ("<priority xmlns='urn:switchboard:broadcast:1'>urgent</priority>", false),
        ("<department xmlns='urn:switchboard:bizbuddy:1' state='open'/>", true),
        ("<record xmlns='urn:switchboard:bizbuddy:1'/>", true),
        ("<sent xmlns='urn:switchboard:component:1' id='1'/>", true),
        ("<sent xmlns='urn:xmpp:carbons:2'/>", true),
        ("<result xmlns='urn:xmpp:mam:2' id='1'/>", true),
        ("<fin xmlns='urn:xmpp:mam:2' id='1'/>", false),
        ("<result xmlns='other'/>", false),
        ("<sent xmlns='other'/>", false),
    ])
    func findsWhatOnlyTheHostMaySay(_ child: String, _ isForged: Bool) throws {
        let element = try XMLElement(scripted: "<message to='bob@acme.example'><body>hi</body>\(child)</message>")
        var stanza = try Stanza(element)
        stanza.from = try JID("alice@acme.example/desk")
        let own: Set = ["acme.example", "home.example"]
        #expect(ForgedElements.areIn(stanza) { own.contains($0.domain) } == isForged)
        guard isForged else { return }
        let cleaned = ForgedElements.removed(from: stanza) { own.contains($0.domain) }
        try expect(
            cleaned.element,
            is: "<message from='alice@acme.example/desk' to='bob@acme.example'><body>hi</body></message>")
    }

    @Test(arguments: [
        (ForgedElements.Sender.client, "bob@acme.example/desk", true), (.client, "bob@acme.example", true),
        (.server, "bob@acme.example/desk", false), (.server, "bob@acme.example", true),
        (.component, "bob@acme.example/desk", false), (.component, "bob@acme.example", true),
    ])
    func archivesAnswerClientsOnly(_ sender: ForgedElements.Sender, _ to: String, _ isForged: Bool) throws {
        let stanza = try Stanza(
            XMLElement(scripted: "<message to='\(to)'><result xmlns='urn:xmpp:mam:2' id='1'/></message>"))
        #expect(ForgedElements.areIn(stanza, sender: sender) { _ in false } == isForged)
    }

    private static let forged = """
        <stanza-id xmlns='urn:xmpp:sid:0' by='alice@acme.example' id='1'/>\
        <stanza-id xmlns='urn:xmpp:sid:0' by='bridge.acme.example' id='2'/>\
        <delay xmlns='urn:xmpp:delay' from='acme.example' stamp='2026-11-22T12:00:00Z'/>
        """

    @Test func nobodySpeaksForAnotherHost() async throws {
        try await TestServer.with(components: [ComponentTests.configuration]) { server in
            let alice = try await server.client("alice@acme.example/desk")
            let dave = try await server.client("dave@home.example/phone")
            dave.send("<message to='alice@acme.example/desk' id='m'><body>hi</body>\(Self.forged)</message>")
            let message = try await alice.expect("<message id='m'/>")
            #expect(message.children.map(\.name) == ["body", "stanza-id"])
            // The one that is there is the archive's.
            #expect(message.child("stanza-id", "urn:xmpp:sid:0")?["id"] != "1")
        }
    }

    @Test func componentsSpeakForThemselvesOnly() async throws {
        try await TestServer.with(components: [ComponentTests.configuration]) { server in
            let alice = try await server.client("alice@acme.example/desk", isAvailable: true)
            let component = try await server.component(ComponentTests.domain, secret: "between us")
            component.send(
                """
                <message from='room@\(ComponentTests.domain)' to='alice@acme.example/desk' id='m'><body>hi</body>\
                \(Self.forged)<stanza-id xmlns='urn:xmpp:sid:0' by='support@acme.example' id='3'/>\
                <record xmlns='urn:switchboard:bizbuddy:1'/></message>
                """)
            let message = try await alice.expect("<message id='m'/>")
            #expect(message.children.map(\.name) == ["body", "stanza-id", "stanza-id", "record"])
            #expect(message.children.compactMap { $0["id"] } == ["2", "3"])
        }
    }
}
