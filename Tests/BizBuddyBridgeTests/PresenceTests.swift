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

@Suite struct PresenceTests {
    @Test(arguments: [
        ("", "available", true), ("<show>away</show>", "away", false), ("<show>xa</show>", "away", false),
        ("<show>dnd</show>", "busy", false), ("<show>chat</show>", "available", true),
        ("<status>at LUNCH</status>", "lunch", false), ("<show>away</show><status>back soon</status>", "away", false),
        ("<show>dnd</show><state xmlns='urn:switchboard:presence:1' id='available'/>", "available", true),
        ("<state xmlns='urn:switchboard:presence:1' id='training'/>", "training", false),
        ("<state xmlns='urn:switchboard:presence:1' id='siesta'/>", "available", true),
    ])
    func readsAnAgentsPresence(inside: String, state: String, takesCustomers: Bool) throws {
        var bridge = try BridgeHarness()
        try bridge.agentComesOnline("alice@acme.example/desk", inside)
        let resource = bridge.core.service.agents[AgentID("alice@acme.example")]?.resources["desk"]
        #expect(resource == AgentResource(state: state, takesCustomers: takesCustomers))
    }

    @Test func ignoresStrangers() throws {
        var bridge = try BridgeHarness()
        let sent = try bridge.agentComesOnline("tom@home.example/phone")
        #expect(sent.allSatisfy { $0.to?.description == "tom@home.example/phone" })
        #expect(bridge.turn.commands.isEmpty)
    }

    @Test func answersWhoShowsUp() throws {
        var bridge = try BridgeHarness()
        try bridge.agentComesOnline()
        for contact in ["support@acme.example", "support@care.acme.example"] {
            let sent = try bridge.receive("<presence from='tom@home.example/x' to='\(contact)'/>").kind(.presence)
            #expect(sent.map(\.to?.description) == ["tom@home.example/x"])
            #expect(sent.first?.child("department", BizBuddyDepartment.namespace)?["state"] == "open")
            let service = try bridge.receive("<presence from='care@home.example' to='\(contact)'/>")
            #expect(service.kind(.presence).isEmpty, "another service's contact would answer, too")
        }
        #expect(bridge.turn.commands.isEmpty)
    }

    @Test func recordsNothingWhenNothingChanges() throws {
        var bridge = try BridgeHarness()
        try bridge.agentComesOnline()
        try bridge.agentComesOnline()
        #expect(bridge.turn.commands.isEmpty)
    }

    @Test func showsTheDepartmentToEverybodyWhoMaySee() throws {
        var bridge = try BridgeHarness()
        try bridge.receive("<presence type='subscribe' from='tom@home.example' to='support@acme.example'/>")
        let sent = try bridge.agentComesOnline() + bridge.tick(after: .seconds(10))
        for peer in ["tom@home.example", "erin@acme.example", "bob@acme.example"] {
            let presence = try #require(sent.to(peer).from("support@acme.example").last)
            let department = try #require(presence.child("department", BizBuddyDepartment.namespace))
            #expect(try BizBuddyDepartment(department).state == .open)
            #expect(presence.child("show", Namespace.client) == nil)
        }
        #expect(sent.to("uma@home.example").isEmpty)
    }

    /// Place in line is told in words and in queue-status; presence says the same to everybody.
    @Test func neverTellsAPlaceInLine() throws {
        var bridge = try BridgeHarness(agents: ["alice@acme.example"])
        try bridge.agentComesOnline()
        let line = (1...9).map { "customer\($0)@home.example" }
        var sent: [Stanza] = []
        for customer in line + ["visitor@home.example"] {
            sent += try bridge.receive("<presence type='subscribe' from='\(customer)' to='support@acme.example'/>")
        }
        for customer in line {
            sent += try bridge.customerWrites("Hello?", from: "\(customer)/x")
            sent += bridge.find(nil)
            sent += bridge.tick(after: .seconds(10))
        }
        #expect(sent.to(line[4]).bodies.contains { $0.contains("5th in line") }, "in words it is told")
        try bridge.customerWrites("leave", from: "\(line[1])/x")
        sent += bridge.sent + bridge.tick(after: .seconds(60))
        var asked: [Stanza] = []
        for customer in line + ["visitor@home.example"] {
            asked += try bridge.receive(
                "<presence type='probe' from='\(customer)/x' to='support@acme.example'/>"
            ).kind(.presence).to("\(customer)/x")
        }
        #expect(asked.count == line.count + 1)
        sent += asked
        let shown = sent.kind(.presence).from("support@acme.example").filter { $0.type == .available }
        let told = Set(shown.compactMap { $0.to?.bareString })
        #expect(line.allSatisfy { told.contains($0) })
        let known: Set<String?> = Set([nil] + BizBuddyDepartment.Wait.allCases.map { $0.rawValue })
        for presence in shown {
            #expect(presence.content.children.allSatisfy { ["show", "status", "department"].contains($0.name) })
            let department = try #require(presence.child("department", BizBuddyDepartment.namespace))
            #expect(department.attributes.allSatisfy { ["state", "wait", "reopens"].contains($0.name) })
            #expect(department.nodes.isEmpty && known.contains(department["wait"]))
            let text = try #require(presence.child("status", Namespace.client)).text
            let wait = department["wait"] ?? ""
            #expect(!text.replacing(wait, with: "").contains { $0.isNumber }, "\(text)")
        }
        #expect(Set(asked.map { "\($0.content.nodes)" }).count == 1, "first, last and in no line: all see the same")
    }

    @Test func showsAClosedDepartment() throws {
        var bridge = try BridgeHarness()
        let sent = try bridge.receive("<presence type='subscribe' from='tom@home.example' to='support@acme.example'/>")
        #expect(sent.first?.type == .subscribed)
        #expect(sent.last?.child("show", Namespace.client)?.text == "xa")
        #expect(
            bridge.turn.subscriptions == [
                .init(contact: "support@acme.example", subscriber: "tom@home.example", isSubscribed: true)
            ])
    }

    @Test func callsNothingClosedBeforeAgentsHadTimeToAnswer() throws {
        var bridge = try BridgeHarness()
        var turn = Turn(now: bridge.now)
        bridge.core.start(&turn)
        bridge.connect()
        #expect(!bridge.sent.contains { $0.type == .available })
        let open = try bridge.agentComesOnline() + bridge.tick(after: .seconds(6))
        #expect(open.to("erin@acme.example").first?.child("show", Namespace.client) == nil)
        #expect(!open.to("erin@acme.example").isEmpty)
        bridge.connect()
        #expect(!bridge.sent.to("erin@acme.example").isEmpty, "a new stream tells anew")
        let closed =
            try bridge.agentComesOnline("alice@acme.example/desk", "<show>dnd</show>")
            + bridge.tick(after: .seconds(6))
        #expect(closed.to("erin@acme.example").last?.child("show", Namespace.client)?.text == "xa", "known by now")
    }

    @Test func saysClosedWhenNobodyHasComeBack() throws {
        var bridge = try BridgeHarness()
        var turn = Turn(now: bridge.now)
        bridge.core.start(&turn)
        bridge.connect()
        let sent = bridge.tick(after: .seconds(60))
        #expect(sent.to("erin@acme.example").first?.child("show", Namespace.client)?.text == "xa")
    }

    @Test func answersProbes() throws {
        var bridge = try BridgeHarness()
        let sent = try bridge.receive(
            "<presence type='probe' from='alice@acme.example/desk' to='support@acme.example'/>")
        #expect(sent.first?.to?.description == "alice@acme.example/desk")
        #expect(sent.first?.child("department", BizBuddyDepartment.namespace)?["state"] == "closed")
    }

    @Test func forgetsWhoUnsubscribes() throws {
        var bridge = try BridgeHarness()
        try bridge.receive("<presence type='subscribe' from='tom@home.example' to='support@acme.example'/>")
        let sent = try bridge.receive(
            "<presence type='unsubscribe' from='tom@home.example' to='support@acme.example'/>")
        #expect(sent.map(\.type) == [.unavailable, .unsubscribed])
        #expect(bridge.core.subscribers["support@acme.example"]?.isEmpty == true)
    }

    @Test func probesAgentsFromTheDelegatedContact() throws {
        let bridge = try BridgeHarness()
        let probes = bridge.sent.filter { $0.type == .probe }
        #expect(Set(probes.compactMap { $0.to?.description }) == ["alice@acme.example", "bob@acme.example"])
        #expect(probes.allSatisfy { $0.from?.description == "support@acme.example" })
    }

    @Test func asksAgentsElsewhereForTheirPresenceOnce() throws {
        var bridge = try BridgeHarness(delegated: false)
        #expect(bridge.sent.filter { $0.type == .probe }.first?.from?.description == "support@care.acme.example")
        let refusal = "<presence type='unsubscribed' from='alice@acme.example' to='support@care.acme.example'/>"
        #expect(try bridge.receive(refusal).first?.type == .subscribe)
        #expect(try bridge.receive(refusal).isEmpty)
    }

    @Test func takesDirectedPresenceForWantOfAnyOther() throws {
        var bridge = try BridgeHarness()
        let status =
            "<agent-status xmlns='http://jabber.org/protocol/workgroup'><max-chats>2</max-chats></agent-status>"
        try bridge.receive(
            "<presence from='alice@acme.example/desk' to='support@care.acme.example'><show>away</show>\(status)</presence>"
        )
        let alice = AgentID("alice@acme.example")
        #expect(bridge.core.service.isOnDuty(alice, for: DepartmentID("support")))
        #expect(bridge.core.service.capacity(of: alice, in: DepartmentID("support")) == 2)
        try bridge.receive(
            "<presence type='unavailable' from='alice@acme.example/desk' to='support@care.acme.example'/>")
        #expect(bridge.core.service.agents[alice]?.isOnline == false)
    }

    @Test func letsAClientLeaveAWorkgroupOnly() throws {
        var bridge = try BridgeHarness()
        let status = "<agent-status xmlns='http://jabber.org/protocol/workgroup'/>"
        try bridge.agentComesOnline()
        try bridge.receive(
            "<presence from='alice@acme.example/desk' to='support@care.acme.example'>\(status)</presence>")
        try bridge.receive(
            "<presence type='unavailable' from='alice@acme.example/desk' to='support@care.acme.example'>\(status)</presence>"
        )
        let alice = AgentID("alice@acme.example")
        #expect(bridge.core.service.agents[alice]?.isOnline == true)
        #expect(bridge.core.service.workgroupResources(of: alice, in: DepartmentID("support")).isEmpty)
    }

    @Test func saysGoodbye() throws {
        var bridge = try BridgeHarness()
        try bridge.conversationBegins()
        try bridge.join()
        var turn = Turn(now: bridge.now)
        bridge.core.closeRooms(&turn)
        bridge.core.withdrawContacts(&turn)
        let sent = turn.outgoing.map(\.stanza)
        #expect(sent.first?.mucUser?.statuses.contains(.shutdown) == true)
        #expect(sent.to("erin@acme.example").first?.type == .unavailable)
    }
}
