//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

import Testing
import XMPPCore

/// Elements around XML that is text already.
@Suite struct SerialisedContentTests {
    private let inner = XMLElement("message", Namespace.client, ["to": "a&b"]) {
        XMLElement("body", Namespace.client, text: "1 < 2 & \"3\"")
    }

    @Test func isWrittenAsItIs() {
        let element = XMLElement("result", "urn:x", ["id": "<1>", "none": nil], serialised: inner.xmlString)
        #expect(
            element.xmlString
                == "<result xmlns='urn:x' id='&lt;1&gt;'><message xmlns='jabber:client' to='a&amp;b'>"
                + "<body>1 &lt; 2 &amp; \"3\"</body></message></result>")
        #expect(element["id"] == "<1>")
    }

    @Test func staysAsItIsInsideOthers() {
        let result = XMLElement("result", "urn:x", serialised: inner.xmlString)
        let stanza = Stanza(.message, .normal) { result }
        #expect(String(decoding: stanza.xmlBytes, as: UTF8.self).contains(result.xmlString))
        let beside = XMLElement("x", "urn:y") {
            "a<"
            result
            "b>"
        }
        #expect(beside.xmlString == "<x xmlns='urn:y'>a&lt;\(result.xmlString)b&gt;</x>")
    }

    @Test func mayBeEmpty() {
        #expect(XMLElement("result", "urn:x", serialised: "").xmlString == "<result xmlns='urn:x'/>")
    }
}
