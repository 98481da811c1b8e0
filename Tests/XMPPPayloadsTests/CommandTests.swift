//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

import Testing
import XMPPCore
import XMPPPayloads

@Suite struct CommandTests {
    /// XEP-0050 §2.4, example 7, and §3.4, example 14.
    @Test func readsAndWritesRequest() throws {
        try expectGolden(
            AdHocCommand(node: "list", action: .execute),
            "<command xmlns='http://jabber.org/protocol/commands' node='list' action='execute'/>")
        let jid = try JID("alice@acme.example")
        let command = AdHocCommand(
            node: CompanyPresenceState.setCommandNode, sessionID: "config:20020923T213616Z-700",
            form: DataForm(.submit, fields: [.init("service", values: ["httpd"])]),
            payloads: [CompanyPresenceState.Principal(jid).element])
        try expectGolden(
            command,
            """
            <command xmlns='http://jabber.org/protocol/commands'
                     node='urn:switchboard:presence:1#set' sessionid='config:20020923T213616Z-700'>
              <x xmlns='jabber:x:data' type='submit'><field var='service'><value>httpd</value></field></x>
              <for xmlns='urn:switchboard:presence:1' jid='alice@acme.example'/>
            </command>
            """)
    }

    /// XEP-0050 §3.4, example 13, and §3.3, example 10.
    @Test func readsAndWritesAnswer() throws {
        try expectGolden(
            AdHocCommand(
                node: "config", sessionID: "config:20020923T213616Z-700", status: .executing, language: "en",
                actions: .init(execute: .complete, allowed: [.prev, .complete]),
                notes: [
                    .init("Service 'httpd' has been configured.", kind: .info), .init("Almost.", kind: .warn),
                    .init("Not quite.", kind: .error),
                ],
                form: DataForm(.form, title: "Configure Service")),
            """
            <command xmlns='http://jabber.org/protocol/commands' sessionid='config:20020923T213616Z-700'
                     node='config' status='executing' xml:lang='en'>
              <actions execute='complete'><prev/><complete/></actions>
              <note type='info'>Service 'httpd' has been configured.</note>
              <note type='warn'>Almost.</note>
              <note type='error'>Not quite.</note>
              <x xmlns='jabber:x:data' type='form'><title>Configure Service</title></x>
            </command>
            """)
    }

    @Test(arguments: AdHocCommand.Action.allCases)
    func keepsEachAction(_ action: AdHocCommand.Action) throws {
        try expectRoundTrip(AdHocCommand(node: "n", action: action))
    }

    @Test(arguments: [AdHocCommand.Action.prev, .next, .complete])
    func keepsEachAllowedAction(_ action: AdHocCommand.Action) throws {
        try expectRoundTrip(AdHocCommand(node: "n", actions: .init(execute: action, allowed: [action])))
    }

    @Test(arguments: AdHocCommand.Status.allCases)
    func keepsEachStatus(_ status: AdHocCommand.Status) throws {
        try expectRoundTrip(AdHocCommand(node: "n", status: status))
    }

    @Test(arguments: AdHocCommand.Note.Kind.allCases)
    func keepsEachKindOfNote(_ kind: AdHocCommand.Note.Kind) throws {
        try expectRoundTrip(AdHocCommand(node: "n", notes: [.init("text", kind: kind)]))
    }

    /// XEP-0050 §4.4, table 4.
    @Test func namesFaults() throws {
        let names = ["bad-action", "bad-locale", "bad-payload", "bad-sessionid", "malformed-action", "session-expired"]
        #expect(AdHocCommand.Fault.allCases.map(\.rawValue) == names)
        #expect(AdHocCommand.Fault.badSessionID.element.isNamed("bad-sessionid", AdHocCommand.namespace))
    }

    /// XEP-0050 §3.3: a note without a type informs.
    @Test func readsNoteWithoutTypeAsInformation() throws {
        let command = try AdHocCommand(
            parse("<command xmlns='http://jabber.org/protocol/commands' node='n'><note>a</note></command>"))
        #expect(command.notes == [.init("a", kind: .info)])
    }

    @Test func rejectsMalformed() throws {
        let start = "<command xmlns='http://jabber.org/protocol/commands'"
        try expectMalformed(
            AdHocCommand.self,
            [
                "\(start)/>", "\(start) node='n' action='jump'/>", "\(start) node='n' status='lost'/>",
                "\(start) node='n'><note type='loud'/></command>",
                "\(start) node='n'><actions execute='jump'/></command>",
                "\(start) node='n'><x xmlns='jabber:x:data'/></command>", "<command xmlns='other' node='n'/>",
            ])
    }
}
