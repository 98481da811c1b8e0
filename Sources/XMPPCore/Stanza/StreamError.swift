//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

/// An error that ends a stream (RFC 6120 §4.9).
package struct StreamError: Error, Sendable, Equatable {
    /// The defined conditions (RFC 6120 §4.9.3).
    package enum Condition: String, Sendable, CaseIterable {
        /// The XML cannot be processed.
        case badFormat = "bad-format"
        /// A prefix is unsupported or missing.
        case badNamespacePrefix = "bad-namespace-prefix"
        /// The stream gives way to another, or its id is taken.
        case conflict = "conflict"
        /// Nothing came for too long.
        case connectionTimeout = "connection-timeout"
        /// The host is no longer served here.
        case hostGone = "host-gone"
        /// The host is not served here.
        case hostUnknown = "host-unknown"
        /// A stanza between servers lacks an address.
        case improperAddressing = "improper-addressing"
        /// A fault of the server's own.
        case internalServerError = "internal-server-error"
        /// The `from` address is not one the peer may use.
        case invalidFrom = "invalid-from"
        /// The stream or content namespace is wrong.
        case invalidNamespace = "invalid-namespace"
        /// The XML is invalid.
        case invalidXml = "invalid-xml"
        /// A stanza before log-in.
        case notAuthorized = "not-authorized"
        /// The XML is not well-formed.
        case notWellFormed = "not-well-formed"
        /// A local policy or limit.
        case policyViolation = "policy-violation"
        /// A connection that this one depends on failed.
        case remoteConnectionFailed = "remote-connection-failed"
        /// The stream must be opened anew.
        case reset = "reset"
        /// The server is too busy or full.
        case resourceConstraint = "resource-constraint"
        /// Comments, processing instructions, DTDs or entities (RFC 6120 §11.1).
        case restrictedXml = "restricted-xml"
        /// Try another host.
        case seeOtherHost = "see-other-host"
        /// The server is being shut down.
        case systemShutdown = "system-shutdown"
        /// None of the others.
        case undefinedCondition = "undefined-condition"
        /// Not UTF-8.
        case unsupportedEncoding = "unsupported-encoding"
        /// A mandatory feature is not understood.
        case unsupportedFeature = "unsupported-feature"
        /// The element is none of the stanzas known here.
        case unsupportedStanzaType = "unsupported-stanza-type"
        /// The version of XMPP is not supported.
        case unsupportedVersion = "unsupported-version"
    }

    package var condition: Condition
    /// For people.
    package var text: String?
    /// A more precise condition in a namespace of its own.
    package var application: XMLElement?

    package init(_ condition: Condition, text: String? = nil, application: XMLElement? = nil) {
        self.condition = condition
        self.text = text
        self.application = application
    }

    package var element: XMLElement {
        XMLElement("error", Namespace.streams) {
            XMLElement(condition.rawValue, Namespace.streamErrors)
            if let text { XMLElement("text", Namespace.streamErrors, ["xml:lang": "en"], text: text) }
            application
        }
    }

    /// Reads a `<stream:error/>`; an unknown condition is taken as `undefined-condition`.
    package init?(_ element: XMLElement) {
        guard element.isNamed("error", Namespace.streams) else { return nil }
        condition =
            element.children.lazy.filter { $0.namespace == Namespace.streamErrors }
            .compactMap { Condition(rawValue: $0.name) }.first ?? .undefinedCondition
        text = element.child("text", Namespace.streamErrors)?.text
        application = element.children.first { $0.namespace != Namespace.streamErrors }
    }
}
