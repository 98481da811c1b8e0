//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

import Testing
import XMPPCore
import XMPPTestKit

@testable import XMPPModules

@Suite struct PresenceStatementTests {
    private let catalogue = PresenceCatalogue(Company.states, language: "en")
    private static let state = "urn:switchboard:presence:1"

    @Test(arguments: [
        ("<presence/>", PresenceStatement.plain),
        ("<presence><priority>5</priority><c xmlns='http://jabber.org/protocol/caps'/></presence>", .plain),
        ("<presence><status/></presence>", .plain),
        ("<presence><show>away</show></presence>", .other),
        ("<presence><status>Reading</status></presence>", .other),
        ("<presence><status>at LUNCH</status></presence>", .explicit("lunch")),
        ("<presence><show>dnd</show><status>At Lunch</status></presence>", .explicit("lunch")),
        ("<presence><status>So</status><status xml:lang='de'>Mittagspause</status></presence>", .explicit("lunch")),
        ("<presence><status>Available</status></presence>", .explicit("available")),
        ("<presence><state xmlns='\(state)' id='busy'/></presence>", .explicit("busy")),
        ("<presence><status>At Lunch</status><state xmlns='\(state)' id='busy'/></presence>", .explicit("busy")),
        ("<presence><state xmlns='\(state)' id='none-such'/></presence>", .plain),
        ("<presence><state id='busy'/></presence>", .plain),
    ])
    func readsWhatAPresenceSays(xml: String, statement: PresenceStatement) throws {
        let presence = try Stanza(XMLElement(scripted: xml))
        #expect(PresenceStatement(presence, catalogue) == statement)
    }

    @Test func takesOutOnlyWhatItSpeaksOf() throws {
        let presence = try Stanza(
            XMLElement(
                scripted: """
                    <presence from='a@b/c'><show>away</show><priority>1</priority><status>x</status>\
                    <state xmlns='\(Self.state)' id='busy'/><state xmlns='other'/></presence>
                    """))
        #expect(
            try presence.withoutStatement().element.matches(
                "<presence from='a@b/c'><priority>1</priority><state xmlns='other'/></presence>"))
        #expect(presence.withoutState().child("show", Namespace.client) != nil)
        #expect(presence.withoutState().child("state", Self.state) == nil)
        #expect(presence.withoutState().from == presence.from)
    }
}
