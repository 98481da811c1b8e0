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

/// Colleagues and supervisors in conversations, typed and by ad-hoc command.
@Suite struct SupervisionTests {
    static let alice = "alice@acme.example/desk"
    static let bob = "bob@acme.example/desk"
    static let dave = "dave@acme.example/desk"

    /// Alice has Tom and is in the room; Bob, and Dave who is a supervisor, are online.
    private func talking() throws -> BridgeHarness {
        var bridge = try BridgeHarness(supervisors: ["dave@acme.example"])
        try bridge.conversationBegins()
        try bridge.join()
        try bridge.agentComesOnline(Self.bob)
        try bridge.agentComesOnline(Self.dave)
        return bridge
    }

    @Test func aGuestIsInvitedAndSpeaksWithTheCustomer() throws {
        var bridge = try talking()
        let sent = try bridge.says("/invite bob knows gizmos")
        let invitation = try #require(sent.to("bob@acme.example").first { $0.mucUser?.invitations.isEmpty == false })
        #expect(invitation.from?.description == bridge.room)
        #expect(
            sent.to("bob@acme.example").bodies == [
                """
                alice@acme.example asks you to join the conversation with Tom Customer: knows gizmos
                What you write here goes to the customer.
                """
            ])
        #expect(sent.to("tom@home.example").isEmpty)
        let entered = try bridge.join(Self.bob, as: "bob").to(Self.bob)
        #expect(entered.bodies.contains("My gizmo is broken"))
        let spoken = try bridge.says("I know these", as: Self.bob)
        #expect(spoken.to("tom@home.example").bodies == ["I know these"])
        #expect(spoken.to("tom@home.example").first?.from?.description == "support@acme.example")
        #expect(spoken.to(Self.alice).bodies == ["I know these"])
        let heard = try bridge.customerWrites("Wonderful")
        #expect(heard.to(Self.alice).bodies == ["Wonderful"])
        #expect(heard.to(Self.bob).bodies == ["Wonderful"])
        // Kept under names of their own until the server has them.
        #expect(Set(bridge.turn.outgoing.compactMap(\.row)).count == 2)
    }

    @Test func aConsultantsWordsStayAmongStaff() throws {
        var bridge = try talking()
        try bridge.says("/consult bob which fuse?")
        try bridge.join(Self.bob, as: "bob")
        let said = try bridge.says("The blue one", as: Self.bob)
        #expect(said.to("tom@home.example").isEmpty)
        #expect(said.to(Self.alice).bodies == ["[note] The blue one"])
        #expect(said.to(Self.bob).bodies == ["[note] The blue one"])
        let answer = try bridge.says("It is the blue fuse")
        #expect(answer.to("tom@home.example").bodies == ["It is the blue fuse"])
        #expect(answer.to(Self.bob).bodies == ["It is the blue fuse"])
    }

    @Test func aConsultantWithoutRoomsTakesPartByChat() throws {
        var bridge = try talking()
        try bridge.says("/consult bob which fuse?")
        let said = try bridge.says("The blue one", type: "chat", as: Self.bob)
        #expect(said.to("tom@home.example").isEmpty)
        #expect(said.to(Self.alice).bodies == ["[note] The blue one"])
        #expect(said.to(Self.bob).bodies == ["Noted, for staff only."])
        #expect(try bridge.customerWrites("Thanks").to("bob@acme.example").bodies == ["Thanks"])
        #expect(try bridge.says("You are welcome").to("bob@acme.example").bodies == ["You are welcome"])
        let left = try bridge.says("/leave", type: "chat", as: Self.bob)
        #expect(left.to(Self.alice).bodies == ["bob@acme.example has left the conversation."])
        #expect(try bridge.customerWrites("Bye").to("bob@acme.example").isEmpty)
    }

    @Test func whoDeclinesIsNotWaitedFor() throws {
        var bridge = try talking()
        try bridge.says("/invite bob")
        let sent = try bridge.receive(
            """
            <message from='\(Self.bob)' to='\(bridge.room)'><x xmlns='http://jabber.org/protocol/muc#user'>            <decline to='alice@acme.example'/></x></message>
            """)
        #expect(sent.to(Self.alice).bodies == ["bob@acme.example has left the conversation."])
        #expect(bridge.core.service.conversations[bridge.conversation]?.company.companions.isEmpty == true)
    }

    @Test func aSupervisorListsFollowsAndWhispers() throws {
        var bridge = try talking()
        let list = try bridge.customerWrites("/list", from: Self.dave, to: "support@care.acme.example").bodies
        #expect(
            list == [
                "\(bridge.conversation): Tom Customer, Support, with alice@acme.example, 0 s, 1 messages"
            ])
        let followed = try bridge.customerWrites(
            "/monitor \(bridge.conversation)", from: Self.dave, to: "support@care.acme.example")
        #expect(followed.to(Self.dave).contains { $0.mucUser?.invitations.isEmpty == false })
        #expect(followed.to(Self.alice).bodies == ["dave@acme.example follows this conversation."])
        #expect(
            followed.to("tom@home.example").bodies == [
                "A supervisor of Support is following this conversation from now on."
            ])
        try bridge.join(Self.dave, as: "dave")
        let whispered = try bridge.says("/whisper Offer a refund", as: Self.dave)
        #expect(whispered.to(Self.alice).bodies == ["[note] Offer a refund"])
        #expect(whispered.to(Self.dave).bodies == ["[note] Offer a refund"])
        let plain = try bridge.says("Careful", as: Self.dave)
        #expect(plain.to("tom@home.example").isEmpty)
        #expect(plain.to(Self.alice).bodies == ["[note] Careful"])
    }

    @Test func whispersFromOutsideReachTheAgentWhereverShe() throws {
        for isInRoom in [true, false] {
            var bridge = try talking()
            if !isInRoom {
                try bridge.receive("<presence type='unavailable' from='\(Self.alice)' to='\(bridge.room)/alice'/>")
            }
            let sent = try bridge.says("/whisper Offer a refund", type: "chat", as: Self.dave)
            #expect(sent.to(isInRoom ? Self.alice : "alice@acme.example").bodies == ["[note] Offer a refund"])
            #expect(sent.to("tom@home.example").isEmpty)
        }
    }

    @Test func aSupervisorTakesOver() throws {
        var bridge = try talking()
        let sent = try bridge.says("/takeover", type: "chat", as: Self.dave)
        #expect(sent.to(Self.alice).kind(.presence).contains { $0.type == .unavailable })
        #expect(sent.to("alice@acme.example").bodies == ["dave@acme.example has taken this conversation over."])
        #expect(sent.to(Self.dave).contains { $0.mucUser?.invitations.isEmpty == false })
        #expect(sent.to("tom@home.example").bodies == ["Somebody else from Support will help you further."])
        try bridge.join(Self.dave, as: "dave")
        #expect(try bridge.says("I am Dave", as: Self.dave).to("tom@home.example").bodies == ["I am Dave"])
        #expect(try bridge.says("Hm", type: "chat").first?.error == .forbidden)
    }

    @Test func agentsAreNoSupervisors() throws {
        var bridge = try talking()
        for text in ["/takeover", "/whisper x", "/monitor", "/reassign bob", "/state alice off"] {
            let sent = try bridge.says(text, type: "chat", as: Self.bob)
            #expect(sent.to(Self.bob).bodies == ["Only supervisors may do that."])
            #expect(bridge.turn.commands.isEmpty)
        }
        for verb in ["takeover", "state"] {
            #expect(try bridge.command(verb, as: Self.bob).first?.error == .forbidden)
        }
        #expect(try bridge.command("list", as: "tom@home.example/phone").first?.error == .forbidden)
    }

    @Test func setsAnAgentsState() throws {
        var bridge = try talking()
        let sent = try bridge.customerWrites("/state bob off", from: Self.dave, to: "support@care.acme.example")
        #expect(sent.to("bob@acme.example").bodies.last == "dave@acme.example has set that.")
        #expect(sent.to(Self.dave).bodies == ["bob@acme.example is off duty."])
        #expect(!bridge.core.service.isOnDuty(AgentID("bob@acme.example"), for: DepartmentID("support")))
        let request = try #require(
            try bridge.customerWrites("/state bob lunch", from: Self.dave, to: "support@care.acme.example").first)
        #expect(try AdHocCommand(try #require(request.payload)).payloads.first?["jid"] == "bob@acme.example")
        let answer = try bridge.receive(
            "<iq type='result' id='\(request.id ?? "")' from='acme.example' to='care.acme.example'/>")
        #expect(answer.to(Self.dave).bodies == ["bob@acme.example's state is At Lunch."])
    }

    // MARK: Ad-hoc commands

    @Test func listsToEachWhatTheyMay() throws {
        var bridge = try talking()
        let agents = Set(Verb.all.filter { $0.role == .agent }.map(\.name))
        for address in ["care.acme.example", "support@care.acme.example", bridge.room] {
            #expect(try bridge.nodes(for: Self.alice, at: address) == agents)
            #expect(try bridge.nodes(for: Self.dave, at: address) == Set(Verb.all.map(\.name)))
            let own = try bridge.nodes(for: "tom@home.example/phone", at: address)
            #expect(own.isEmpty || address == "support@care.acme.example" && own.contains("position"))
            #expect(own.isDisjoint(with: ["transfer", "list", "close"]))
        }
        #expect(try bridge.nodes(for: Self.bob, at: bridge.room).isEmpty, "somebody else's conversation")
        let info = try bridge.receive(
            """
            <iq type='get' id='i' from='\(Self.alice)' to='care.acme.example'>            <query xmlns='http://jabber.org/protocol/disco#info' node='urn:switchboard:bizbuddy:1#transfer'/></iq>
            """)
        #expect(try DiscoveryInfo(try #require(info.first?.payload)).identities.first?.type == "command-node")
    }

    @Test func asksAndRunsByForm() throws {
        var bridge = try talking()
        let asked = try #require(try bridge.command("transfer", as: Self.alice).commandResult)
        #expect(asked.status == .executing && asked.actions?.allowed == [.complete])
        let form = try #require(asked.form)
        #expect(form.kind == .form)
        #expect(form.fields.map(\.name) == ["conversation", "target", "reason"])
        #expect(form.field("conversation")?.options.map(\.value) == ["\(bridge.conversation)"])
        #expect(
            form.field("target")?.options.map(\.value) == ["support", "bob@acme.example", "dave@acme.example"])
        let sent = try bridge.command(
            "transfer", ["conversation": "\(bridge.conversation)", "target": "bob", "reason": "knows gizmos"],
            as: Self.alice, action: "complete")
        let done = try #require(sent.commandResult)
        #expect(done.status == .completed)
        #expect(
            done.notes.map(\.text) == [
                "bob@acme.example is being asked. Until then the customer stays with you."
            ])
        #expect(sent.to("bob@acme.example").bodies.first?.contains("knows gizmos") == true)
    }

    @Test func runsAtOnceWhatNeedsNothing() throws {
        var bridge = try talking()
        let board = try #require(try bridge.command("board", as: Self.alice).commandResult)
        #expect(board.status == .completed && board.form == nil)
        #expect(board.notes.first?.text.hasPrefix("Support: open") == true)
        let taken = try bridge.command("takeover", as: Self.dave, to: bridge.room)
        #expect(try #require(taken.commandResult).notes.map(\.text) == ["Done."])
        #expect(bridge.core.service.conversations[bridge.conversation]?.agent == AgentID("dave@acme.example"))
        let cancelled = try bridge.command("duty", as: Self.alice, action: "cancel")
        #expect(try #require(cancelled.commandResult).status == .canceled)
    }

    @Test func refusesWhatCannotBe() throws {
        var bridge = try talking()
        let fields = ["conversation": "\(bridge.conversation)", "target": "nobody"]
        #expect(try bridge.command("transfer", fields, as: Self.alice).first?.error == .itemNotFound)
        #expect(try bridge.command("transfer", ["target": "bob"], as: Self.alice).first?.error == .badRequest)
        #expect(try bridge.command("duty", ["duty": "maybe"], as: Self.alice).first?.error == .badRequest)
        #expect(try bridge.command("frobnicate", as: Self.alice).first?.error == .itemNotFound)
        #expect(try bridge.command("duty", as: Self.alice, action: "prev").first?.error == .badRequest)
        #expect(try bridge.command("duty", as: Self.alice, action: "what").first?.error == .badRequest)
        #expect(try bridge.command("accept", as: Self.bob).first?.error == .notAcceptable)
        #expect(bridge.core.service.conversations[bridge.conversation]?.agent == AgentID("alice@acme.example"))
    }
}
