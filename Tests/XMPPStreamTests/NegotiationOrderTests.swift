//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

import Testing
import XMPPCore
import XMPPTLS

@testable import XMPPStream

/// Every state of the negotiation against every event.
@Suite struct NegotiationOrderTests {
    enum State: String, CaseIterable {
        case opening, open, securing, authenticating, authenticated, authenticatedOpen, binding, bound
    }

    enum Event: String, CaseIterable {
        case header, starttls, auth, response, abort, bind, request, message, presence, unknown
    }

    /// What follows, where it isn't the same for all states.
    static let table: [State: [Event: [String]]] = [
        .opening: [
            .header: [
                "header from acme.example",
                "features starttls SCRAM-SHA-256,SCRAM-SHA-1,PLAIN own(acme.example - false)",
            ],
            .starttls: ["failure", "error policy-violation"],
            .auth: ["error not-authorized"], .response: ["error not-authorized"], .abort: ["error not-authorized"],
        ],
        .open: [
            .header: ["error invalid-xml"],
            .starttls: ["proceed", "start TLS"],
            .auth: ["verify alice@acme.example secret"],
            .response: ["error not-authorized"], .abort: ["error not-authorized"],
            .bind: ["error not-authorized"], .request: ["error not-authorized"],
            .message: ["error not-authorized"], .presence: ["error not-authorized"],
            .unknown: ["error unsupported-stanza-type"],
        ],
        .securing: [
            .header: ["error invalid-xml"],
            .starttls: ["failure", "error policy-violation"],
            .auth: ["error not-authorized"], .response: ["error not-authorized"], .abort: ["error not-authorized"],
        ],
        .authenticating: [
            .header: ["error invalid-xml"],
            .starttls: ["failure", "error policy-violation"],
            .auth: ["error not-authorized"],
            .response: ["failed malformed-request", "failure malformed-request"],
            .abort: ["failed aborted", "failure aborted"],
            .bind: ["error not-authorized"], .request: ["error not-authorized"],
            .message: ["error not-authorized"], .presence: ["error not-authorized"],
            .unknown: ["error not-authorized"],
        ],
        .authenticated: [
            .header: ["header from acme.example", "features bind own(acme.example in false)"],
            .starttls: ["failure", "error policy-violation"],
            .auth: ["error not-authorized"], .response: ["error not-authorized"], .abort: ["error not-authorized"],
        ],
        .authenticatedOpen: [
            .header: ["error invalid-xml"],
            .starttls: ["failure", "error policy-violation"],
            .auth: ["error policy-violation"],
            .response: ["error not-authorized"], .abort: ["error not-authorized"],
            .bind: ["bind alice@acme.example desk 1"],
            .request: ["error not-authorized"], .message: ["error not-authorized"],
            .presence: ["error not-authorized"],
            .unknown: ["error unsupported-stanza-type"],
        ],
        .binding: [
            .header: ["error invalid-xml"],
            .starttls: ["failure", "error policy-violation"],
            .auth: ["error not-authorized"], .response: ["error not-authorized"], .abort: ["error not-authorized"],
        ],
        .bound: [
            .header: ["error invalid-xml"],
            .starttls: ["failure", "error policy-violation"],
            .auth: ["error not-authorized"], .response: ["error not-authorized"], .abort: ["error not-authorized"],
        ],
    ]

    @Test(arguments: State.allCases, Event.allCases)
    func followsTheTable(_ state: State, _ event: Event) throws {
        var negotiation = Self.negotiation(in: state)
        let expected = Self.table[state]?[event] ?? ["error policy-violation"]
        #expect(Self.happens(event, to: &negotiation) == expected)
    }

    static func negotiation(in state: State) -> Negotiation {
        var negotiation = Negotiation()
        switch state {
        case .opening: break
        case .open: _ = negotiation.header()
        case .securing:
            _ = negotiation.header()
            _ = negotiation.receive(XMLElement("starttls", Namespace.tls))
        case .authenticating:
            _ = negotiation.header()
            _ = negotiation.receive(Negotiation.plain)
        case .authenticated:
            _ = negotiation.header()
            _ = negotiation.receive(Negotiation.plain)
            _ = negotiation.negotiator.supply(isPasswordRight: true)
        case .authenticatedOpen: negotiation.logIn()
        case .binding:
            negotiation.logIn()
            _ = negotiation.receive(Negotiation.bind())
        case .bound:
            negotiation.logIn()
            _ = negotiation.receive(Negotiation.bind())
            negotiation.negotiator.bindingFinished(isBound: true)
        }
        return negotiation
    }

    static func happens(_ event: Event, to negotiation: inout Negotiation) -> [String] {
        switch event {
        case .header: negotiation.header()
        case .starttls: negotiation.receive(XMLElement("starttls", Namespace.tls))
        case .auth: negotiation.receive(Negotiation.plain)
        case .response: negotiation.receive(XMLElement("response", Namespace.sasl, text: "YQ=="))
        case .abort: negotiation.receive(XMLElement("abort", Namespace.sasl))
        case .bind: negotiation.receive(Negotiation.bind())
        case .request:
            negotiation.receive(Negotiation.iq(XMLElement("query", Namespace.roster), type: "get"))
        case .message: negotiation.receive(XMLElement("message", Namespace.client))
        case .presence: negotiation.receive(XMLElement("presence", Namespace.client))
        case .unknown: negotiation.receive(XMLElement("enable", "urn:xmpp:sm:3"))
        }
    }
}
