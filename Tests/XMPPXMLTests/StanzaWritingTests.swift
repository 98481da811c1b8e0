//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

import NIOCore
import Testing
import XMPPCore
import XMPPXML

@Suite struct StanzaWritingTests {
    @Test(arguments: [
        ("<message xmlns='jabber:client'/>", "<message><last/></message>"),
        (
            "<message xmlns='jabber:client' id='1'><body>b</body></message>",
            "<message id='1'><body>b</body><last/></message>"
        ),
        ("<message xmlns='jabber:client'><x xmlns='urn:x'/></message>", "<message><x xmlns='urn:x'/><last/></message>"),
        ("<presence xmlns='jabber:client'>/></presence>", "<presence>/&gt;<last/></presence>"),
        ("<iq xmlns='jabber:client' type='get'/>", "<iq type='get'><last/></iq>"),
    ])
    func writesSomethingAtTheEnd(text: String, expected: String) throws {
        let stanza = try Stanza(try XMLElement(parsing: text))
        var buffer = ByteBuffer(string: "before")
        buffer.writeStanza(stanza, last: "<last/>")
        #expect(String(buffer: buffer) == "before" + expected)
    }
}
