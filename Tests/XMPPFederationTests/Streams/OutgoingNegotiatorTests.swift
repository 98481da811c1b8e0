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

@Suite struct OutgoingNegotiatorTests {
    private static let keys = DialbackKeys()

    private func negotiator(
        _ goal: OutgoingNegotiator.Goal = .send, authentication: FederationRule.Authentication = .certificate,
        hasCertificate: Bool = true
    ) throws -> OutgoingNegotiator {
        OutgoingNegotiator(
            OutgoingNegotiator.Settings(
                local: try JID("acme.example"), remote: try JID("partner.example"), goal: goal,
                rule: FederationRule(authentication: authentication), keys: Self.keys, hasCertificate: hasCertificate))
    }

    private func header(from: String? = "partner.example", id: String? = "s1", version: String? = "1.0") -> StreamHeader
    {
        StreamHeader(contentNamespace: "jabber:server", to: "acme.example", from: from, id: id, version: version)
    }

    private func features(_ content: String) throws -> XMLElement {
        try XMLElement(scripted: "<features xmlns='http://etherx.jabber.org/streams'>\(content)</features>")
    }

    private static let external =
        "<mechanisms xmlns='urn:ietf:params:xml:ns:xmpp-sasl'><mechanism>EXTERNAL</mechanism></mechanisms>"
    private static let bidi = "<bidi xmlns='urn:xmpp:features:bidi'/>"
    private static let dialback = "<dialback xmlns='urn:xmpp:features:dialback'><errors/></dialback>"

    private func failure(_ actions: [OutgoingNegotiator.Action]) -> OutgoingFailure.Kind? {
        for case .fail(let failure) in actions { return failure.kind }
        return nil
    }

    private func text(_ actions: [OutgoingNegotiator.Action]) -> String? {
        for case .sendText(let text) in actions { return text }
        return nil
    }

    /// Under TLS, with the header answered.
    private func secured(
        _ goal: OutgoingNegotiator.Goal = .send, authentication: FederationRule.Authentication = .certificate,
        isProven: Bool = true, hasCertificate: Bool = true
    ) throws -> OutgoingNegotiator {
        var negotiator = try negotiator(goal, authentication: authentication, hasCertificate: hasCertificate)
        _ = negotiator.connected(isDirectTLS: true)
        _ = negotiator.secured()
        _ = negotiator.certificateChecked(isProven ? .proven : .unproven, reason: "")
        _ = negotiator.opened(header())
        return negotiator
    }

    @Test func goesAllTheWayWithACertificate() throws {
        var negotiator = try negotiator()
        guard case .sendHeader(let first)? = negotiator.connected(isDirectTLS: false).first else {
            Issue.record("no header")
            return
        }
        #expect(first.to == "partner.example" && first.from == "acme.example" && first.version == "1.0")
        let opened = negotiator.opened(header())
        #expect(opened.isEmpty)
        let asked = negotiator.received(try features("<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>"))
        #expect(asked == [.send(XMLElement("starttls", Namespace.tls))])
        let proceeding = negotiator.received(XMLElement("proceed", Namespace.tls))
        #expect(proceeding == [.startTLS])
        let checking = negotiator.secured()
        #expect(checking == [.checkCertificate])
        guard case .sendHeader? = negotiator.certificateChecked(.proven, reason: "").first else {
            Issue.record("no header under TLS")
            return
        }
        _ = negotiator.opened(header())
        let auth = negotiator.received(try features(Self.external))
        #expect(
            auth == [
                .send(XMLElement("auth", Namespace.sasl, ["mechanism": "EXTERNAL"], text: "YWNtZS5leGFtcGxl"))
            ])
        let success = negotiator.received(XMLElement("success", Namespace.sasl))
        #expect(success.first == .restart)
        _ = negotiator.opened(header())
        let ready = negotiator.received(
            try features(
                "<sm xmlns='urn:xmpp:sm:3'/><limits xmlns='urn:xmpp:stream-limits:0'><max-bytes>99</max-bytes></limits>"
            ))
        #expect(
            ready == [
                .ready(
                    OutgoingNegotiator.Established(
                        method: "EXTERNAL", hasAcknowledgements: true, isBidirectional: false, takesOnce: false,
                        limits: StreamLimits(maximumBytes: 99, idleSeconds: nil)))
            ])
    }

    @Test func speaksToNobodyWithoutTLS() throws {
        var negotiator = try negotiator(authentication: .dialback)
        _ = negotiator.connected(isDirectTLS: false)
        _ = negotiator.opened(header())
        #expect(failure(negotiator.received(try features(Self.dialback))) == .tls)
        var old = try self.negotiator(authentication: .dialback)
        _ = old.connected(isDirectTLS: false)
        #expect(failure(old.opened(header(version: nil))) == .tls)
    }

    @Test(arguments: [
        (FederationRule.Authentication.certificate, true, false), (.certificate, false, true),
        (.dialback, false, false),
    ])
    func wantsACertificateByRule(
        _ authentication: FederationRule.Authentication, _ isProven: Bool, _ fails: Bool
    ) throws {
        var negotiator = try negotiator(authentication: authentication)
        _ = negotiator.connected(isDirectTLS: true)
        _ = negotiator.secured()
        let actions = negotiator.certificateChecked(isProven ? .proven : .unproven, reason: "expired")
        #expect((failure(actions) == .certificate) == fails)
    }

    @Test func provesItselfByDialbackWhereNothingElseIsOffered() throws {
        var negotiator = try secured()
        let key = Self.keys.key(receiving: "partner.example", originating: "acme.example", streamID: "s1")
        let asked = negotiator.received(try features(Self.dialback))
        #expect(text(asked) == "<db:result from='acme.example' to='partner.example'>\(key)</db:result>")
        let ready = negotiator.received(
            try XMLElement(
                scripted:
                    "<result xmlns='jabber:server:dialback' from='partner.example' to='acme.example' type='valid'/>"))
        guard case .ready(let established)? = ready.first else {
            Issue.record("not ready")
            return
        }
        #expect(established.method == "dialback")
    }

    @Test func fallsBackToDialbackWhenExternalFails() throws {
        var negotiator = try secured()
        _ = negotiator.received(try features(Self.external + Self.dialback))
        let failed = XMLElement("failure", Namespace.sasl) { XMLElement("not-authorized", Namespace.sasl) }
        #expect(text(negotiator.received(failed))?.hasPrefix("<db:result") == true)
    }

    @Test(arguments: [true, false]) func goesBothWaysOnlyIfTheCertificateProvesTheDomain(_ isProven: Bool) throws {
        var negotiator = try secured(authentication: .dialback, isProven: isProven)
        let actions = negotiator.received(try features(Self.external + Self.bidi))
        #expect(actions.contains(.send(Bidirectional.request)) == isProven)
    }

    @Test(arguments: [
        "<result xmlns='jabber:server:dialback' from='other.example' to='acme.example' type='valid'/>",
        "<result xmlns='jabber:server:dialback' from='partner.example' to='other.example' type='valid'/>",
        "<verify xmlns='jabber:server:dialback' from='partner.example' to='acme.example' id='s1' type='valid'/>",
        "<result xmlns='jabber:server:dialback' from='partner.example' to='acme.example'>key</result>",
    ])
    func believesOnlyTheAnswerToItsQuestion(_ answer: String) throws {
        var negotiator = try secured()
        _ = negotiator.received(try features(Self.dialback))
        #expect(failure(negotiator.received(try XMLElement(scripted: answer))) == .protocolViolation)
        #expect(!negotiator.isReady)
    }

    @Test(arguments: [("type='invalid'/>", OutgoingFailure.Kind.refused), ("type='error'/>", .refused)])
    func saysWhyItIsRefused(_ rest: String, _ kind: OutgoingFailure.Kind) throws {
        var negotiator = try secured()
        _ = negotiator.received(try features(Self.dialback))
        let answer = try XMLElement(
            scripted: "<result xmlns='jabber:server:dialback' from='partner.example' to='acme.example' \(rest)")
        #expect(failure(negotiator.received(answer)) == kind)
    }

    @Test func answersThatNobodyAskedForEndTheStream() throws {
        var negotiator = try secured()
        let answer = try XMLElement(
            scripted: "<result xmlns='jabber:server:dialback' from='partner.example' to='acme.example' type='valid'/>")
        #expect(failure(negotiator.received(answer)) == .protocolViolation)
    }

    @Test(arguments: [("x", OutgoingFailure.Kind.protocolViolation), ("s9", nil)])
    func asksAboutAKey(_ id: String, _ kind: OutgoingFailure.Kind?) throws {
        var negotiator = try secured(.verify(key: "k", streamID: "s9"), isProven: false)
        #expect(
            text(negotiator.received(try features("")))
                == "<db:verify from='acme.example' to='partner.example' id='s9'>k</db:verify>")
        let answer = negotiator.received(
            try XMLElement(
                scripted:
                    "<verify xmlns='jabber:server:dialback' from='partner.example' to='acme.example' id='\(id)' type='valid'/>"
            ))
        #expect(failure(answer) == kind)
        #expect(answer.contains(.verified(.valid)) == (kind == nil))
    }

    @Test(arguments: [("other.example", "s1"), ("partner.example", nil), ("partner.example", "a b")])
    func dialsOnlyWithAStreamOfTheDomain(_ from: String, _ id: String?) throws {
        var negotiator = try negotiator(authentication: .dialback)
        _ = negotiator.connected(isDirectTLS: true)
        _ = negotiator.secured()
        _ = negotiator.certificateChecked(.unproven, reason: "")
        let opened = negotiator.opened(header(from: from, id: id))
        let result = opened.isEmpty ? negotiator.received(try features(Self.dialback)) : opened
        #expect(failure(result) == .protocolViolation)
    }

    // MARK: Contradictions

    @Test(arguments: [OutgoingNegotiator.Goal.send, .verify(key: "k", streamID: "s")])
    func dialbackIsNoWayAroundAContradiction(_ goal: OutgoingNegotiator.Goal) throws {
        for (outcome, kind) in [
            (PeerCertificateCheck.Outcome.contradicted, OutgoingFailure.Kind.certificate), (.undecided, .connection),
        ] {
            var negotiator = try negotiator(goal, authentication: .dialback)
            _ = negotiator.connected(isDirectTLS: true)
            _ = negotiator.secured()
            let actions = negotiator.certificateChecked(outcome, reason: "other")
            #expect(failure(actions) == kind)
        }
    }

    @Test(arguments: [
        ("remote-server-timeout", "wait", OutgoingFailure.Kind.connection),
        ("resource-constraint", "wait", .connection), ("internal-server-error", "cancel", .connection),
        ("item-not-found", "cancel", .refused), ("not-authorized", "auth", .refused),
    ])
    func waitsWhereTheOtherServerMayThinkOtherwise(
        _ condition: String, _ type: String, _ kind: OutgoingFailure.Kind
    ) throws {
        var negotiator = try secured(authentication: .dialback, isProven: false)
        _ = negotiator.received(try features(Self.dialback))
        let answer = try XMLElement(
            scripted: """
                <result xmlns='jabber:server:dialback' from='partner.example' to='acme.example' type='error'>\
                <error xmlns='jabber:client' type='\(type)'>\
                <\(condition) xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error></result>
                """)
        #expect(failure(negotiator.received(answer)) == kind)
    }
}
