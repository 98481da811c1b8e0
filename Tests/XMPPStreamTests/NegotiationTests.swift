//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

import Testing
import XMPPCore
import XMPPSASL
import XMPPTLS
import XMPPXML

@testable import XMPPStream

@Suite struct NegotiationTests {
    // MARK: The header

    @Test(arguments: [
        (StreamHeader(to: "other.example"), "error host-unknown"),
        (StreamHeader(to: nil), "error host-unknown"),
        (StreamHeader(to: "alice@acme.example"), "error host-unknown"),
        (StreamHeader(to: "not a domain"), "error host-unknown"),
        (StreamHeader(to: "acme.example", version: nil), "error unsupported-version"),
        (StreamHeader(to: "acme.example", version: "0.9"), "error unsupported-version"),
        (StreamHeader(to: "acme.example", version: "x"), "error unsupported-version"),
        (StreamHeader(contentNamespace: "jabber:server", to: "acme.example"), "error invalid-namespace"),
        (StreamHeader(contentNamespace: "", to: "acme.example"), "error invalid-namespace"),
    ])
    func refusesHeader(_ header: StreamHeader, _ expected: String) {
        var negotiation = Negotiation()
        let words = negotiation.header(header)
        #expect(words.count == 2)
        #expect(words.first?.hasPrefix("header") == true)
        #expect(words.last == expected)
    }

    @Test func takesHostInAnyCaseAndLaterVersions() {
        var negotiation = Negotiation()
        #expect(
            negotiation.header(StreamHeader(to: "ACME.Example", version: "1.9")).first == "header from acme.example")
        #expect(negotiation.negotiator.hostName == "acme.example")
        var later = Negotiation()
        #expect(later.header(StreamHeader(to: "acme.example", version: "2.0")).count == 2)
    }

    @Test func answersHeaderWithItsOwnIDAndTheClientsAddress() throws {
        var negotiation = Negotiation()
        let actions = negotiation.negotiator.opened(
            StreamHeader(to: "acme.example", from: "x@y"), features: ResponderNegotiator.OwnFeatures { _, _, _ in [] })
        guard case .sendHeader(let header)? = actions.first else {
            Issue.record("no header")
            return
        }
        #expect(header.id == "stream-1")
        #expect(header.to == "x@y")
        #expect(header.version == "1.0")
    }

    /// CVE-2018-10847: what was proven for one host is no good for another.
    @Test func refusesAnotherHostAfterRestart() {
        var afterLogIn = Negotiation()
        _ = afterLogIn.header("acme.example")
        _ = afterLogIn.receive(Negotiation.plain)
        _ = afterLogIn.negotiator.supply(isPasswordRight: true)
        #expect(afterLogIn.header("home.example").last == "error host-unknown")

        var afterTLS = Negotiation(requiresTLS: true)
        _ = afterTLS.header("acme.example")
        _ = afterTLS.receive(XMLElement("starttls", Namespace.tls))
        afterTLS.secure()
        #expect(afterTLS.header("home.example").last == "error host-unknown")
        #expect(afterTLS.negotiator.hostName == "acme.example")
    }

    // MARK: TLS

    @Test func offersNothingButTLSWhereItIsRequired() {
        var negotiation = Negotiation(requiresTLS: true)
        #expect(negotiation.header().last == "features starttls! own(acme.example - false)")
        #expect(
            negotiation.receive(Negotiation.plain) == ["failed encryption-required", "failure encryption-required"])
        #expect(negotiation.receive(XMLElement("starttls", Namespace.tls)) == ["proceed", "start TLS"])
        negotiation.secure([.tlsExporter: [1], .tlsServerEndPoint: [2]])
        #expect(
            negotiation.header().last
                == "features SCRAM-SHA-256-PLUS,SCRAM-SHA-1-PLUS,SCRAM-SHA-256,SCRAM-SHA-1,PLAIN "
                + "tls-exporter+tls-server-end-point own(acme.example - true)")
    }

    @Test func offersNoTLSInsideOfTLS() {
        var negotiation = Negotiation(isDirectTLS: true, requiresTLS: true)
        negotiation.secure([.tlsServerEndPoint: [2]])
        #expect(
            negotiation.header().last
                == "features SCRAM-SHA-256-PLUS,SCRAM-SHA-1-PLUS,SCRAM-SHA-256,SCRAM-SHA-1,PLAIN "
                + "tls-server-end-point own(acme.example - true)")
        #expect(
            negotiation.receive(XMLElement("starttls", Namespace.tls)) == ["failure", "error policy-violation"])
    }

    @Test func refusesOtherElementsOfTLS() {
        var negotiation = Negotiation(requiresTLS: true)
        _ = negotiation.header()
        #expect(negotiation.receive(XMLElement("proceed", Namespace.tls)) == ["failure", "error policy-violation"])
    }

    // MARK: SASL

    @Test func logsInByPassword() {
        var negotiation = Negotiation()
        _ = negotiation.header()
        #expect(negotiation.receive(Negotiation.plain) == ["verify alice@acme.example secret"])
        #expect(
            negotiation.negotiator.supply(isPasswordRight: true).map(Negotiation.words)
                == ["authenticated alice@acme.example by PLAIN", "success", "restart"])
    }

    @Test func logsInByProof() throws {
        var negotiation = Negotiation()
        _ = negotiation.header()
        var client = SASLClient(mechanism: .scramSHA256, username: "alice", password: "secret")
        let auth = XMLElement(
            "auth", Namespace.sasl, ["mechanism": "SCRAM-SHA-256"], text: Base64.encode(client.initialResponse()))
        #expect(negotiation.receive(auth) == ["look up alice@acme.example for SCRAM-SHA-256"])
        guard case .send(let challenge)? = negotiation.negotiator.supply(credentials: Negotiation.credentials).first,
            case .respond(let proof) = client.receive(challenge: try #require(Base64.decode(challenge.text)))
        else {
            Issue.record("no challenge")
            return
        }
        let response = XMLElement("response", Namespace.sasl, text: Base64.encode(proof))
        let actions = negotiation.negotiator.received(response)
        #expect(
            actions.map(Negotiation.words)
                == ["authenticated alice@acme.example by SCRAM-SHA-256", "success", "restart"])
        guard case .send(let success) = actions[1] else {
            Issue.record("no success")
            return
        }
        #expect(client.receive(success: Base64.decode(success.text)) == .authenticated)
    }

    @Test func asksForInitialResponseThatIsMissing() {
        var negotiation = Negotiation()
        _ = negotiation.header()
        let auth = XMLElement("auth", Namespace.sasl, ["mechanism": "PLAIN"])
        #expect(negotiation.receive(auth) == ["challenge"])
        let response = XMLElement("response", Namespace.sasl, text: Negotiation.plain.text)
        #expect(negotiation.receive(response) == ["verify alice@acme.example secret"])
    }

    @Test(
        arguments: [
            (nil, "YQ==", "invalid-mechanism"),
            ("SCRAM-SHA-512", "YQ==", "invalid-mechanism"),
            ("SCRAM-SHA-256-PLUS", "YQ==", "invalid-mechanism"),
            ("EXTERNAL", "YQ==", "invalid-mechanism"),
            ("PLAIN", "not base64!", "incorrect-encoding"),
            ("PLAIN", "YQ==", "malformed-request"),
            ("PLAIN", "=", "malformed-request"),
            ("SCRAM-SHA-256", "YQ==", "malformed-request"),
        ] as [(String?, String, String)])
    func refusesLogIn(_ mechanism: String?, _ text: String, _ condition: String) {
        var negotiation = Negotiation()
        _ = negotiation.header()
        let auth = XMLElement("auth", Namespace.sasl, ["mechanism": mechanism], text: text)
        #expect(negotiation.receive(auth) == ["failed \(condition)", "failure \(condition)"])
        // It may try again.
        #expect(negotiation.receive(Negotiation.plain) == ["verify alice@acme.example secret"])
    }

    @Test func offersOnlyConfiguredMechanisms() {
        var negotiation = Negotiation(mechanisms: ["SCRAM-SHA-256"])
        #expect(negotiation.header().last == "features starttls SCRAM-SHA-256 own(acme.example - false)")
        #expect(negotiation.receive(Negotiation.plain) == ["failed invalid-mechanism", "failure invalid-mechanism"])
        var careful = Negotiation(allowsPlain: false)
        #expect(careful.header().last?.contains("PLAIN") == false)
    }

    @Test func closesAfterTooManyAttempts() {
        var negotiation = Negotiation(attempts: 3)
        _ = negotiation.header()
        for attempt in 1...3 {
            #expect(negotiation.receive(Negotiation.plain).count == 1)
            let words = negotiation.negotiator.supply(isPasswordRight: false).map(Negotiation.words)
            let refused = ["failed not-authorized", "failure not-authorized"]
            #expect(words == (attempt < 3 ? refused : refused + ["error policy-violation"]))
        }
    }

    @Test func reportsLockedAccountsAndFailingStores() {
        var negotiation = Negotiation()
        _ = negotiation.header()
        _ = negotiation.receive(Negotiation.plain)
        #expect(
            negotiation.negotiator.failTemporarily().map(Negotiation.words)
                == ["failed temporary-auth-failure", "failure temporary-auth-failure"])
        _ = negotiation.receive(Negotiation.plain)
        #expect(
            negotiation.negotiator.refuse(SASLFailure(.accountDisabled)).map(Negotiation.words)
                == ["failed account-disabled", "failure account-disabled"])
    }

    @Test func ignoresAnswersThatNobodyAskedFor() {
        var negotiation = Negotiation()
        _ = negotiation.header()
        #expect(negotiation.negotiator.supply(isPasswordRight: true).isEmpty)
        #expect(negotiation.negotiator.supply(credentials: Negotiation.credentials).isEmpty)
        #expect(negotiation.negotiator.failTemporarily().isEmpty)
        #expect(negotiation.negotiator.refuse(SASLFailure(.accountDisabled)).isEmpty)
    }

    // MARK: Binding and registration

    @Test func bindsWithAndWithoutWish() {
        for wish in [nil, ""] {
            var negotiation = Negotiation()
            negotiation.logIn()
            #expect(negotiation.receive(Negotiation.bind(wish)) == ["bind alice@acme.example nothing 1"])
        }
    }

    @Test func bindsAgainOnlyAfterRefusal() {
        var negotiation = Negotiation()
        negotiation.logIn()
        _ = negotiation.receive(Negotiation.bind())
        negotiation.negotiator.bindingFinished(isBound: false)
        #expect(negotiation.receive(Negotiation.bind("other")) == ["bind alice@acme.example other 1"])
        negotiation.negotiator.bindingFinished(isBound: true)
        #expect(negotiation.receive(Negotiation.bind("third")) == ["error policy-violation"])
    }

    @Test func refusesBindingByGet() {
        var negotiation = Negotiation()
        negotiation.logIn()
        let get = Negotiation.iq(XMLElement("bind", Namespace.bind), type: "get")
        #expect(negotiation.receive(get) == ["error not-authorized"])
    }

    @Test func registersOnlyWhereAllowedAndBeforeLogIn() {
        let request = Negotiation.iq(XMLElement("query", "jabber:iq:register"), type: "get")
        var closed = Negotiation()
        _ = closed.header()
        #expect(closed.receive(request) == ["error not-authorized"])

        var open = Negotiation(registers: true)
        #expect(open.header().last?.contains(" register ") == true)
        #expect(open.receive(request) == ["register get at acme.example"])

        var insecure = Negotiation(requiresTLS: true, registers: true)
        #expect(insecure.header().last?.contains(" register ") == false)
        #expect(insecure.receive(request) == ["error not-authorized"])

        var loggedIn = Negotiation(registers: true)
        loggedIn.logIn()
        #expect(loggedIn.receive(request) == ["error not-authorized"])
    }
}
