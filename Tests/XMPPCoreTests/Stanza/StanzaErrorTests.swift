//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

import Testing

@testable import XMPPCore

@Suite struct StanzaErrorTests {
    /// RFC 6120 §8.3.3, with the kind that each should have.
    private static let kinds: [(String, StanzaError.Kind)] = [
        ("bad-request", .modify), ("conflict", .cancel), ("feature-not-implemented", .cancel), ("forbidden", .auth),
        ("gone", .cancel), ("internal-server-error", .cancel), ("item-not-found", .cancel), ("jid-malformed", .modify),
        ("not-acceptable", .modify), ("not-allowed", .cancel), ("not-authorized", .auth), ("policy-violation", .modify),
        ("recipient-unavailable", .wait), ("redirect", .modify), ("registration-required", .auth),
        ("remote-server-not-found", .cancel), ("remote-server-timeout", .wait), ("resource-constraint", .wait),
        ("service-unavailable", .cancel), ("subscription-required", .auth), ("undefined-condition", .cancel),
        ("unexpected-request", .wait),
    ]

    @Test func hasEveryConditionOfTheRFC() {
        #expect(Set(StanzaError.Condition.allCases.map(\.rawValue)) == Set(Self.kinds.map(\.0)))
        for (name, kind) in Self.kinds { #expect(StanzaError.Condition(rawValue: name)?.kind == kind) }
    }

    @Test(arguments: StanzaError.Condition.allCases)
    func goesBothWays(condition: StanzaError.Condition) {
        #expect(StanzaError(StanzaError(condition).element) == StanzaError(condition))
        for kind in StanzaError.Kind.allCases {
            let error = StanzaError(
                condition, kind: kind, text: "Why & how",
                application: XMLElement("more", "urn:app") { XMLElement("x", "urn:app") })
            #expect(StanzaError(error.element) == error)
        }
    }

    @Test func writesTheRFCsForm() {
        #expect(
            StanzaError(.itemNotFound, text: "No.", application: XMLElement("a", "urn:a")).element.xmlString
                == "<error xmlns='jabber:client' type='cancel'><item-not-found xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/>"
                + "<text xmlns='urn:ietf:params:xml:ns:xmpp-stanzas' xml:lang='en'>No.</text><a xmlns='urn:a'/></error>"
        )
    }

    @Test func readsWhatIsUnknownOrMissing() {
        #expect(StanzaError(XMLElement("error", Namespace.client)) == StanzaError(.undefinedCondition))
        #expect(
            StanzaError(
                XMLElement("error", Namespace.client, ["type": "odd"]) { XMLElement("gone", Namespace.stanzaErrors) })
                == StanzaError(.gone))
        #expect(
            StanzaError(
                XMLElement("error", Namespace.client, ["type": "wait"]) {
                    XMLElement("text", Namespace.stanzaErrors, text: "first")
                    XMLElement("brand-new", Namespace.stanzaErrors)
                }) == StanzaError(.undefinedCondition, kind: .wait, text: "first"))
        #expect(StanzaError(XMLElement("error", Namespace.streams)) == nil)
        #expect(StanzaError(XMLElement("err", Namespace.client)) == nil)
    }

    @Test func answersBadPayloads() {
        let error = PayloadError("item", "no jid").stanzaError
        #expect(error.condition == .badRequest)
        #expect(error.text == "<item/>: no jid")
    }
}
