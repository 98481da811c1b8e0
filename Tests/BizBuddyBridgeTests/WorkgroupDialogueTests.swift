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

/// The dialogues of XEP-0142 and of Fastpath's clients, stanza by stanza.
@Suite struct WorkgroupDialogueTests {
    static let tom = "tom@home.example/home"
    static let alice = "alice@acme.example/work"
    static let bob = "bob@acme.example/work"
    static let workgroup = "support@care.acme.example"
    private static let wg = "xmlns='http://jabber.org/protocol/workgroup'"
    private static let jive = "xmlns='http://jivesoftware.com/protocol/workgroup'"

    private static func iq(
        _ type: String, _ payload: String, from: String = tom, to: String = workgroup, id: String = "id1"
    ) -> String {
        "<iq to='\(to)' from='\(from)' id='\(id)' type='\(type)'>\(payload)</iq>"
    }

    /// The content of a stanza, as it stands on the wire.
    private static func content(_ stanza: Stanza?) -> String { stanza?.payload?.xmlString ?? "" }

    /// §3.1: an agent's client shows itself to the workgroup.
    private func shows(_ agent: String, _ bridge: inout BridgeHarness) throws -> [Stanza] {
        try bridge.receive(
            """
            <presence from='\(agent)' to='\(Self.workgroup)'><show>chat</show><status>Ready</status>            <agent-status \(Self.wg)><max-chats>4</max-chats></agent-status></presence>
            """)
    }

    /// Tom has joined by the protocol and Alice's client has accepted him.
    private func served(in language: String = "en") throws -> BridgeHarness {
        var bridge = try BridgeHarness()
        _ = try shows(Self.alice, &bridge)
        try bridge.receive(
            Self.iq("set", "<join-queue \(Self.wg) xml:lang='\(language)'><queue-notifications/></join-queue>"))
        bridge.find(BridgeHarness.tom)
        try bridge.receive(Self.iq("set", "<offer-accept \(Self.wg) jid='\(Self.tom)'/>", from: Self.alice))
        return bridge
    }

    /// §4.1.1, §4.1.3, §4.1.2
    @Test func aUserJoinsAsksAndDeparts() throws {
        var bridge = try BridgeHarness()
        let joined = try bridge.receive(
            Self.iq("set", "<join-queue \(Self.wg)><queue-notifications/></join-queue>"))
        let answer = try #require(joined.first)
        #expect(answer.type == .result && answer.id == "id1" && answer.payload == nil)
        #expect(answer.from?.description == Self.workgroup && answer.to?.description == Self.tom)
        // §4.1.3: told without asking, as it has been wished.
        let pushed = try #require(joined.compactMap { $0.child("queue-status", Workgroup.namespace) }.first)
        #expect(try Workgroup.QueueStatus(pushed).position == 0)
        let again = try bridge.receive(Self.iq("set", "<join-queue \(Self.wg)/>", id: "id2"))
        #expect(again.first?.error == .conflict)
        let status = try bridge.receive(Self.iq("get", "<queue-status \(Self.wg)/>", id: "id3"))
        #expect(
            Self.content(status.first)
                == "<queue-status xmlns='http://jabber.org/protocol/workgroup'><position>0</position></queue-status>")
        let left = try bridge.receive(Self.iq("set", "<depart-queue \(Self.wg)/>", id: "id4"))
        #expect(left.first?.type == .result && left.first?.id == "id4")
        #expect(left.last?.kind == .message)
        #expect(left.last?.child("depart-queue", Workgroup.namespace) != nil)
        #expect(
            try bridge.receive(Self.iq("set", "<depart-queue \(Self.wg)/>")).first?.error == .itemNotFound)
        #expect(
            try bridge.receive(Self.iq("get", "<queue-status \(Self.wg)/>")).first?.error == .notAuthorized)
    }

    /// §4.1.2: a third party may not, staff may.
    @Test func aUserLearnsThatNobodyStandsBefore() throws {
        var bridge = try BridgeHarness(agents: ["alice@acme.example"])
        try bridge.agentComesOnline()
        try bridge.customerWrites("Me first", from: "uma@home.example/x")
        bridge.find(nil)
        let joined = try bridge.receive(
            Self.iq("set", "<join-queue \(Self.wg)><queue-notifications/></join-queue>"))
        bridge.find(nil)
        func positions(_ sent: [Stanza]) throws -> [Int?] {
            try sent.compactMap { $0.child("queue-status", Workgroup.namespace) }.map {
                try Workgroup.QueueStatus($0).position
            }
        }
        #expect(try positions(joined) == [1])
        let sent = try bridge.customerWrites("leave", from: "uma@home.example/x")
        #expect(try positions(sent) == [0] && sent.to(Self.tom).bodies.isEmpty)
    }

    @Test func staffGiveUpSomebodysPlace() throws {
        var bridge = try BridgeHarness()
        try bridge.receive(Self.iq("set", "<join-queue \(Self.wg)><queue-notifications/></join-queue>"))
        let depart = "<depart-queue \(Self.wg)><jid>\(Self.tom)</jid></depart-queue>"
        #expect(
            try bridge.receive(Self.iq("set", depart, from: "uma@home.example/x")).first?.error == .notAuthorized)
        let sent = try bridge.receive(Self.iq("set", depart, from: Self.alice))
        #expect(sent.first?.type == .result)
        #expect(sent.last?.to?.bareString == "tom@home.example")
        #expect(sent.last?.child("depart-queue", Workgroup.namespace) != nil)
        #expect(bridge.core.service.conversations.isEmpty)
        #expect(try bridge.receive(Self.iq("set", depart, from: Self.alice)).first?.error == .itemNotFound)
    }

    /// §4.2.1 to §4.2.3
    @Test func agentsHearOfTheQueueAndOfEachOther() throws {
        var bridge = try BridgeHarness()
        _ = try shows(Self.alice, &bridge)
        let list = try bridge.receive(Self.iq("get", "<agent-status-request \(Self.wg)/>", from: Self.alice))
        let agents = try Workgroup.AgentStatusRequest(try #require(list.first?.payload)).agents
        #expect(agents.map(\.description) == ["bob@acme.example"])
        let absent = try #require(list.last)
        #expect(absent.from?.description == "\(Self.workgroup)/bob@acme.example" && absent.type == .unavailable)
        let came = try shows(Self.bob, &bridge)
        let news = try #require(
            came.to(Self.alice).first { $0.from?.description == "\(Self.workgroup)/bob@acme.example" })
        let status = try Workgroup.AgentStatus(try #require(news.child("agent-status", Workgroup.namespace)))
        #expect(news.type == .available && status.currentChats == 0 && status.maximumChats == 3)
        // Both are busy: the third customer stands in line, and they see him.
        let sent = try ["tom", "uma", "vic"].flatMap { name in
            try bridge.receive(Self.iq("set", "<join-queue \(Self.wg)/>", from: "\(name)@home.example/x"))
                + bridge.find(nil)
        }
        let details = try #require(
            sent.to(Self.alice).compactMap { $0.child("notify-queue-details", Workgroup.namespace) }.last)
        let users = try Workgroup.NotifyQueueDetails(details).users
        #expect(users.map(\.jid.description) == ["tom@home.example", "uma@home.example", "vic@home.example"])
        #expect(users.map(\.position) == [0, 1, 2])
        let queue = try #require(sent.to(Self.alice).compactMap { $0.child("notify-queue", Workgroup.namespace) }.last)
        #expect(try Workgroup.NotifyQueue(queue).count == 3)
        // Who leaves the workgroup is told nothing more.
        try bridge.receive("<presence type='unavailable' from='\(Self.alice)' to='support@acme.example'/>")
        #expect(try shows(Self.bob, &bridge).to(Self.alice).isEmpty)
    }

    /// §4.2.4 to §4.2.8
    @Test func anOfferIsMadeOwnedAcceptedAndBothAreInvited() throws {
        var bridge = try BridgeHarness()
        _ = try shows(Self.alice, &bridge)
        try bridge.receive(Self.iq("set", "<join-queue \(Self.wg)><queue-notifications/></join-queue>"))
        let offered = bridge.find(BridgeHarness.tom)
        let request = try #require(offered.to(Self.alice).kind(.iq).first)
        #expect(request.type == .set && request.from?.description == Self.workgroup)
        let offer = try Workgroup.Offer(try #require(request.payload))
        #expect(offer.jid.description == "tom@home.example" && offer.timeout == 30)
        #expect(
            try bridge.receive(
                "<iq type='result' id='\(request.id ?? "")' from='\(Self.alice)' to='\(Self.workgroup)'/>"
            ).isEmpty, "owning the offer accepts nothing")
        let accepted = try bridge.receive(
            Self.iq("set", "<offer-accept \(Self.wg) jid='tom@home.example'/>", from: Self.alice, id: "id7"))
        #expect(accepted.first?.type == .result && accepted.first?.id == "id7")
        let toAlice = try #require(accepted.to(Self.alice).first { $0.mucUser?.invitations.isEmpty == false })
        #expect(toAlice.mucUser?.invitations.first?.from?.description == Self.workgroup)
        #expect(toAlice.child("offer", Workgroup.namespace)?["jid"] == "tom@home.example")
        // §4.1.4: the user is invited too, by the workgroup, and hears no more of the queue.
        let toTom = try #require(accepted.to(Self.tom).first { $0.mucUser?.invitations.isEmpty == false })
        #expect(toTom.from?.description == bridge.room)
        #expect(toTom.mucUser?.invitations.first?.from?.description == Self.workgroup)
        #expect(!accepted.contains { $0.child("queue-status", Workgroup.namespace) != nil })
        #expect(toTom.content.xmlString.contains("alice") == false)
    }

    @Test func anOfferIsRejectedAndRevoked() throws {
        var bridge = try BridgeHarness(agents: ["alice@acme.example"])
        _ = try shows(Self.alice, &bridge)
        try bridge.receive(Self.iq("set", "<join-queue \(Self.wg)/>"))
        bridge.find(nil)
        let rejected = try bridge.receive(
            Self.iq("set", "<offer-reject \(Self.wg) jid='tom@home.example'/>", from: Self.alice, id: "id8"))
        #expect(rejected.first?.type == .result)
        bridge.tick(after: .seconds(6))
        let revoked = bridge.tick(after: .seconds(31))
        let request = try #require(revoked.to(Self.alice).kind(.iq).first { $0.payload?.name == "offer-revoke" })
        #expect(try Workgroup.OfferRevoke(try #require(request.payload)).jid.description == "tom@home.example")
        let late = try bridge.receive(
            Self.iq("set", "<offer-accept \(Self.wg) jid='tom@home.example'/>", from: Self.alice))
        #expect(late.first?.error == .notAcceptable)
    }

    // MARK: The customer's room

    @Test func theCustomersRoomShowsTheDepartmentAndNobodyElse() throws {
        var bridge = try served()
        try bridge.join(Self.alice, as: "alice")
        let entered = try bridge.join(Self.tom, as: "Tom")
        #expect(entered.allSatisfy { $0.to?.description == Self.tom })
        let names = entered.kind(.presence).compactMap { $0.from?.resource }
        #expect(names == ["Support", "Tom"])
        #expect(entered.last { $0.kind == .presence }?.mucUser?.statuses == [.selfPresence])
        let answer = try bridge.says("How can I help?", as: Self.alice)
        let heard = try #require(answer.to(Self.tom).first)
        #expect(heard.type == .groupchat && heard.from?.resource == "Support" && heard.body == "How can I help?")
        #expect(answer.to("tom@home.example").isEmpty, "not twice")
        #expect(try bridge.says("/note he is angry", as: Self.alice).to(Self.tom).isEmpty)
        let said = try bridge.says("It hums", as: Self.tom)
        #expect(said.to(Self.tom).first?.from?.resource == "Tom")
        #expect(said.to(Self.alice).bodies == ["It hums"])
        #expect(!bridge.sent.to(Self.tom).contains { $0.content.xmlString.contains("alice") })
        // Who leaves goes on as before.
        try bridge.receive("<presence type='unavailable' from='\(Self.tom)' to='\(bridge.room)/Tom'/>")
        #expect(try bridge.says("Still there?", as: Self.alice).to("tom@home.example").bodies == ["Still there?"])
    }

    @Test func theCustomersRoomSpeaksTheCustomersLanguage() throws {
        var bridge = try served(in: "de")
        let invited = try #require(bridge.sent.to(Self.tom).first { $0.mucUser?.invitations.isEmpty == false })
        #expect(invited.content.language == "de")
        #expect(invited.mucUser?.invitations.first?.reason == "Support ist jetzt für Sie da.")
        try bridge.join(Self.tom, as: "Tom")
        let answer = try bridge.says("How can I help?", type: "chat", as: Self.alice).to(Self.tom).first
        #expect(answer?.body == "How can I help?" && answer?.content.language == nil, "nobody knows what Alice speaks")
        let end = try bridge.says("/close", type: "chat", as: Self.alice)
        let goodbye = try #require(end.to("tom@home.example").first)
        #expect(goodbye.content.language == "de" && goodbye.body?.hasPrefix("Dieses Gespräch ist beendet") == true)
        let destroyed = try #require(end.to(Self.tom).first { $0.mucUser?.destruction != nil })
        #expect(destroyed.content.language == "de" && destroyed.mucUser?.destruction?.reason == goodbye.body)
    }

    @Test func aRestartLosesNothingSaidInTheCustomersRoom() throws {
        var bridge = try served()
        try bridge.join(Self.tom, as: "Tom")
        bridge.core = BridgeCore(bridge.core.configuration, service: bridge.core.service) { "later" }
        bridge.core.start(&bridge.turn)
        bridge.connect()
        let said = try bridge.says("It still hums", as: Self.tom)
        let told = try #require(said.to(Self.tom).first { $0.kind == .presence })
        #expect(told.type == .unavailable && told.mucUser?.statuses.contains(.disconnected) == true)
        #expect(
            bridge.core.service.conversations[bridge.conversation]?.customerTexts.last?.text == "It still hums",
            "taken, as if it had been said to the contact")
        let entered = try bridge.join(Self.tom, as: "Tom")
        #expect(entered.kind(.presence).compactMap { $0.from?.resource } == ["Support", "Tom"])
        let again = try bridge.says("Here again", as: Self.tom)
        #expect(again.to(Self.tom).first?.from?.resource == "Tom")
        try bridge.receive("<presence type='unavailable' from='\(Self.tom)' to='\(bridge.room)/Tom'/>")
        #expect(try bridge.says("Hello?", as: Self.tom).first?.error == .notAcceptable, "left in good order")
    }

    @Test func theCustomersRoomIsNobodyElses() throws {
        var bridge = try served()
        #expect(try bridge.join("uma@home.example/x", as: "Uma").first?.error == .registrationRequired)
        #expect(try bridge.join(Self.tom, as: "Support").first?.error == .conflict)
        #expect(try bridge.says("Hello?", as: Self.tom).first?.error == .notAcceptable, "not in the room yet")
        try bridge.join(Self.tom, as: "Tom")
        let closed = try bridge.says("/close", type: "chat", as: Self.alice)
        #expect(closed.to(Self.tom).contains { $0.mucUser?.destruction != nil })
        #expect(try bridge.says("Hello?", as: Self.tom).first?.error == .forbidden)
    }

    // MARK: Fastpath

    @Test func invitesInFastpathsDialogue() throws {
        var bridge = try served()
        try bridge.agentComesOnline(Self.bob)
        let sent = try bridge.receive(
            Self.iq(
                "set",
                """
                <invite \(Self.wg) type='user'><session \(Self.jive) id='\(bridge.conversation)'/>                <invitee>bob@acme.example</invitee><reason>knows gizmos</reason></invite>
                """, from: Self.alice))
        #expect(sent.first?.type == .result)
        #expect(sent.to("bob@acme.example").contains { $0.mucUser?.invitations.isEmpty == false })
        let company = bridge.core.service.conversations[bridge.conversation]?.company.companions
        #expect(company?.map(\.part) == [.guest])
    }

    @Test func givesTranscriptsToThoseWhoServeTheCustomer() throws {
        var bridge = try served()
        let asked = Self.iq("get", "<transcripts \(Self.wg) userID='tom@home.example'/>", from: Self.alice)
        #expect(try bridge.receive(asked).isEmpty, "the archive is asked first")
        let request = try #require(bridge.turn.archive.first)
        #expect(request.query == .customer(CustomerAddress("tom@home.example"), limit: 50))
        var old = try #require(bridge.core.service.conversations[bridge.conversation])
        old = try #require(Self.closed(old))
        var turn = Turn(now: bridge.now)
        bridge.core.archived(request, [old], &turn)
        let list = try #require(turn.outgoing.first?.stanza.payload)
        #expect(list.name == "transcripts" && list["userID"] == "tom@home.example")
        let transcript = try #require(list.child("transcript", Workgroup.fastpathNamespace))
        #expect(transcript["sessionID"] == "\(old.id)")
        #expect(transcript.child("joinTime", Workgroup.fastpathNamespace)?.text.count == 17)
        let one = try bridge.receive(
            Self.iq("get", "<transcript \(Self.wg) sessionID='\(bridge.conversation)'/>", from: Self.alice))
        #expect(one.first?.type == .result)
        #expect(
            try bridge.receive(Self.iq("get", "<transcripts \(Self.wg) userID='a@b.example'/>", from: Self.alice))
                .first?.error == .forbidden)
        #expect(try bridge.receive(asked.replacing(Self.alice, with: Self.tom)).first?.error == .forbidden)
        var failed = Turn(now: bridge.now)
        bridge.core.archived(request, nil, &failed)
        #expect(failed.outgoing.first?.stanza.error == .internalServerError)
    }

    @Test func givesReadyWordsAndSettings() throws {
        var bridge = try served()
        bridge.core.configuration.canned = ["hello": "Hello <you> & all"]
        bridge.core.configuration.macros = ["refund": ["/note refunded", "On its way."]]
        let all = try bridge.receive(Self.iq("get", "<macros \(Self.jive)/>", from: Self.alice))
        let model = try #require(all.first?.payload?.child("model", Workgroup.fastpathNamespace)?.text)
        #expect(
            model.contains(
                "<macro><title>hello</title><type>0</type><description>/canned hello</description><response>Hello &lt;you&gt; &amp; all</response></macro>"
            ))
        #expect(
            model.hasPrefix("<model><macrogroup><title>Parent Category</title><macrogroup>")
                && model.contains("/macro refund")
        )
        let own = try bridge.receive(
            Self.iq("get", "<macros \(Self.jive)><personal>true</personal></macros>", from: Self.alice))
        #expect(
            own.first?.payload?.child("model", Workgroup.fastpathNamespace)?.text
                == "<model><macrogroup><title>Personal</title></macrogroup></model>")
        #expect(
            try bridge.receive(Self.iq("get", "<macros \(Self.jive)/>", from: Self.tom)).first?.error == .forbidden)
        let one = try bridge.receive(Self.iq("get", "<chat-settings \(Self.jive) key='ended'/>", from: Self.alice))
        let settings = one.first?.payload?.children("chat-setting", Workgroup.fastpathNamespace) ?? []
        #expect(settings.count == 1)
        #expect(settings.first?.child("value", Workgroup.fastpathNamespace)?.text.contains("closed") == true)
        let images = try bridge.receive(Self.iq("get", "<chat-settings \(Self.jive) type='0'/>", from: Self.alice))
        #expect(images.first?.type == .result && images.first?.payload?.firstChild == nil)
    }

    @Test func answersWhatFastpathsClientsAsk() throws {
        var bridge = try served()
        try bridge.join(Self.alice, as: "alice")
        let occupants = try bridge.receive(
            Self.iq("get", "<occupants-info \(Self.jive) roomID='\(bridge.conversation)'/>", from: Self.alice))
        #expect(Self.content(occupants.first).contains("<nickname>alice</nickname>"))
        #expect(Self.content(occupants.first).contains(/<joined>2026\d{4}T\d\d:\d\d:\d\d</), "Smack ends over less")
        let metadata = try bridge.receive(
            Self.iq("get", "<chat-metadata \(Self.jive) sessionID='\(bridge.conversation)'/>", from: Self.alice))
        #expect(Self.content(metadata.first).contains("<value name='Plan'>Gold</value>"))
        let named = "<chat-metadata \(Self.jive)><sessionID>\(bridge.conversation)</sessionID></chat-metadata>"
        #expect(
            Self.content(try bridge.receive(Self.iq("get", named, from: Self.alice)).first).contains("Gold"),
            "as Smack asks")
        let info = try bridge.receive(Self.iq("get", "<agent-info \(Self.jive)/>", from: Self.alice))
        #expect(Self.content(info.first).contains("<name>alice</name>"))
        let sessions = Self.iq("get", "<chat-sessions \(Self.jive) agentJID='bob@acme.example'/>", from: Self.alice)
        #expect(try bridge.receive(sessions).first?.error == .forbidden, "a colleague's are a supervisor's business")
        try bridge.receive(
            Self.iq(
                "get", "<chat-sessions \(Self.jive) agentJID='alice@acme.example' maxSessions='5' startDate='7'/>",
                from: Self.alice))
        #expect(
            bridge.turn.archive.first?.query
                == .agent(AgentID("alice@acme.example"), since: Instant(milliseconds: 7), limit: 5))
    }

    /// A conversation as the archive has it.
    private static func closed(_ open: Conversation) -> Conversation? {
        var state = ServiceState()
        var configuration = ServiceConfiguration(departments: [
            DepartmentConfiguration(
                id: open.department, name: "Support", contacts: [open.contact], agents: [AgentID("alice@acme.example")])
        ])
        configuration.lookupDeadline = .zero
        _ = state.apply(.configure(configuration), at: open.startedAt)
        _ = state.apply(
            .customerMessage(
                customer: open.customer, contact: open.contact, text: "My gizmo hums", externalID: nil, nickname: nil,
                newConversation: open.id), at: open.startedAt)
        let effects = state.apply(.customerLeaves(customer: open.customer, contact: open.contact), at: open.startedAt)
        for case .conversationClosed(let conversation) in effects { return conversation }
        return nil
    }
}
