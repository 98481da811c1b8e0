//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

/// An error that answers a stanza (RFC 6120 §8.3).
package struct StanzaError: Error, Sendable, Equatable {
    /// What the sender can do about it (RFC 6120 §8.3.2).
    package enum Kind: String, Sendable, CaseIterable {
        /// Retry after giving credentials.
        case auth
        /// Do not retry.
        case cancel
        /// Go on: only a warning.
        case `continue`
        /// Retry with other data.
        case modify
        /// Retry after a while.
        case wait
    }

    /// The defined conditions (RFC 6120 §8.3.3).
    package enum Condition: String, Sendable, CaseIterable {
        /// The stanza is malformed or cannot be understood.
        case badRequest = "bad-request"
        /// There is something of that name already.
        case conflict = "conflict"
        /// The feature is not there.
        case featureNotImplemented = "feature-not-implemented"
        /// The sender lacks the right.
        case forbidden = "forbidden"
        /// The addressee is no longer there for good.
        case gone = "gone"
        /// A fault of the server's own.
        case internalServerError = "internal-server-error"
        /// The addressee or item does not exist.
        case itemNotFound = "item-not-found"
        /// An address is not a JID.
        case jidMalformed = "jid-malformed"
        /// The request does not meet what the recipient asks for.
        case notAcceptable = "not-acceptable"
        /// Nobody may do this.
        case notAllowed = "not-allowed"
        /// Credentials are needed first.
        case notAuthorized = "not-authorized"
        /// A local policy forbids it.
        case policyViolation = "policy-violation"
        /// The recipient cannot be reached for the moment.
        case recipientUnavailable = "recipient-unavailable"
        /// The addressee is somewhere else for the moment.
        case redirect = "redirect"
        /// One must register first.
        case registrationRequired = "registration-required"
        /// There is no such remote server.
        case remoteServerNotFound = "remote-server-not-found"
        /// The remote server did not answer in time.
        case remoteServerTimeout = "remote-server-timeout"
        /// The server or recipient is too busy or full.
        case resourceConstraint = "resource-constraint"
        /// The service is not provided, or one may not know.
        case serviceUnavailable = "service-unavailable"
        /// One must be subscribed first.
        case subscriptionRequired = "subscription-required"
        /// None of the others; the application condition says more.
        case undefinedCondition = "undefined-condition"
        /// The request was not expected at this time.
        case unexpectedRequest = "unexpected-request"

        /// The kind that RFC 6120 §8.3.3 gives for it.
        package var kind: Kind {
            switch self {
            case .forbidden, .notAuthorized, .registrationRequired, .subscriptionRequired:
                .auth
            case .conflict, .featureNotImplemented, .gone, .internalServerError, .itemNotFound, .notAllowed,
                .remoteServerNotFound, .serviceUnavailable, .undefinedCondition:
                .cancel
            case .badRequest, .jidMalformed, .notAcceptable, .policyViolation, .redirect:
                .modify
            case .recipientUnavailable, .remoteServerTimeout, .resourceConstraint, .unexpectedRequest:
                .wait
            }
        }
    }

    package var kind: Kind
    package var condition: Condition
    /// For people; never holds what another person wrote.
    package var text: String?
    /// Of the text; nil says nothing about it.
    package var language: String?
    /// A more precise condition in a namespace of its own.
    package var application: XMLElement?

    package init(
        _ condition: Condition, kind: Kind? = nil, text: String? = nil, language: String? = "en",
        application: XMLElement? = nil
    ) {
        self.condition = condition
        self.kind = kind ?? condition.kind
        self.text = text
        self.language = language
        self.application = application
    }

    package var element: XMLElement {
        XMLElement("error", Namespace.client, ["type": kind.rawValue]) {
            XMLElement(condition.rawValue, Namespace.stanzaErrors)
            if let text { XMLElement("text", Namespace.stanzaErrors, ["xml:lang": language], text: text) }
            application
        }
    }

    /// Reads an `<error/>`; an unknown condition is taken as `undefined-condition` (RFC 6120 §8.3.3.21), an unknown
    /// kind as the condition's own.
    package init?(_ element: XMLElement) {
        guard element.isNamed("error", Namespace.client) else { return nil }
        let conditions = element.children.lazy.filter { $0.namespace == Namespace.stanzaErrors && $0.name != "text" }
        condition = conditions.compactMap { Condition(rawValue: $0.name) }.first ?? .undefinedCondition
        kind = element["type"].flatMap { Kind(rawValue: $0) } ?? condition.kind
        let words = element.child("text", Namespace.stanzaErrors)
        text = words?.text
        language = words?.language ?? "en"
        application = element.children.first { $0.namespace != Namespace.stanzaErrors }
    }
}
