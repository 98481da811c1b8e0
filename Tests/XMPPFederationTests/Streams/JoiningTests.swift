//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

import Testing
import XMPPCore
import XMPPPayloads
import XMPPTestKit
import XMPPXML

@testable import XMPPFederation

/// Other domains of ours on a stream that stands (XEP-0220 §2.6.1).
@Suite struct JoiningTests {
    private static let keys = DialbackKeys()

    private func ready(
        _ features: String = "<dialback xmlns='urn:xmpp:features:dialback'/>"
    ) throws -> OutgoingNegotiator {
        var negotiator = OutgoingNegotiator(
            OutgoingNegotiator.Settings(
                local: try JID("acme.example"), remote: try JID("partner.example"), goal: .send, rule: FederationRule(),
                keys: Self.keys, hasCertificate: true))
        let header = StreamHeader(
            contentNamespace: "jabber:server", to: "acme.example", from: "partner.example", id: "s1", version: "1.0")
        _ = negotiator.connected(isDirectTLS: true)
        _ = negotiator.secured()
        _ = negotiator.certificateChecked(.proven, reason: "")
        _ = negotiator.opened(header)
        let external =
            "<mechanisms xmlns='urn:ietf:params:xml:ns:xmpp-sasl'><mechanism>EXTERNAL</mechanism></mechanisms>"
        _ = negotiator.received(
            try XMLElement(scripted: "<features xmlns='http://etherx.jabber.org/streams'>\(external)</features>"))
        _ = negotiator.received(XMLElement("success", Namespace.sasl))
        _ = negotiator.opened(header)
        _ = negotiator.received(
            try XMLElement(scripted: "<features xmlns='http://etherx.jabber.org/streams'>\(features)</features>"))
        return negotiator
    }

    private func result(
        _ type: String, to: String = "lab.example", from: String = "partner.example"
    ) throws -> XMLElement {
        try XMLElement(scripted: "<result xmlns='jabber:server:dialback' from='\(from)' to='\(to)' type='\(type)'/>")
    }

    private func isFailed(_ actions: [OutgoingNegotiator.Action]) -> Bool {
        actions.contains { if case .fail = $0 { true } else { false } }
    }

    @Test func asksWithAKeyOfTheStream() throws {
        var negotiator = try ready()
        let lab = try JID("lab.example")
        let key = Self.keys.key(receiving: "partner.example", originating: "lab.example", streamID: "s1")
        let asked = negotiator.join(lab)
        #expect(asked == [.sendText(Dialback.Result(from: lab, to: try JID("partner.example"), .key(key)).text)])
        #expect(negotiator.join(lab) == nil, "once at a time")
        let valid = negotiator.received(try result("valid"))
        #expect(valid == [.joined(lab)])
        let again = negotiator.received(try result("valid"))
        #expect(isFailed(again), "nobody has asked for a second answer")
    }

    @Test func aRefusalEndsNothing() throws {
        var negotiator = try ready()
        let lab = try JID("lab.example")
        _ = negotiator.join(lab)
        guard case .refused(lab, _)? = negotiator.received(try result("invalid")).first else {
            Issue.record("not refused")
            return
        }
        _ = negotiator.join(lab)
        let error = try XMLElement(
            scripted: """
                <result xmlns='jabber:server:dialback' from='partner.example' to='lab.example' type='error'>\
                <error xmlns='jabber:client' type='cancel'><not-authorized xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error></result>
                """)
        guard case .refused(lab, let failure)? = negotiator.received(error).first else {
            Issue.record("not refused")
            return
        }
        #expect(failure.kind == .refused)
        #expect(negotiator.isReady)
    }

    @Test(arguments: [("lab.example", "other.example"), ("other.example", "partner.example")])
    func answersForOthersEndTheStream(to: String, from: String) throws {
        var negotiator = try ready()
        _ = negotiator.join(try JID("lab.example"))
        let actions = negotiator.received(try result("valid", to: to, from: from))
        #expect(isFailed(actions))
    }

    @Test func nobodyIsAskedWhoKnowsNoDialback() throws {
        var negotiator = try ready("")
        #expect(!negotiator.takesOthers)
        #expect(negotiator.join(try JID("lab.example")) == nil)
        var other = try ready()
        #expect(other.join(try JID("acme.example")) == nil, "it sends already")
    }

    @Test func asManyAsAStreamTakes() throws {
        var negotiator = try ready()
        for number in 1..<ProvenPairs.maximum { #expect(negotiator.join(try JID("d\(number).example")) != nil) }
        #expect(negotiator.join(try JID("more.example")) == nil)
    }
}
