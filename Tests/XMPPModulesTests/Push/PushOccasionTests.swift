//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

import Testing
import XMPPCore
import XMPPTestKit

@testable import XMPPModules

@Suite struct PushOccasionTests {
    private func isWorth(_ content: String, type: String = "chat", from: String = "romeo@montague.lit/a") throws -> Bool
    {
        let xml = "<message from='\(from)' to='juliet@capulet.lit' type='\(type)'>\(content)</message>"
        return PushOccasion.isWorthTelling(
            try Stanza(XMLElement(scripted: xml)), to: try JID("juliet@capulet.lit"))
    }

    @Test(arguments: [
        "<body>Hello</body>",
        "<body>Hello</body><active xmlns='http://jabber.org/protocol/chatstates'/>",
        "<encrypted xmlns='eu.siacs.conversations.axolotl'><payload/></encrypted>",
        "<encrypted xmlns='urn:xmpp:omemo:2'><payload/></encrypted>",
        "<propose xmlns='urn:xmpp:jingle-message:0' id='1'/>",
        "<x xmlns='jabber:x:conference' jid='hall@rooms.lit'/>",
        "<x xmlns='http://jabber.org/protocol/muc#user'><invite from='nurse@capulet.lit'/></x>",
        // A correction is news.
        "<body>Hello!</body><replace xmlns='urn:xmpp:message-correct:0' id='1'/>",
    ])
    func isSomethingNew(content: String) throws {
        #expect(try isWorth(content))
        #expect(try isWorth(content, type: "normal"))
        #expect(try !isWorth(content, type: "error"))
        // One's own words, from another client.
        #expect(try !isWorth(content, from: "juliet@capulet.lit/desk"))
    }

    @Test(arguments: [
        "", "<body/>", "<subject>Hello</subject>",
        "<composing xmlns='http://jabber.org/protocol/chatstates'/>",
        "<received xmlns='urn:xmpp:receipts' id='1'/>",
        "<displayed xmlns='urn:xmpp:chat-markers:0' id='1'/>",
        "<reactions xmlns='urn:xmpp:reactions:0' id='1'><reaction>x</reaction></reactions>",
        "<x xmlns='http://jabber.org/protocol/muc#user'><item/></x>",
        "<encrypted xmlns='urn:example'/>",
        "<retract xmlns='urn:xmpp:message-retract:1' id='1'/><body>/me retracted a message</body>",
    ])
    func isNothingToWakeAnybodyFor(content: String) throws {
        #expect(try !isWorth(content))
    }

    @Test func namesMessages() throws {
        func key(_ attributes: String, _ archiveID: String? = nil) throws -> Int? {
            PushOccasion.key(try Stanza(XMLElement(scripted: "<message \(attributes)/>")), archiveID: archiveID)
        }
        #expect(try key("id='1' from='a@b.lit'") == key("id='1' from='a@b.lit'"))
        #expect(try key("id='1' from='a@b.lit'") != key("id='2' from='a@b.lit'"))
        #expect(try key("id='1' from='a@b.lit'") != key("id='1' from='c@b.lit'"))
        #expect(try key("id='1' from='a@b.lit'", "x") == key("id='2' from='a@b.lit'", "x"))
        #expect(try key("from='a@b.lit'") == nil)
    }
}
