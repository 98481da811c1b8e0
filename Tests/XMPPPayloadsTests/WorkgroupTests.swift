//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

import Testing
import XMPPCore
import XMPPPayloads

@Suite struct WorkgroupTests {
    static let workgroup = "http://jabber.org/protocol/workgroup"

    /// XEP-0142 §4.1.1, examples 4 and 7, with the form in the right namespace.
    @Test func readsAndWritesJoinQueue() throws {
        let metadata = XMLElement("crm", "http://www.example.com/xmpp/workgroup") {
            XMLElement("product", "http://www.example.com/xmpp/workgroup", text: "Widget 1.0")
        }
        try expectGolden(
            Workgroup.JoinQueue(
                wantsNotifications: true,
                form: DataForm(.submit, fields: [.init("first", values: ["John"])]), payloads: [metadata]),
            """
            <join-queue xmlns='http://jabber.org/protocol/workgroup'>
              <queue-notifications/>
              <crm xmlns='http://www.example.com/xmpp/workgroup'><product>Widget 1.0</product></crm>
              <x xmlns='jabber:x:data' type='submit'><field var='first'><value>John</value></field></x>
            </join-queue>
            """)
        try expectGolden(Workgroup.JoinQueue(), "<join-queue xmlns='http://jabber.org/protocol/workgroup'/>")
        try expectGolden(
            Workgroup.JoinQueue(userID: "anon-7"),
            "<join-queue xmlns='http://jabber.org/protocol/workgroup'><user id='anon-7'/></join-queue>")
    }

    /// XEP-0142 §4.1.3, examples 14 and 15.
    @Test func readsAndWritesQueueStatus() throws {
        try expectGolden(
            Workgroup.QueueStatus(position: 4, time: 60),
            """
            <queue-status xmlns='http://jabber.org/protocol/workgroup'>
              <position>4</position><time>60</time>
            </queue-status>
            """)
        try expectGolden(Workgroup.QueueStatus(), "<queue-status xmlns='http://jabber.org/protocol/workgroup'/>")
        try expectRoundTrip(Workgroup.QueueStatus(position: 0, time: 0))
    }

    /// XEP-0142 §4.1.2, examples 11 and 12.
    @Test func readsAndWritesDepartQueue() throws {
        try expectGolden(Workgroup.DepartQueue(), "<depart-queue xmlns='http://jabber.org/protocol/workgroup'/>")
        try expectGolden(
            Workgroup.DepartQueue(jid: try JID("user@example.net/home")),
            """
            <depart-queue xmlns='http://jabber.org/protocol/workgroup'><jid>user@example.net/home</jid></depart-queue>
            """)
    }

    /// XEP-0142 §4.2.1, example 17, and §4.2.3, example 24.
    @Test func readsAndWritesAgentStatus() throws {
        try expectGolden(Workgroup.AgentStatus(), "<agent-status xmlns='http://jabber.org/protocol/workgroup'/>")
        try expectGolden(
            Workgroup.AgentStatus(maximumChats: 4, currentChats: 2),
            """
            <agent-status xmlns='http://jabber.org/protocol/workgroup'>
              <current-chats>2</current-chats><max-chats>4</max-chats>
            </agent-status>
            """)
        try expectGolden(
            Workgroup.AgentStatus(maximumChats: 4, workgroup: try JID("support@workgroup.example.com")),
            """
            <agent-status xmlns='http://jabber.org/protocol/workgroup' jid='support@workgroup.example.com'>
              <max-chats>4</max-chats>
            </agent-status>
            """)
    }

    @Test func countsChatsOfFastpath() throws {
        let status = try Workgroup.AgentStatus(
            parse(
                """
                <agent-status xmlns='http://jabber.org/protocol/workgroup'>
                  <current-chats xmlns='http://jivesoftware.com/protocol/workgroup'/>
                  <current-chats><chat sessionID='a'/><chat sessionID='b'/></current-chats>
                </agent-status>
                """))
        #expect(status.currentChats == 2)
    }

    /// XEP-0142 §4.2.3, example 23.
    @Test func readsAndWritesAgentList() throws {
        try expectGolden(
            Workgroup.AgentStatusRequest(),
            "<agent-status-request xmlns='http://jabber.org/protocol/workgroup'/>")
        try expectGolden(
            Workgroup.AgentStatusRequest(agents: [try JID("bob@example.com"), try JID("carol@example.com")]),
            """
            <agent-status-request xmlns='http://jabber.org/protocol/workgroup'>
              <agent jid='bob@example.com'/><agent jid='carol@example.com'/>
            </agent-status-request>
            """)
    }

    /// XEP-0142 §4.2.2, examples 19 and 20, with dates as XEP-0082 has them.
    @Test func readsAndWritesNotifications() throws {
        try expectGolden(
            Workgroup.NotifyAgents(available: 2, currentChats: 2, maximumChats: 7),
            """
            <notify-agents xmlns='http://jabber.org/protocol/workgroup'>
              <available>2</available><current-chats>2</current-chats><max-chats>7</max-chats>
            </notify-agents>
            """)
        try expectGolden(
            Workgroup.NotifyQueue(count: 1, oldest: Timestamp("2005-02-08T10:00:00Z"), time: 30, status: .open),
            """
            <notify-queue xmlns='http://jabber.org/protocol/workgroup'>
              <count>1</count><oldest>20050208T10:00:00</oldest><time>30</time><status>open</status>
            </notify-queue>
            """)
        try expectGolden(
            Workgroup.NotifyQueueDetails(users: [
                .init(
                    try JID("user@example.net/home"), position: 1, time: 5,
                    joined: Timestamp("2005-02-08T10:00:00Z"))
            ]),
            """
            <notify-queue-details xmlns='http://jabber.org/protocol/workgroup'>
              <user jid='user@example.net/home'>
                <position>1</position><time>5</time><join-time>20050208T10:00:00</join-time>
              </user>
            </notify-queue-details>
            """)
    }

    /// The format of the examples of XEP-0142 §4.2.2, which Fastpath sends, and the one that its words demand.
    @Test(arguments: ["20050208T10:00:00", "2005-02-08T10:00:00Z", "2005-02-08T11:00:00+01:00"])
    func readsEitherFormatOfDates(_ text: String) throws {
        let queue = try Workgroup.NotifyQueue(
            parse("<notify-queue xmlns='\(Self.workgroup)'><oldest>\(text)</oldest></notify-queue>"))
        #expect(queue.oldest == Timestamp("2005-02-08T10:00:00Z"))
    }

    @Test func readsWhatSmackWrites() throws {
        let status = try Workgroup.AgentStatus(
            parse("<agent-status xmlns='\(Self.workgroup)'><max_chats>4</max_chats></agent-status>"))
        #expect(status.maximumChats == 4)
    }

    @Test(arguments: Workgroup.NotifyQueue.Status.allCases)
    func keepsEachStatus(_ status: Workgroup.NotifyQueue.Status) throws {
        try expectRoundTrip(Workgroup.NotifyQueue(status: status))
    }

    /// XEP-0142 §4.2.4, examples 25 and 26, §4.2.5 to §4.2.7.
    @Test func readsAndWritesOffers() throws {
        let jid = try JID("user@example.net/home")
        try expectGolden(
            Workgroup.Offer(jid, timeout: 30),
            """
            <offer xmlns='http://jabber.org/protocol/workgroup' jid='user@example.net/home'>
              <timeout>30</timeout>
            </offer>
            """)
        try expectGolden(
            Workgroup.OfferAccept(jid),
            "<offer-accept xmlns='http://jabber.org/protocol/workgroup' jid='user@example.net/home'/>")
        try expectGolden(
            Workgroup.OfferReject(jid, id: "7"),
            "<offer-reject xmlns='http://jabber.org/protocol/workgroup' jid='user@example.net/home' id='7'/>")
        try expectGolden(
            Workgroup.OfferRevoke(jid, reason: "Offer timed out"),
            """
            <offer-revoke xmlns='http://jabber.org/protocol/workgroup' jid='user@example.net/home'>
              <reason>Offer timed out</reason>
            </offer-revoke>
            """)
        try expectRoundTrip(Workgroup.OfferAccept(jid, id: "7"))
        try expectRoundTrip(Workgroup.OfferAccept(nil, id: "7"))
        try expectRoundTrip(Workgroup.OfferReject(nil, id: "7"))
        try expectRoundTrip(Workgroup.OfferRevoke(jid, id: "7"))
    }

    @Test func carriesRecordInOffer() throws {
        let metadata = Workgroup.Metadata([.init("username", "Tom Customer"), .init("plan", "Gold")])
        let record = BizBuddyRecord(
            customer: "4711", source: "directory", match: .exact,
            form: DataForm(.result, fields: [.init("plan", label: "Plan", values: ["Gold"])]))
        let offer = Workgroup.Offer(
            try JID("tom@home.example"), id: "r1", timeout: 20, payloads: [metadata.element, record.element])
        try expectGolden(
            offer,
            """
            <offer xmlns='http://jabber.org/protocol/workgroup' jid='tom@home.example' id='r1'>
              <timeout>20</timeout>
              <metadata xmlns='http://jivesoftware.com/protocol/workgroup'>
                <value name='username'>Tom Customer</value><value name='plan'>Gold</value>
              </metadata>
              <record xmlns='urn:switchboard:bizbuddy:1' customer='4711' source='directory' match='exact'>
                <x xmlns='jabber:x:data' type='result'>
                  <field var='plan' label='Plan'><value>Gold</value></field>
                </x>
              </record>
            </offer>
            """)
        let read: Workgroup.Metadata? = try offer.payload("metadata", Workgroup.fastpathNamespace)
        #expect(read == metadata)
        #expect(read?["plan"] == "Gold")
        #expect(read?["missing"] == nil)
        #expect(try offer.payload("record", BizBuddyDepartment.namespace) == record)
        #expect(try offer.payload("other", "other", as: BizBuddyRecord.self) == nil)
    }

    @Test func rejectsMalformed() throws {
        let ns = Self.workgroup
        try expectMalformed(
            Workgroup.JoinQueue.self,
            ["<join-queue xmlns='o'/>", "<join-queue xmlns='\(ns)'><x xmlns='jabber:x:data'/></join-queue>"])
        try expectMalformed(
            Workgroup.QueueStatus.self,
            [
                "<queue-status xmlns='\(ns)'><position>first</position></queue-status>",
                "<queue-status xmlns='\(ns)'><time>-1</time></queue-status>", "<queue-statuses xmlns='\(ns)'/>",
            ])
        try expectMalformed(Workgroup.DepartQueue.self, ["<depart-queue xmlns='\(ns)'><jid>@</jid></depart-queue>"])
        try expectMalformed(
            Workgroup.AgentStatus.self,
            [
                "<agent-status xmlns='\(ns)'><max-chats>many</max-chats></agent-status>",
                "<agent-status xmlns='\(ns)' jid='@'/>",
            ])
        try expectMalformed(
            Workgroup.AgentStatusRequest.self,
            ["<agent-status-request xmlns='\(ns)'><agent/></agent-status-request>"])
        try expectMalformed(
            Workgroup.NotifyAgents.self, ["<notify-agents xmlns='\(ns)'><available/></notify-agents>"])
        try expectMalformed(
            Workgroup.NotifyQueue.self,
            [
                "<notify-queue xmlns='\(ns)'><status>moderator</status></notify-queue>",
                "<notify-queue xmlns='\(ns)'><oldest>2005</oldest></notify-queue>",
                "<notify-queue xmlns='\(ns)'><oldest>20051308T10:00:00</oldest></notify-queue>",
            ])
        try expectMalformed(
            Workgroup.NotifyQueueDetails.self, ["<notify-queue-details xmlns='\(ns)'><user/></notify-queue-details>"])
        try expectMalformed(
            Workgroup.Offer.self,
            ["<offer xmlns='\(ns)'/>", "<offer xmlns='\(ns)' jid='a@b'><timeout>soon</timeout></offer>"])
        try expectMalformed(Workgroup.OfferAccept.self, ["<offer-accept xmlns='\(ns)'/>"])
        try expectMalformed(Workgroup.OfferReject.self, ["<offer-reject xmlns='\(ns)' jid=''/>"])
        try expectMalformed(Workgroup.OfferRevoke.self, ["<offer-revoke xmlns='\(ns)'/>"])
        try expectMalformed(
            Workgroup.Metadata.self,
            [
                "<metadata xmlns='\(ns)'/>",
                "<metadata xmlns='http://jivesoftware.com/protocol/workgroup'><value>a</value></metadata>",
            ])
    }

    @Test func readsAndWritesTransfers() throws {
        try expectGolden(
            Workgroup.Transfer(
                .user, session: "c1", invitee: try JID("bob@acme.example"), reason: "knows gizmos"),
            """
            <transfer xmlns='http://jabber.org/protocol/workgroup' type='user'>
              <session xmlns='http://jivesoftware.com/protocol/workgroup' id='c1'/>
              <invitee>bob@acme.example</invitee><reason>knows gizmos</reason>
            </transfer>
            """)
        #expect(throws: PayloadError.self) {
            try Workgroup.Transfer(parse("<transfer xmlns='http://jabber.org/protocol/workgroup' type='user'/>"))
        }
    }
}
