//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

import Testing

@testable import XMPPCore

@Suite struct StreamErrorTests {
    /// RFC 6120 §4.9.3
    private static let names = [
        "bad-format", "bad-namespace-prefix", "conflict", "connection-timeout", "host-gone", "host-unknown",
        "improper-addressing", "internal-server-error", "invalid-from", "invalid-namespace", "invalid-xml",
        "not-authorized",
        "not-well-formed", "policy-violation", "remote-connection-failed", "reset", "resource-constraint",
        "restricted-xml",
        "see-other-host", "system-shutdown", "undefined-condition", "unsupported-encoding", "unsupported-feature",
        "unsupported-stanza-type", "unsupported-version",
    ]

    @Test func hasEveryConditionOfTheRFC() {
        #expect(StreamError.Condition.allCases.map(\.rawValue).sorted() == Self.names)
    }

    @Test(arguments: StreamError.Condition.allCases)
    func goesBothWays(condition: StreamError.Condition) {
        #expect(StreamError(StreamError(condition).element) == StreamError(condition))
        let full = StreamError(condition, text: "Why & how", application: XMLElement("more", "urn:app"))
        #expect(StreamError(full.element) == full)
    }

    @Test func writesTheRFCsForm() {
        #expect(
            StreamError(.hostUnknown, text: "No.").element.xmlString
                == "<stream:error xmlns:stream='http://etherx.jabber.org/streams'>"
                + "<host-unknown xmlns='urn:ietf:params:xml:ns:xmpp-streams'/>"
                + "<text xmlns='urn:ietf:params:xml:ns:xmpp-streams' xml:lang='en'>No.</text></stream:error>")
    }

    @Test func readsWhatIsUnknownOrMissing() {
        #expect(StreamError(XMLElement("error", Namespace.streams)) == StreamError(.undefinedCondition))
        #expect(
            StreamError(XMLElement("error", Namespace.streams) { XMLElement("brand-new", Namespace.streamErrors) })
                == StreamError(.undefinedCondition))
        #expect(StreamError(XMLElement("error", Namespace.client)) == nil)
        #expect(StreamError(XMLElement("features", Namespace.streams)) == nil)
    }
}
