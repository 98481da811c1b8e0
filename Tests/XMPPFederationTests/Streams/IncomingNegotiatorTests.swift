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

@Suite struct IncomingNegotiatorTests {
    static let remote = "partner.example"
    static let pair = DomainPair(local: "acme.example", remote: remote)
    static let keys = DialbackKeys()

    /// A stream to `acme.example` that is as far as is said.
    private func negotiator(
        _ authentication: FederationRule.Authentication = .dialback, isSecure: Bool = true, isProven: Bool = false,
        from: String? = remote
    ) -> IncomingNegotiator {
        var negotiator = IncomingNegotiator(
            IncomingNegotiator.Policy(
                isLocal: { ["acme.example", "care.acme.example"].contains($0) },
                rule: { FederationRule(isAllowed: $0 != "evil.example", authentication: authentication) },
                keys: Self.keys, limits: StreamLimits(maximumBytes: 1000, idleSeconds: nil), makeID: { "id-1" }),
            isDirectTLS: isSecure)
        let actions = negotiator.opened(header(from: from))
        if isSecure, let from, let jid = try? JID(from), actions.contains(.checkCertificate(jid)) {
            _ = negotiator.certificateChecked(jid, isProven ? .proven : .unproven)
        }
        return negotiator
    }

    private func header(
        to: String? = "acme.example", from: String? = remote, namespace: String = "jabber:server",
        version: String? = "1.0"
    ) -> StreamHeader {
        StreamHeader(contentNamespace: namespace, to: to, from: from, version: version)
    }

    private func element(_ text: String) throws -> XMLElement { try XMLElement(scripted: text) }

    private func failure(_ actions: [IncomingNegotiator.Action]) -> StreamError.Condition? {
        for case .fail(let error) in actions { return error.condition }
        return nil
    }

    private func texts(_ actions: [IncomingNegotiator.Action]) -> [String] {
        actions.compactMap { if case .sendText(let text) = $0 { text } else { nil } }
    }

    private func sent(_ actions: [IncomingNegotiator.Action]) -> [XMLElement] {
        actions.compactMap { if case .send(let element) = $0 { element } else { nil } }
    }

    // MARK: Headers

    @Test(arguments: [
        ("", "partner.example", "jabber:server", "1.0", StreamError.Condition.hostUnknown),
        ("other.example", "partner.example", "jabber:server", "1.0", .hostUnknown),
        ("user@acme.example", "partner.example", "jabber:server", "1.0", .hostUnknown),
        ("acme.example", "partner.example", "jabber:client", "1.0", .invalidNamespace),
        ("acme.example", "partner.example", "jabber:server", "0.9", .unsupportedVersion),
        ("acme.example", "acme.example", "jabber:server", "1.0", .invalidFrom),
        ("acme.example", "ACME.example", "jabber:server", "1.0", .invalidFrom),
        ("acme.example", "user@partner.example", "jabber:server", "1.0", .improperAddressing),
        ("acme.example", "evil.example", "jabber:server", "1.0", .policyViolation),
    ])
    func refusesHeaders(
        _ to: String, _ from: String, _ namespace: String, _ version: String, _ condition: StreamError.Condition
    ) {
        var negotiator = IncomingNegotiator(
            IncomingNegotiator.Policy(
                isLocal: { $0 == "acme.example" }, rule: { FederationRule(isAllowed: $0 != "evil.example") },
                keys: Self.keys, limits: StreamLimits(maximumBytes: nil, idleSeconds: nil), makeID: { "id" }),
            isDirectTLS: true)
        let actions = negotiator.opened(header(to: to, from: from, namespace: namespace, version: version))
        #expect(failure(actions) == condition)
        guard case .sendHeader = actions.first else {
            Issue.record("an error comes inside a stream")
            return
        }
    }

    @Test func offersNothingButTLSInTheClear() throws {
        var negotiator = IncomingNegotiator(
            IncomingNegotiator.Policy(
                isLocal: { $0 == "acme.example" }, rule: { _ in FederationRule(authentication: .dialback) },
                keys: Self.keys, limits: StreamLimits(maximumBytes: 1000, idleSeconds: 60), makeID: { "id" }),
            isDirectTLS: false)
        let features = try #require(sent(negotiator.opened(header())).first)
        #expect(features.child("starttls", Namespace.tls)?.child("required", Namespace.tls) != nil)
        #expect(features.child("mechanisms", Namespace.sasl) == nil)
        #expect(features.child("dialback", Dialback.featureNamespace) == nil)
        let limits = try #require(features.child("limits", StreamLimits.namespace))
        #expect(try StreamLimits(limits) == StreamLimits(maximumBytes: 1000, idleSeconds: 60))
        let dialback = negotiator.received(
            try element("<result xmlns='jabber:server:dialback' from='partner.example' to='acme.example'>k</result>"))
        #expect(texts(dialback).first?.contains("policy-violation") == true)
        let sasl = negotiator.received(
            try element("<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='EXTERNAL'>=</auth>"))
        #expect(failure(sasl) == .policyViolation)
    }

    // MARK: EXTERNAL

    @Test(arguments: [true, false]) func offersExternalOnlyWhereItWouldSucceed(_ isProven: Bool) throws {
        var negotiator = IncomingNegotiator(
            IncomingNegotiator.Policy(
                isLocal: { $0 == "acme.example" }, rule: { _ in FederationRule() }, keys: Self.keys,
                limits: StreamLimits(maximumBytes: nil, idleSeconds: nil), makeID: { "id" }), isDirectTLS: true)
        #expect(sent(negotiator.opened(header())).isEmpty)
        let features = try #require(
            sent(negotiator.certificateChecked(try JID(Self.remote), isProven ? .proven : .unproven)).first)
        #expect((features.child("mechanisms", Namespace.sasl) != nil) == isProven)
        #expect((features.child("dialback", Dialback.featureNamespace) != nil) == isProven)
        let answer = negotiator.received(
            try element("<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='EXTERNAL'>=</auth>"))
        #expect(answer.contains(.authorized(Self.pair, by: "EXTERNAL")) == isProven)
        #expect(negotiator.proven.contains(Self.pair) == isProven)
    }

    @Test(arguments: [
        ("EXTERNAL", "", true), ("EXTERNAL", "=", true), ("EXTERNAL", "cGFydG5lci5leGFtcGxl", true),
        // other.example, user@partner.example, no base64
        ("EXTERNAL", "b3RoZXIuZXhhbXBsZQ==", false), ("EXTERNAL", "dXNlckBwYXJ0bmVyLmV4YW1wbGU=", false),
        ("EXTERNAL", "%%%", false), ("PLAIN", "=", false),
    ])
    func takesTheDomainOfTheHeaderOnly(_ mechanism: String, _ identity: String, _ succeeds: Bool) throws {
        var negotiator = negotiator(.certificate, isProven: true)
        let answer = negotiator.received(
            try element("<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='\(mechanism)'>\(identity)</auth>"))
        #expect(sent(answer).first?.name == (succeeds ? "success" : "failure"))
        #expect(negotiator.proven.isEmpty != succeeds)
    }

    @Test func endsAfterThreeFailures() throws {
        var negotiator = negotiator(.certificate)
        let auth = try element("<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='EXTERNAL'>=</auth>")
        #expect(failure(negotiator.received(auth)) == nil)
        #expect(failure(negotiator.received(auth)) == nil)
        #expect(failure(negotiator.received(auth)) == .policyViolation)
    }

    @Test(arguments: [
        ("acme.example", "other.example", StreamError.Condition.invalidFrom),
        ("care.acme.example", "partner.example", .hostUnknown),
    ])
    func keepsWhatWasProvenOverTheRestart(_ to: String, _ from: String, _ condition: StreamError.Condition) throws {
        var negotiator = negotiator(.certificate, isProven: true)
        _ = negotiator.received(
            try element("<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='EXTERNAL'>=</auth>"))
        #expect(failure(negotiator.opened(header(to: to, from: from))) == condition)
    }

    @Test func keepsItsDomainWithoutAFromToo() throws {
        var negotiator = negotiator(.certificate, isProven: true)
        _ = negotiator.received(
            try element("<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='EXTERNAL'>=</auth>"))
        #expect(failure(negotiator.opened(header(to: "care.acme.example", from: nil))) == .hostUnknown)
    }

    // MARK: Dialback

    @Test func asksTheDomainAboutItsKey() throws {
        var negotiator = negotiator()
        let asked = negotiator.received(
            try element("<result xmlns='jabber:server:dialback' from='partner.example' to='acme.example'>key</result>"))
        let domain = try JID(Self.remote)
        #expect(asked == [.checkCertificate(domain)])
        let request = DialbackRequest(
            from: domain, to: try JID("acme.example"), key: "key", streamID: "id-1", isBeingVerified: true)
        let called = negotiator.certificateChecked(domain, .unproven)
        #expect(called == [.verify(request)])
        #expect(negotiator.proven.isEmpty)
        let answer = negotiator.verified(request, .valid)
        #expect(texts(answer) == ["<db:result from='acme.example' to='partner.example' type='valid'/>"])
        #expect(answer.contains(.authorized(Self.pair, by: "dialback")))
        // A second answer to the same question counts for nothing.
        let second = negotiator.verified(request, .valid)
        #expect(second.isEmpty)
    }

    @Test func believesACertificateWithoutACall() throws {
        var negotiator = negotiator(.certificate, isProven: true)
        _ = negotiator.received(
            try element(
                "<result xmlns='jabber:server:dialback' from='partner.example' to='care.acme.example'>k</result>"))
        let answer = negotiator.certificateChecked(try JID(Self.remote), .proven)
        #expect(
            answer.contains(.authorized(DomainPair(local: "care.acme.example", remote: Self.remote), by: "certificate"))
        )
    }

    @Test func callsNobodyWhereACertificateIsRequired() throws {
        var negotiator = negotiator(.certificate)
        _ = negotiator.received(
            try element("<result xmlns='jabber:server:dialback' from='partner.example' to='acme.example'>k</result>"))
        let answer = negotiator.certificateChecked(try JID(Self.remote), .unproven)
        #expect(texts(answer).first?.contains("not-authorized") == true)
        #expect(negotiator.proven.isEmpty)
    }

    @Test(arguments: [Dialback.Content.invalid, .error(StanzaError(.remoteServerTimeout))])
    func provesNothingByOtherAnswers(_ content: Dialback.Content) throws {
        var negotiator = negotiator()
        _ = negotiator.received(
            try element("<result xmlns='jabber:server:dialback' from='partner.example' to='acme.example'>key</result>"))
        let domain = try JID(Self.remote)
        guard case .verify(let request)? = negotiator.certificateChecked(domain, .unproven).first else {
            Issue.record("nobody is asked")
            return
        }
        let answer = negotiator.verified(request, content)
        #expect(texts(answer).count == 1)
        #expect(!answer.contains(.authorized(Self.pair, by: "dialback")))
        #expect(negotiator.proven.isEmpty)
    }

    /// XEP-0220 §3: answers that nobody has asked for, in the wrong direction, on the wrong stream.
    @Test(arguments: [
        "<result xmlns='jabber:server:dialback' from='partner.example' to='acme.example' type='valid'/>",
        "<verify xmlns='jabber:server:dialback' from='partner.example' to='acme.example' id='x' type='valid'/>",
        "<result xmlns='jabber:server:dialback' from='partner.example' to='acme.example' type='invalid'/>",
        "<verify xmlns='jabber:server:dialback' from='partner.example' to='acme.example' id='id-1' type='valid'/>",
    ])
    func endsTheStreamOnUnsolicitedAnswers(_ text: String) throws {
        var negotiator = negotiator()
        _ = negotiator.received(
            try element("<result xmlns='jabber:server:dialback' from='partner.example' to='acme.example'>key</result>"))
        #expect(failure(negotiator.received(try element(text))) == .policyViolation)
        #expect(negotiator.proven.isEmpty)
    }

    @Test(arguments: [
        ("partner.example", "other.example", "item-not-found"), ("evil.example", "acme.example", "not-acceptable"),
        ("acme.example", "acme.example", "not-acceptable"), ("care.acme.example", "acme.example", "not-acceptable"),
    ])
    func refusesPairs(_ from: String, _ to: String, _ condition: String) throws {
        var negotiator = negotiator()
        let answer = negotiator.received(
            try element("<result xmlns='jabber:server:dialback' from='\(from)' to='\(to)'>key</result>"))
        #expect(texts(answer).first?.contains(condition) == true)
        #expect(negotiator.proven.isEmpty)
    }

    @Test func answersForItsOwnKeys() throws {
        var negotiator = negotiator(from: nil)
        let key = Self.keys.key(receiving: "partner.example", originating: "acme.example", streamID: "s1")
        func ask(_ key: String, _ id: String, to: String = "acme.example") throws -> String? {
            texts(
                negotiator.received(
                    try element(
                        "<verify xmlns='jabber:server:dialback' from='partner.example' to='\(to)' id='\(id)'>\(key)</verify>"
                    ))
            ).first
        }
        #expect(try ask(key, "s1") == "<db:verify from='acme.example' to='partner.example' id='s1' type='valid'/>")
        #expect(try ask(key, "s2") == "<db:verify from='acme.example' to='partner.example' id='s2' type='invalid'/>")
        #expect(try ask("", "s1")?.contains("invalid") == true)
        #expect(try ask(key, "s1", to: "other.example")?.contains("item-not-found") == true)
    }

    private func result(_ from: String, to: String = "acme.example") throws -> XMLElement {
        try element("<result xmlns='jabber:server:dialback' from='\(from)' to='\(to)'>k</result>")
    }

    @Test(arguments: [
        (PeerCertificateCheck.Outcome.contradicted, "not-authorized"), (.undecided, "remote-server-timeout"),
    ])
    func callsNobodyWhoseCertificateIsAnothers(_ outcome: PeerCertificateCheck.Outcome, _ condition: String) throws {
        var negotiator = negotiator(.dialback)
        _ = negotiator.received(try result(Self.remote))
        let answer = negotiator.certificateChecked(try JID(Self.remote), outcome)
        #expect(texts(answer).count == 1)
        #expect(texts(answer).first?.contains(condition) == true)
        #expect(!answer.contains { if case .verify = $0 { true } else { false } })
        #expect(negotiator.proven.isEmpty)
    }

    @Test func strangersAskOneThingAtATime() throws {
        var negotiator = negotiator()
        #expect(negotiator.received(try result("p1.example")) == [.checkCertificate(try JID("p1.example"))])
        let second = negotiator.received(try result("p2.example"))
        #expect(texts(second).first?.contains("resource-constraint") == true)
        #expect(second.count == 1)
    }

    @Test func strangersAreRefusedEightTimes() throws {
        var negotiator = negotiator(.certificate)
        for number in 1...IncomingNegotiator.maximumRefusals.stranger {
            #expect(negotiator.received(try result("p.example")) == [.checkCertificate(try JID("p.example"))])
            let answer = negotiator.certificateChecked(try JID("p.example"), .unproven)
            let isLast = number == IncomingNegotiator.maximumRefusals.stranger
            #expect(failure(answer) == (isLast ? .policyViolation : nil))
        }
        var other = self.negotiator()
        for number in 1...IncomingNegotiator.maximumRefusals.stranger {
            let answer = other.received(try result("p.example", to: "other.example"))
            let isLast = number == IncomingNegotiator.maximumRefusals.stranger
            #expect(failure(answer) == (isLast ? .policyViolation : nil))
        }
    }

    @Test func boundsWhatIsPending() throws {
        var negotiator = negotiator(isProven: true)
        _ = negotiator.received(try result(Self.remote, to: "care.acme.example"))
        _ = negotiator.certificateChecked(try JID(Self.remote), .proven)
        for number in 0..<16 {
            _ = negotiator.received(
                try element(
                    "<result xmlns='jabber:server:dialback' from='p\(number).example' to='acme.example'>k</result>"))
        }
        let answer = negotiator.received(
            try element("<result xmlns='jabber:server:dialback' from='p99.example' to='acme.example'>k</result>"))
        #expect(texts(answer).first?.contains("resource-constraint") == true)
    }
}
