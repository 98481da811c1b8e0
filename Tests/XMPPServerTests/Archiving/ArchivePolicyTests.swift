//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

import Testing
import XMPPCore
import XMPPXML

@testable import XMPPServer

@Suite struct ArchivePolicyTests {
    @Test(
        arguments: [
            ("chat", "<body>x</body>", true),
            ("normal", "<body>x</body>", true),
            ("normal", "<body/>", true),
            ("headline", "<body>x</body>", false),
            ("groupchat", "<body>x</body>", false),
            ("error", "<body>x</body><store xmlns='urn:xmpp:hints'/>", false),
            ("chat", "", false),
            ("chat", "<composing xmlns='http://jabber.org/protocol/chatstates'/>", false),
            ("chat", "<body>x</body><active xmlns='http://jabber.org/protocol/chatstates'/>", true),
            // XEP-0184, XEP-0333
            ("chat", "<received xmlns='urn:xmpp:receipts' id='1'/>", true),
            ("chat", "<request xmlns='urn:xmpp:receipts'/>", false),
            ("chat", "<displayed xmlns='urn:xmpp:chat-markers:0' id='1'/>", true),
            ("chat", "<markable xmlns='urn:xmpp:chat-markers:0'/>", false),
            // XEP-0308, XEP-0424, XEP-0444, XEP-0461
            ("chat", "<body>y</body><replace xmlns='urn:xmpp:message-correct:0' id='1'/>", true),
            ("chat", "<retract xmlns='urn:xmpp:message-retract:1' id='1'/>", true),
            ("chat", "<reactions xmlns='urn:xmpp:reactions:0' id='1'/>", true),
            ("chat", "<body>y</body><reply xmlns='urn:xmpp:reply:0' id='1'/>", true),
            // XEP-0249, XEP-0045 §7.8.2, XEP-0380
            ("normal", "<x xmlns='jabber:x:conference' jid='r@rooms.example'/>", true),
            ("normal", "<x xmlns='http://jabber.org/protocol/muc#user'><invite from='a@b'/></x>", true),
            ("normal", "<x xmlns='http://jabber.org/protocol/muc#user'><status code='104'/></x>", false),
            ("chat", "<encryption xmlns='urn:xmpp:eme:0' namespace='urn:xmpp:omemo:2'/>", true),
            // XEP-0334
            ("chat", "<body>x</body><no-store xmlns='urn:xmpp:hints'/>", false),
            ("chat", "<body>x</body><no-permanent-store xmlns='urn:xmpp:hints'/>", false),
            ("chat", "<body>x</body><no-copy xmlns='urn:xmpp:hints'/>", true),
            ("chat", "<thing xmlns='urn:x'/><store xmlns='urn:xmpp:hints'/>", true),
            ("chat", "<store xmlns='urn:xmpp:hints'/><no-store xmlns='urn:xmpp:hints'/>", false),
            ("chat", "<thing xmlns='urn:x'/>", false),
            ("chat", "<body xmlns='urn:x'>not ours</body>", false),
        ])
    func tellsConversationsFromTheRest(_ type: String, _ content: String, _ isStored: Bool) throws {
        let element = try XMLElement(parsing: "<message xmlns='jabber:client' type='\(type)'>\(content)</message>")
        #expect(ArchivePolicy.stores(try Stanza(element)) == isStored)
    }
}
