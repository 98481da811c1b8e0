//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

import Testing
import XMPPCore
import XMPPPayloads

/// Blocking, client state and push: XEP-0191, XEP-0352 and XEP-0357, with their examples.
@Suite struct BlockingAndPushPayloadTests {
    private let blocking = "urn:xmpp:blocking"

    @Test func blockingCommandsReadAndWrite() throws {
        try expectGolden(BlockingCommand.list([]), "<blocklist xmlns='\(blocking)'/>")
        try expectGolden(
            BlockingCommand.list([JID("romeo@montague.net"), JID("iago@shakespeare.lit")]),
            """
            <blocklist xmlns='\(blocking)'>
              <item jid='romeo@montague.net'/>
              <item jid='iago@shakespeare.lit'/>
            </blocklist>
            """)
        try expectGolden(
            BlockingCommand.block([JID("romeo@montague.net")]),
            "<block xmlns='\(blocking)'><item jid='romeo@montague.net'/></block>")
        try expectGolden(
            BlockingCommand.unblock([JID("montague.net/orchard")]),
            "<unblock xmlns='\(blocking)'><item jid='montague.net/orchard'/></unblock>")
        try expectGolden(BlockingCommand.unblockAll, "<unblock xmlns='\(blocking)'/>")
    }

    @Test func blockingCommandsThatSayNothingAreRefused() throws {
        try expectMalformed(
            BlockingCommand.self,
            [
                "<block xmlns='\(blocking)'/>",
                "<block xmlns='\(blocking)'><item/></block>",
                "<block xmlns='\(blocking)'><item jid='@montague.net'/></block>",
                "<unblock xmlns='\(blocking)'><item jid=''/></unblock>",
                "<silence xmlns='\(blocking)'/>",
                "<block xmlns='urn:xmpp:blocking:1'><item jid='romeo@montague.net'/></block>",
            ])
    }

    @Test func certificateManagementReadsAndWrites() throws {
        let namespace = "urn:xmpp:saslcert:1"
        try expectGolden(
            CertificateManagement.append(name: "Mobile Client", certificate: "MIICCTCC", manages: true),
            "<append xmlns='\(namespace)'><name>Mobile Client</name><x509cert>MIICCTCC</x509cert></append>")
        try expectGolden(
            CertificateManagement.append(name: "Simple Bot", certificate: "MIICCTCC", manages: false),
            """
            <append xmlns='\(namespace)'><name>Simple Bot</name><no-cert-management/><x509cert>MIICCTCC</x509cert></append>
            """)
        try expectGolden(CertificateManagement.items, "<items xmlns='\(namespace)'/>")
        try expectGolden(
            CertificateManagement.disable(name: "Mobile Client"),
            "<disable xmlns='\(namespace)'><name>Mobile Client</name></disable>")
        try expectGolden(
            CertificateManagement.revoke(name: "Mobile Client"),
            "<revoke xmlns='\(namespace)'><name>Mobile Client</name></revoke>")
        try expectGolden(
            CertificateList(items: [
                .init(name: "Mobile Client", certificate: "MIICCTCC", resources: ["Phone"]),
                .init(name: "Laptop", certificate: "MIICCTCD"),
            ]),
            """
            <items xmlns='\(namespace)'>
              <item><name>Mobile Client</name><x509cert>MIICCTCC</x509cert>
                <users><resource>Phone</resource></users></item>
              <item><name>Laptop</name><x509cert>MIICCTCD</x509cert></item>
            </items>
            """)
        try expectMalformed(
            CertificateManagement.self,
            [
                "<append xmlns='\(namespace)'><name>n</name></append>",
                "<append xmlns='\(namespace)'><x509cert>MII</x509cert></append>",
                "<revoke xmlns='\(namespace)'/>", "<revoke xmlns='\(namespace)'><name/></revoke>",
                "<rename xmlns='\(namespace)'><name>n</name></rename>", "<items xmlns='urn:xmpp:saslcert:0'/>",
            ])
    }

    @Test func clientStatesReadAndWrite() throws {
        try expectGolden(ClientState.active, "<active xmlns='urn:xmpp:csi:0'/>")
        try expectGolden(ClientState.inactive, "<inactive xmlns='urn:xmpp:csi:0'/>")
        try expectMalformed(
            ClientState.self, ["<csi xmlns='urn:xmpp:csi:0'/>", "<active xmlns='urn:xmpp:csi:1'/>"])
    }

    private let options = """
        <x xmlns='jabber:x:data' type='submit'>
          <field var='FORM_TYPE'><value>http://jabber.org/protocol/pubsub#publish-options</value></field>
          <field var='secret'><value>eruio234vzxc2kla-91</value></field>
        </x>
        """

    @Test func pushIsEnabledWithOptions() throws {
        try expectGolden(
            PushEnabling(service: JID("push-5.client.example"), node: "yxs32uqsflafdk3iuqo"),
            "<enable xmlns='urn:xmpp:push:0' jid='push-5.client.example' node='yxs32uqsflafdk3iuqo'/>")
        try expectGolden(
            PushEnabling(
                service: JID("push-5.client.example"), node: "yxs32uqsflafdk3iuqo", options: DataForm(parse(options))),
            """
            <enable xmlns='urn:xmpp:push:0' jid='push-5.client.example' node='yxs32uqsflafdk3iuqo'>\(options)</enable>
            """)
        try expectMalformed(
            PushEnabling.self,
            [
                "<enable xmlns='urn:xmpp:push:0' node='n'/>",
                "<enable xmlns='urn:xmpp:push:0' jid='push.example'/>",
                "<enable xmlns='urn:xmpp:push:0' jid='push.example' node=''/>",
                "<enable xmlns='urn:xmpp:push:0' jid='@' node='n'/>",
                // A form of another type, and one that is no submission.
                """
                <enable xmlns='urn:xmpp:push:0' jid='push.example' node='n'><x xmlns='jabber:x:data' type='submit'>
                  <field var='FORM_TYPE'><value>urn:xmpp:push:summary</value></field></x></enable>
                """,
                """
                <enable xmlns='urn:xmpp:push:0' jid='push.example' node='n'><x xmlns='jabber:x:data' type='form'>
                  <field var='FORM_TYPE'><value>http://jabber.org/protocol/pubsub#publish-options</value></field></x>
                </enable>
                """,
            ])
    }

    @Test func pushIsDisabledByNodeOrService() throws {
        try expectGolden(
            PushDisabling(service: JID("push-5.client.example")),
            "<disable xmlns='urn:xmpp:push:0' jid='push-5.client.example'/>")
        try expectGolden(
            PushDisabling(service: JID("push-5.client.example"), node: "n"),
            "<disable xmlns='urn:xmpp:push:0' jid='push-5.client.example' node='n'/>")
        try expectMalformed(PushDisabling.self, ["<disable xmlns='urn:xmpp:push:0' node='n'/>"])
    }

    @Test func notificationReadsAndWrites() throws {
        try expectGolden(
            PushNotification(node: "n"),
            """
            <pubsub xmlns='http://jabber.org/protocol/pubsub'>
              <publish node='n'><item><notification xmlns='urn:xmpp:push:0'/></item></publish>
            </pubsub>
            """)
        try expectGolden(
            PushNotification(
                node: "yxs32uqsflafdk3iuqo", messageCount: 1, lastSender: JID("juliet@capulet.example/balcony"),
                lastBody: "Wherefore art thou, Romeo?", options: DataForm(parse(options))),
            """
            <pubsub xmlns='http://jabber.org/protocol/pubsub'>
              <publish node='yxs32uqsflafdk3iuqo'>
                <item>
                  <notification xmlns='urn:xmpp:push:0'>
                    <x xmlns='jabber:x:data' type='submit'>
                      <field var='FORM_TYPE'><value>urn:xmpp:push:summary</value></field>
                      <field var='message-count'><value>1</value></field>
                      <field var='last-message-sender'><value>juliet@capulet.example/balcony</value></field>
                      <field var='last-message-body'><value>Wherefore art thou, Romeo?</value></field>
                    </x>
                  </notification>
                </item>
              </publish>
              <publish-options>\(options)</publish-options>
            </pubsub>
            """)
    }
}
