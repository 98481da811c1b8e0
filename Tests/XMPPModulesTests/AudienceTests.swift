//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

import Testing
import XMPPCore
import XMPPTestKit

@testable import XMPPModules

@Suite struct AudienceTests {
    private let alice: JID
    private let bob: JID
    private let list: AudienceList

    init() throws {
        alice = try JID("alice@acme.example")
        bob = try JID("bob@acme.example")
        list = AudienceList(
            domain: try JID("broadcast.acme.example"),
            groups: [
                AccountGroup("Support", accounts: [alice]), AccountGroup("support", accounts: [bob, alice]),
                AccountGroup("Field Service", hosts: ["acme.example"]), AccountGroup("All", accounts: [bob]),
                AccountGroup("", accounts: [bob]),
            ])
    }

    @Test func unitesGroupsOfOneName() {
        #expect(list["support"] == .group(AudienceGroup(name: "Support", accounts: [alice, bob])))
    }

    @Test func escapesNamesThatAreNoLocalParts() {
        #expect(list["field\\20service"] == .group(AudienceGroup(name: "Field Service", hosts: ["acme.example"])))
    }

    @Test func reservesTheNamesOfEverybody() {
        #expect(list["all"] == .all)
        #expect(list["online"] == .online)
        #expect(list["sales"] == nil)
        #expect(list[""] == nil)
    }

    @Test func listsItsAddresses() {
        #expect(
            list.addresses.map(\.jid.description) == [
                "all@broadcast.acme.example", "online@broadcast.acme.example", "support@broadcast.acme.example",
                "field\\20service@broadcast.acme.example",
            ])
        #expect(list.addresses.map(\.name).last == "Field Service")
    }
}

@Suite struct BroadcastMessageTests {
    private func message(_ xml: String) throws -> BroadcastMessage? {
        BroadcastMessage(
            try Stanza(XMLElement(scripted: xml)), from: try JID("all@broadcast.acme.example"),
            sender: try JID("dave@acme.example"), id: "made")
    }

    @Test func keepsWordsAndPriorityAndSaysWhoWroteThem() throws {
        let message = try #require(
            try message(
                """
                <message type='chat' id='x' xml:lang='de' from='dave@acme.example/a' to='all@broadcast.acme.example'>\
                <subject>S</subject><body>B</body><body xml:lang='en'>E</body><thread>t</thread>\
                <priority xmlns='urn:switchboard:broadcast:1' ack='true'>urgent</priority>\
                <sender xmlns='urn:switchboard:broadcast:1' jid='boss@acme.example'/>\
                <request xmlns='urn:xmpp:receipts'/><markable xmlns='urn:xmpp:chat-markers:0'/></message>
                """))
        try expect(
            message.copy(to: try JID("bob@acme.example")).element,
            is: """
                <message type='chat' id='x' xml:lang='de' from='all@broadcast.acme.example' to='bob@acme.example'>\
                <subject>S</subject><body>B</body><body xml:lang='en'>E</body>\
                <priority xmlns='urn:switchboard:broadcast:1' ack='true'>urgent</priority>\
                <sender xmlns='urn:switchboard:broadcast:1' jid='dave@acme.example'/><markable xmlns='urn:xmpp:chat-markers:0'/></message>
                """)
        #expect(message.wantsAcknowledgement && message.summary == "S")
    }

    @Test func passesNoPriorityThatIsNone() throws {
        let message = try #require(
            try message(
                "<message><body>B</body><priority xmlns='urn:switchboard:broadcast:1'>loud</priority></message>"))
        #expect(message.stanza.child("priority", "urn:switchboard:broadcast:1") == nil)
    }

    @Test(arguments: [
        "<message type='chat'><composing xmlns='http://jabber.org/protocol/chatstates'/></message>", "<message/>",
        "<message><body/></message>", "<message><body xmlns='other'>B</body></message>",
    ])
    func isNothingWithoutWords(xml: String) throws {
        #expect(try message(xml) == nil)
    }
}
