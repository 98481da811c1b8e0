//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

import Testing
import XMPPCore
import XMPPPayloads
import XMPPXML

@testable import XMPPServer

/// XEP-0280 §6.1
@Suite struct CarbonPolicyTests {
    @Test(
        arguments: [
            ("chat", "", true, true),
            ("chat", "<body>x</body>", true, true),
            ("chat", "<composing xmlns='http://jabber.org/protocol/chatstates'/>", true, true),
            ("normal", "<body>x</body>", true, true),
            ("normal", "", false, false),
            ("normal", "<thing xmlns='urn:x'/>", false, false),
            ("normal", "<received xmlns='urn:xmpp:receipts' id='1'/>", true, true),
            ("normal", "<displayed xmlns='urn:xmpp:chat-markers:0' id='1'/>", true, true),
            ("headline", "<body>x</body>", false, false),
            ("groupchat", "<body>x</body>", false, false),
            ("error", "<body>x</body>", false, false),
            ("chat", "<body>x</body><private xmlns='urn:xmpp:carbons:2'/>", false, false),
            ("chat", "<body>x</body><no-copy xmlns='urn:xmpp:hints'/>", false, false),
            ("normal", "<x xmlns='jabber:x:conference' jid='r@rooms.example'/>", true, true),
            ("normal", "<x xmlns='http://jabber.org/protocol/muc#user'><invite from='a@b'/></x>", true, true),
            // A private message of a room: what one sends is copied, what one gets the room has copied.
            ("chat", "<body>x</body><x xmlns='http://jabber.org/protocol/muc#user'/>", true, false),
        ])
    func followsTheRules(_ type: String, _ content: String, _ isSentCopied: Bool, _ isReceivedCopied: Bool) throws {
        let text = "<message xmlns='jabber:client' type='\(type)' from='a@b.example/c'>\(content)</message>"
        let stanza = try Stanza(try XMLElement(parsing: text))
        #expect(CarbonPolicy.copies(stanza, .sent) == isSentCopied)
        #expect(CarbonPolicy.copies(stanza, .received) == isReceivedCopied)
    }
}
