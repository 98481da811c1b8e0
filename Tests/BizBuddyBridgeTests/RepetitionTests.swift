//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

import BizBuddyCore
import BizBuddyStorage
import Testing
import XMPPClient
import XMPPCore
import XMPPPayloads

@testable import BizBuddyBridge

/// What was said in a room reaches the agent, whatever happens to the room.
@Suite struct RepetitionTests {
    private static let desk = "alice@acme.example/desk"

    /// The rows that the last input put into the outbox.
    private func rows(_ bridge: BridgeHarness) -> [OutgoingRow] {
        bridge.turn.outgoing.compactMap { outgoing in
            outgoing.row.map {
                OutgoingRow(
                    id: $0, recipient: outgoing.stanza.to?.description ?? "", payload: outgoing.stanza.xmlBytes,
                    at: outgoing.at)
            }
        }
    }

    /// What goes out for rows on a new stream.
    private func again(_ rows: [OutgoingRow], _ bridge: BridgeHarness) throws -> [Stanza] {
        try rows.compactMap { bridge.core.repetition(of: try Stanza(stored: $0.payload), row: $0) }
    }

    /// The same service after the process was killed.
    private func restarted(_ bridge: BridgeHarness) -> BridgeHarness {
        var other = bridge
        other.core = BridgeCore(bridge.core.configuration, service: bridge.core.service) { "later" }
        other.core.start(&other.turn)
        other.connect()
        return other
    }

    private func talking(_ clients: [String] = [desk]) throws -> BridgeHarness {
        var bridge = try BridgeHarness()
        try bridge.conversationBegins()
        for client in clients {
            try bridge.agentComesOnline(client)
            try bridge.join(client)
        }
        return bridge
    }

    @Test func keepsGroupchatUntilItIsTaken() throws {
        var bridge = try talking()
        let sent = try #require(try bridge.customerWrites("It smokes").to(Self.desk).first)
        #expect(sent.type == .groupchat)
        let row = try #require(rows(bridge).first)
        #expect(row.at == bridge.now)
        #expect(sent.child("origin-id", StanzaID.namespace)?["id"] == row.id)
        #expect(try again([row], bridge).map(\.xmlBytes) == [sent.xmlBytes], "she is still there")
    }

    @Test func becomesChatWhenTheRoomIsGone() throws {
        var bridge = try talking()
        try bridge.customerWrites("It smokes")
        let kept = rows(bridge)
        let bytes = try again(kept, restarted(bridge))
        let chat = try #require(bytes.first)
        #expect(bytes.count == 1)
        #expect(chat.type == .chat)
        #expect(chat.from?.description == bridge.room)
        #expect(chat.to?.description == "alice@acme.example")
        #expect(chat.body == "It smokes")
        #expect(chat.child("nick", BridgeCore.nickNamespace)?.text == "Tom Customer")
        #expect(chat.child("origin-id", StanzaID.namespace)?["id"] == kept.first?.id)
        let delay = try DelayedDelivery(try #require(chat.child("delay", DelayedDelivery.namespace)))
        #expect(delay.stamp.milliseconds == bridge.now.milliseconds)
    }

    @Test func comesOnceToAnAgentWithSeveralClients() throws {
        var bridge = try talking([Self.desk, "alice@acme.example/phone"])
        try bridge.customerWrites("It smokes")
        let kept = rows(bridge)
        #expect(kept.count == 2)
        #expect(Set(kept.map(\.id)).count == 2, "the server takes each name once")
        #expect(try again(kept, restarted(bridge)).bodies == ["It smokes"])
    }

    @Test func keepsWhatIsToldWithARecord() throws {
        var bridge = try BridgeHarness()
        try bridge.agentComesOnline()
        try bridge.customerWrites("My gizmo is broken")
        bridge.tick(after: .seconds(1))
        try bridge.receive(
            "<message type='chat' from='\(Self.desk)' to='support@care.acme.example'><body>accept</body></message>")
        try bridge.join()
        bridge.find(BridgeHarness.tom)
        let chat = try #require(try again(rows(bridge), restarted(bridge)).first)
        #expect(chat.body?.contains("4711") == true)
        #expect(chat.child("record", "urn:switchboard:bizbuddy:1") != nil)
    }

    @Test func goesToNobodyElse() throws {
        var bridge = try talking()
        try bridge.customerWrites("It smokes")
        let kept = rows(bridge)
        var later = restarted(bridge)
        later.tick(after: .seconds(180))
        #expect(later.core.service.conversations[bridge.conversation]?.agent == nil)
        #expect(try again(kept, later).isEmpty, "the next agent gets it with the rest")
    }

    @Test func repeatsEverythingElseAsItWas() throws {
        var bridge = try BridgeHarness()
        try bridge.conversationBegins()
        let kept = rows(bridge)
        #expect(kept.count > 2)
        #expect(try again(kept, restarted(bridge)).map(\.xmlBytes) == kept.map(\.payload))
    }

    private func bounce(_ name: String, from client: String = desk, _ bridge: inout BridgeHarness) throws -> [Stanza] {
        try bridge.receive(
            """
            <message type='error' id='\(name)' from='\(client)' to='\(bridge.room)/Tom Customer'>\
            <error type='wait'><recipient-unavailable xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error></message>
            """)
    }

    @Test func takesAnotherWayOnceWhenItComesBack() throws {
        var bridge = try talking()
        let text = try #require(try bridge.customerWrites("It smokes").to(Self.desk).first)
        let name = try #require(text.id)
        let chat = try bounce(name, &bridge).to("alice@acme.example")
        #expect(chat.bodies == ["It smokes"])
        #expect(chat.first?.type == .chat)
        #expect(chat.first?.from?.description == bridge.room)
        let row = try #require(rows(bridge).first?.id)
        #expect(row != text.child("origin-id", StanzaID.namespace)?["id"], "that one the server has taken")
        #expect(chat.first?.child("origin-id", StanzaID.namespace)?["id"] == row)
        #expect(try bounce(name, &bridge).isEmpty)
        #expect(try bounce(try #require(chat.first?.id), from: "alice@acme.example", &bridge).isEmpty)
        #expect(try bridge.customerWrites("Still there?").to("alice@acme.example").bodies == ["Still there?"])
    }

    @Test func staysInTheRoomWhileAnotherClientIsThere() throws {
        var bridge = try talking([Self.desk, "alice@acme.example/phone"])
        let name = try #require(try bridge.customerWrites("It smokes").to(Self.desk).first?.id)
        #expect(try bounce(name, &bridge).to("alice@acme.example").isEmpty)
        #expect(try bounce(name, from: "alice@acme.example/phone", &bridge).to("alice@acme.example").count == 1)
    }

    @Test(arguments: ["bob@acme.example/desk", "tom@home.example/phone"])
    func believesNobodyElsesBounce(client: String) throws {
        var bridge = try talking()
        let name = try #require(try bridge.customerWrites("It smokes").to(Self.desk).first?.id)
        #expect(try bounce(name, from: client, &bridge).isEmpty)
        #expect(try bounce("nonsense", &bridge).kind(.message).isEmpty)
    }

    @Test func takesWhatTheAgentSaidInTheRoomThatIsGone() throws {
        var bridge = restarted(try talking())
        let sent = try bridge.says("Unplug it")
        #expect(sent.to("tom@home.example").bodies == ["Unplug it"])
        #expect(sent.to(Self.desk).first?.from?.description == "\(bridge.room)/alice")
        #expect(sent.to(Self.desk).first?.id == "m1")
        #expect(sent.to(Self.desk).first?.child("origin-id", StanzaID.namespace) == nil, "none was given")
        #expect(!(try bridge.says("/note odd")).contains { $0.to?.bareString == "tom@home.example" })
        #expect(try bridge.says("Hello", as: "bob@acme.example/desk").first?.error == .notAcceptable)
        try bridge.agentComesOnline()
        try bridge.join()
        try bridge.receive("<presence type='unavailable' from='\(Self.desk)' to='\(bridge.room)/alice'/>")
        #expect(try bridge.says("hi").first?.error == .notAcceptable, "left in good order")
    }

    @Test func keepsItsDomainOverAReload() throws {
        var bridge = try talking()
        var changed = bridge.core.configuration
        changed.component.domain = "other.example"
        changed.departments[0].capacity = 1
        bridge.core.configure(changed, &bridge.turn)
        #expect(bridge.core.configuration.component.domain == "care.acme.example")
        #expect(bridge.core.service.configuration[department: DepartmentID("support")]?.capacity == 1)
        #expect(try bridge.says("Unplug it").to("tom@home.example").bodies == ["Unplug it"])
    }
}
