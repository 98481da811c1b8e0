//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

import BizBuddyCore
import Testing
import XMPPClient
import XMPPCore
import XMPPPayloads

@testable import BizBuddyBridge

/// One contact for several departments.
@Suite struct JointContactTests {
    private static let workgroup = "http://jabber.org/protocol/workgroup"

    private func bridge() throws -> BridgeHarness {
        try BridgeHarness(
            contacts: [
                .init(
                    address: try JID("support@acme.example"), name: "Acme Support",
                    department: DepartmentID("support")),
                .init(
                    address: try JID("hello@acme.example"), name: "Acme",
                    departments: [DepartmentID("sales"), DepartmentID("support")]),
            ],
            departments: [
                .init(id: DepartmentID("support"), name: "Support", agents: [try JID("alice@acme.example")]),
                .init(id: DepartmentID("sales"), name: "Sales", agents: [try JID("bob@acme.example")]),
            ])
    }

    @Test func asksInWordsWithButtonsAndAForm() throws {
        var bridge = try bridge()
        let question = try #require(
            try bridge.customerWrites("My gizmo is broken", to: "hello@acme.example").to("tom@home.example").first)
        #expect(question.body?.hasSuffix("1 – Sales\n2 – Support") == true)
        let responses = try question.content.children("response", QuickResponse.namespace).map { try QuickResponse($0) }
        #expect(responses == [QuickResponse("1", label: "Sales"), QuickResponse("2", label: "Support")])
        let form = try DataForm(try #require(question.child("x", DataForm.namespace)))
        #expect(form.kind == .form)
        #expect(form.field("department")?.options.map(\.value) == ["sales", "support"])
    }

    @Test func takesTheDigitAndTheForm() throws {
        for answer in [
            "<body>2</body>",
            """
            <x xmlns='jabber:x:data' type='submit'><field var='department'><value>support</value></field></x>
            """,
        ] {
            var bridge = try bridge()
            try bridge.agentComesOnline()
            try bridge.customerWrites("My gizmo is broken", to: "hello@acme.example")
            try bridge.receive(
                "<message type='chat' from='tom@home.example/phone' to='hello@acme.example'>\(answer)</message>")
            let sent = bridge.find(BridgeHarness.tom).to("alice@acme.example")
            #expect(sent.bodies.contains { $0.contains("My gizmo is broken") }, "\(answer)")
        }
    }

    @Test func showsTheBestOfItsDepartments() throws {
        var bridge = try bridge()
        try bridge.receive("<presence type='subscribe' from='tom@home.example' to='hello@acme.example'/>")
        let closed = try bridge.receive(
            "<presence type='probe' from='tom@home.example/phone' to='hello@acme.example'/>")
        #expect(closed.kind(.presence).last?.child("department", BizBuddyDepartment.namespace)?["state"] == "closed")
        var sent = try bridge.receive(
            "<presence from='bob@acme.example/desk' to='sales@care.acme.example'><agent-status xmlns='\(Self.workgroup)'/></presence>"
        )
        sent += bridge.tick(after: .seconds(60))
        let presence = sent.from("hello@acme.example").to("tom@home.example")
        #expect(presence.count == 1)
        #expect(presence.first?.child("department", BizBuddyDepartment.namespace)?["state"] == "open")
    }

    @Test func joiningNeedsTheForm() throws {
        var bridge = try bridge()
        func ask(_ type: String, _ inside: String) throws -> Stanza? {
            try bridge.receive(
                """
                <iq type='\(type)' id='j1' from='tom@home.example/phone' to='hello@acme.example'>\
                <join-queue xmlns='\(Self.workgroup)'>\(inside)</join-queue></iq>
                """
            ).kind(.iq).first
        }
        #expect(try ask("set", "")?.error == .notAcceptable)
        let join = try Workgroup.JoinQueue(try #require(try ask("get", "")?.payload))
        #expect(join.form?.field("department")?.options.count == 2)
        let wrong = "<x xmlns='jabber:x:data' type='submit'><field var='department'><value>x</value></field></x>"
        #expect(try ask("set", wrong)?.error == .notAcceptable)
        let right = wrong.replacing(">x<", with: ">sales<")
        #expect(try ask("set", right)?.type == .result)
        let id = try #require(bridge.core.service.conversations.keys.first)
        #expect(bridge.core.service.conversations[id]?.department == DepartmentID("sales"))
    }

    @Test func answersInTheLanguageOfTheMessage() throws {
        var bridge = try bridge()
        let sent = try bridge.receive(
            """
            <message type='chat' xml:lang='de' from='tom@home.example/phone' to='support@acme.example'>\
            <body>Hallo</body></message>
            """)
        let answer = try #require(sent.to("tom@home.example").first)
        #expect(answer.content.language == "de")
        #expect(answer.body?.hasPrefix("Sie sind auf Platz 1.") == true)
        #expect(answer.child("origin-id", "urn:xmpp:sid:0") != nil)
        let plain = try bridge.customerWrites("hello", from: "uma@home.example/phone").to("uma@home.example").first
        #expect(plain?.content.language == "en")
    }
}
