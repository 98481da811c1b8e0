//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

import BizBuddyCore
import Testing
import XMPPCore
import XMPPPayloads

@testable import BizBuddyBridge

/// What passes from one end to the other beside words, under names that the other end knows.
@Suite struct SignalTests {
    static let alice = "alice@acme.example/desk"
    private static let states = "xmlns='http://jabber.org/protocol/chatstates'"
    private static let markers = "xmlns='urn:xmpp:chat-markers:0'"

    private func talking() throws -> BridgeHarness {
        var bridge = try BridgeHarness()
        try bridge.conversationBegins()
        try bridge.join()
        return bridge
    }

    private func customer(_ content: String, id: String = "t1", _ bridge: inout BridgeHarness) throws -> [Stanza] {
        try bridge.receive(
            "<message type='chat' id='\(id)' from='tom@home.example/phone' to='support@acme.example'>\(content)</message>"
        )
    }

    private func agent(
        _ content: String, id: String = "a1", type: String = "groupchat", _ bridge: inout BridgeHarness
    ) throws -> [Stanza] {
        try bridge.receive(
            "<message type='\(type)' id='\(id)' from='\(Self.alice)' to='\(bridge.room)'>\(content)</message>")
    }

    @Test func typingPassesBothWaysWhereBothKnowIt() throws {
        var bridge = try talking()
        let composing = "<composing \(Self.states)/>"
        #expect(try agent(composing, &bridge).to("tom@home.example").isEmpty, "tom has not shown that he knows it")
        let seen = try customer(composing, &bridge).to(Self.alice)
        #expect(seen.count == 1 && seen.first?.type == .groupchat)
        #expect(seen.first?.from?.resource == "Tom Customer")
        #expect(seen.first.flatMap { ChatState(in: $0.content) } == .composing)
        let shown = try agent(composing, &bridge).to("tom@home.example")
        #expect(shown.first.flatMap { ChatState(in: $0.content) } == .composing)
        #expect(shown.first?.from?.description == "support@acme.example")
        #expect(bridge.turn.commands.isEmpty, "nothing of it is kept")
        #expect(shown.first?.body == nil)
    }

    @Test func aReceiptSaysThatTheCompanyHasIt() throws {
        var bridge = try BridgeHarness()
        let sent = try customer("<body>Hello?</body><request xmlns='urn:xmpp:receipts'/>", &bridge)
        let receipt = try #require(sent.first { $0.child("received", DeliveryReceipt.namespace) != nil })
        #expect(receipt.child("received", DeliveryReceipt.namespace)?["id"] == "t1")
        #expect(receipt.to?.description == "tom@home.example/phone")
        #expect(receipt.from?.description == "support@acme.example")
        let none = try customer("<body>Hello again?</body>", id: "t2", &bridge)
        #expect(!none.contains { $0.child("received", DeliveryReceipt.namespace) != nil })
    }

    @Test func theAgentsWishForAReceiptIsAnsweredByTheCustomer() throws {
        var bridge = try BridgeHarness()
        try bridge.conversationBegins()
        let sent = try agent("<body>Hm</body><request xmlns='urn:xmpp:receipts'/>", type: "chat", &bridge)
        let text = try #require(sent.to("tom@home.example").first)
        #expect(text.child("request", DeliveryReceipt.namespace) != nil)
        let received = "<received xmlns='urn:xmpp:receipts' id='\(text.id ?? "")'/>"
        let answer = try customer(received, &bridge).to("alice@acme.example")
        #expect(answer.first?.child("received", DeliveryReceipt.namespace)?["id"] == "a1", "by the agent's own name")
        #expect(try customer("<received xmlns='urn:xmpp:receipts' id='other'/>", &bridge).isEmpty)
    }

    @Test func displayedMarkersPassUnderNamesTheOtherKnows() throws {
        var bridge = try talking()
        let line = try #require(
            try customer("<body>Look</body><markable \(Self.markers)/>", id: "t7", &bridge).to(Self.alice).first)
        let read = try agent("<displayed \(Self.markers) id='\(line.id ?? "")'/>", &bridge).to("tom@home.example")
        #expect(read.first?.child("displayed", DisplayedMarker.namespace)?["id"] == "t7")
        let text = try #require(
            try agent("<body>Yes</body><markable \(Self.markers)/>", id: "a7", &bridge).to("tom@home.example").first)
        #expect(text.child("markable", DisplayedMarker.namespace) != nil)
        let seen = try customer("<displayed \(Self.markers) id='\(text.id ?? "")'/>", &bridge).to(Self.alice)
        #expect(seen.first?.child("displayed", DisplayedMarker.namespace)?["id"] == "a7")
    }

    @Test func correctionsStandInTheRightPlace() throws {
        var bridge = try talking()
        let first = try #require(try customer("<body>It hmus</body>", id: "t1", &bridge).to(Self.alice).first)
        let corrected = try customer(
            "<body>It hums</body><replace xmlns='urn:xmpp:message-correct:0' id='t1'/>", id: "t2", &bridge
        ).to(Self.alice).first
        #expect(corrected?.child("replace", MessageCorrection.namespace)?["id"] == first.id)
        // A correction of a correction names the first (XEP-0308 §3).
        let again = try customer(
            "<body>It hums.</body><replace xmlns='urn:xmpp:message-correct:0' id='t2'/>", id: "t3", &bridge
        ).to(Self.alice).first
        #expect(again?.child("replace", MessageCorrection.namespace)?["id"] == first.id)
        let text = try #require(try agent("<body>Aha</body>", id: "a1", &bridge).to("tom@home.example").first)
        let sent = try agent(
            "<body>Oh</body><replace xmlns='urn:xmpp:message-correct:0' id='a1'/>", id: "a2", &bridge)
        #expect(sent.to("tom@home.example").first?.child("replace", MessageCorrection.namespace)?["id"] == text.id)
        #expect(sent.to(Self.alice).first?.child("replace", MessageCorrection.namespace)?["id"] == "a1")
        // Somebody else's words are not one's own to correct.
        let foreign = try customer(
            "<body>Ha</body><replace xmlns='urn:xmpp:message-correct:0' id='\(text.id ?? "")'/>", id: "t4", &bridge
        ).to(Self.alice).first
        #expect(foreign?.child("replace", MessageCorrection.namespace) == nil)
        #expect(foreign?.body == "Ha")
    }

    @Test func repliesNameWhatIsAnswered() throws {
        var bridge = try talking()
        let question = try #require(
            try agent("<body>Which one?</body>", id: "a1", &bridge).to("tom@home.example").first)
        let fallback =
            "<fallback xmlns='urn:xmpp:fallback:0' for='urn:xmpp:reply:0'><body start='0' end='13'/></fallback>"
        let sent = try customer(
            """
            <body>&gt; Which one?\nThe red one</body>\
            <reply xmlns='urn:xmpp:reply:0' id='\(question.id ?? "")' to='support@acme.example'/>\(fallback)
            """, id: "t9", &bridge)
        let line = try #require(sent.to(Self.alice).first)
        let reply = try MessageReply(try #require(line.child("reply", MessageReply.namespace)))
        #expect(reply.id == "a1" && reply.to?.description == "\(bridge.room)/alice")
        let quoted = try FallbackIndication(try #require(line.child("fallback", FallbackIndication.namespace)))
        #expect(quoted.body == 0..<13)
        let answer = try agent(
            "<body>Fine</body><reply xmlns='urn:xmpp:reply:0' id='\(line.id ?? "")'/>", id: "a2", &bridge
        ).to("tom@home.example").first
        let back = try MessageReply(try #require(answer?.child("reply", MessageReply.namespace)))
        #expect(back.id == "t9" && back.to?.description == "tom@home.example")
        #expect(answer?.content.xmlString.contains("alice") == false)
    }

    @Test func reactionsPassAndNeverBecomeText() throws {
        var bridge = try talking()
        let text = try #require(try agent("<body>Done</body>", id: "a1", &bridge).to("tom@home.example").first)
        let sent = try customer(
            """
            <reactions xmlns='urn:xmpp:reactions:0' id='\(text.id ?? "")'><reaction>👍</reaction></reactions>\
            <body>&gt; Done\n👍</body>
            """, &bridge
        ).to(Self.alice)
        #expect(sent.count == 1 && sent.first?.body == nil)
        let reactions = try MessageReactions(
            try #require(sent.first?.child("reactions", MessageReactions.namespace)))
        #expect(reactions == MessageReactions("a1", ["👍"]))
        let line = try #require(try customer("<body>Thanks</body>", id: "t3", &bridge).to(Self.alice).first)
        let back = try agent(
            "<reactions xmlns='urn:xmpp:reactions:0' id='\(line.id ?? "")'><reaction>🎉</reaction></reactions>", &bridge
        ).to("tom@home.example").first
        #expect(back?.child("reactions", MessageReactions.namespace)?["id"] == "t3")
    }

    @Test func notesAreNothingToReferTo() throws {
        var bridge = try talking()
        _ = try agent("<body>/note he is angry</body>", id: "n1", &bridge)
        let note = "\(bridge.conversation)-2"
        let reaction = { (id: String) in
            "<reactions xmlns='urn:xmpp:reactions:0' id='\(id)'><reaction>👍</reaction></reactions>"
        }
        #expect(try agent(reaction(note), &bridge).to("tom@home.example").isEmpty)
        let reply = try agent("<body>Well</body><reply xmlns='urn:xmpp:reply:0' id='\(note)'/>", &bridge)
        #expect(reply.to("tom@home.example").first?.child("reply", MessageReply.namespace) == nil)
    }

    @Test func linksPassAsLinks() throws {
        var bridge = try talking()
        let url = "https://files.home.example/4711/gizmo.jpg"
        let link = "<x xmlns='jabber:x:oob'><url>\(url)</url></x>"
        let line = try customer("<body>\(url)</body>\(link)", &bridge).to(Self.alice).first
        #expect(line?.body == url && line?.child("x", OutOfBandLink.namespace)?.firstChild?.text == url)
        let bare = try customer(link, id: "t2", &bridge).to(Self.alice).first
        #expect(bare?.body == url, "a link without words says itself")
        let sent = try agent("<body>\(url)</body>\(link)", &bridge).to("tom@home.example").first
        #expect(sent?.child("x", OutOfBandLink.namespace)?.firstChild?.text == url)
        let script = "<body>click</body><x xmlns='jabber:x:oob'><url>javascript:alert(1)</url></x>"
        #expect(try customer(script, &bridge).to(Self.alice).first?.child("x", OutOfBandLink.namespace) == nil)
    }

    @Test func strangersSignalsSayNothing() throws {
        var bridge = try talking()
        let composing = "<composing \(Self.states)/>"
        #expect(
            try bridge.receive(
                "<message type='chat' from='uma@home.example/x' to='support@acme.example'>\(composing)</message>"
            ).isEmpty)
        #expect(
            try bridge.receive(
                "<message type='chat' from='bob@acme.example/x' to='\(bridge.room)'>\(composing)</message>"
            ).to("tom@home.example").isEmpty)
    }

    // MARK: Blocked, and too fast

    @Test func aBlockedCustomersMessagesComeBack() throws {
        var bridge = try BridgeHarness(supervisors: ["dave@acme.example"])
        try bridge.conversationBegins()
        let sent = try bridge.says("/block insults", type: "chat")
        #expect(sent.to("dave@acme.example").bodies == ["alice@acme.example has blocked tom@home.example: insults"])
        let refused = try customer("<body>Hello?</body><request xmlns='urn:xmpp:receipts'/>", &bridge)
        #expect(refused.count == 1 && refused.first?.error == .forbidden)
        #expect(bridge.core.service.conversations.isEmpty)
        let list = try bridge.customerWrites(
            "/blocked", from: "dave@acme.example/x", to: "support@care.acme.example")
        #expect(list.bodies == ["tom@home.example, by alice@acme.example: insults"])
        try bridge.customerWrites(
            "/unblock tom@home.example", from: "dave@acme.example/x", to: "support@care.acme.example")
        #expect(try customer("<body>Hello?</body>", &bridge).allSatisfy { $0.error == nil })
    }

    @Test func whoWritesTooFastIsAskedToWait() throws {
        var bridge = try BridgeHarness()
        var errors: [StanzaError.Condition] = []
        for number in 0..<200 {
            errors += try customer("<body>\(number)</body>", id: "t\(number)", &bridge).compactMap(\.error)
        }
        #expect(errors == Array(repeating: .policyViolation, count: 20), "three minutes' worth at once")
        bridge.tick(after: .seconds(60))
        #expect(try customer("<body>again</body>", &bridge).allSatisfy { $0.error == nil })
    }
}
