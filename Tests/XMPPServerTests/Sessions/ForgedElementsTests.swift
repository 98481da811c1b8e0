//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

import Testing
import XMPPCore
import XMPPTestKit

@testable import XMPPServer

@Suite struct ForgedElementsTests {
    @Test(arguments: [
        ("<stanza-id xmlns='urn:xmpp:sid:0' by='acme.example' id='1'/>", true),
        ("<stanza-id xmlns='urn:xmpp:sid:0' by='bob@acme.example' id='1'/>", true),
        ("<stanza-id xmlns='urn:xmpp:sid:0' by='ACME.example' id='1'/>", true),
        ("<stanza-id xmlns='urn:xmpp:sid:0' by='other.example' id='1'/>", false),
        ("<stanza-id xmlns='urn:xmpp:sid:0' id='1'/>", false),
        ("<stanza-id xmlns='other' by='acme.example' id='1'/>", false),
        ("<origin-id xmlns='urn:xmpp:sid:0' id='1'/>", false),
        ("<delay xmlns='urn:xmpp:delay' from='acme.example' stamp='2026-11-22T12:00:00Z'/>", true),
        ("<delay xmlns='urn:xmpp:delay' from='alice@acme.example/desk' stamp='2026-11-22T12:00:00Z'/>", true),
        ("<delay xmlns='urn:xmpp:delay' from='room@other.example' stamp='2026-11-22T12:00:00Z'/>", false),
        ("<delay xmlns='urn:xmpp:delay' stamp='2026-11-22T12:00:00Z'/>", false),
    ])
    func findsWhatOnlyTheHostMaySay(_ child: String, _ isForged: Bool) throws {
        let element = try XMLElement(scripted: "<message to='bob@acme.example'><body>hi</body>\(child)</message>")
        var stanza = try Stanza(element)
        stanza.from = try JID("alice@acme.example/desk")
        #expect(ForgedElements.areIn(stanza, host: "acme.example") == isForged)
        guard isForged else { return }
        let cleaned = ForgedElements.removed(from: stanza, host: "acme.example")
        try expect(
            cleaned.element,
            is: "<message from='alice@acme.example/desk' to='bob@acme.example'><body>hi</body></message>")
    }
}
