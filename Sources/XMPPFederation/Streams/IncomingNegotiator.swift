//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

internal import XMPPCore
internal import XMPPPayloads
internal import XMPPTLS
internal import XMPPXML

/// The receiving side of a stream between servers (RFC 6120 §4, XEP-0178 §3, XEP-0220 §2.2), without input or output.
///
/// ```
/// opening ──header──► open ──starttls──► securing ──TLS──► opening
///    ▲                 │ ▲
///    │   EXTERNAL      │ └── dialback: one pair after the other
///    └─────────────────┘
/// ```
/// Under TLS a header is answered with features only when it is known whether the certificate proves its `from`
/// (`checking`): EXTERNAL is offered to nobody who would then fail.
struct IncomingNegotiator {
    enum Action: Equatable {
        case sendHeader(StreamHeader)
        case send(XMLElement)
        /// Text that is well-formed by construction.
        case sendText(String)
        case startTLS
        /// The next bytes are a new header.
        case restart
        /// To be answered with ``certificateChecked(_:_:)``.
        case checkCertificate(JID)
        /// To be answered with ``verified(_:_:)``.
        case verify(DialbackRequest)
        /// The stream is proven for a pair.
        case authorized(DomainPair, by: String)
        /// From now on stanzas of this pair may go the other way, too (XEP-0288).
        case opensBack(DomainPair)
        case fail(StreamError)
    }

    /// What holds on all streams.
    struct Policy: Sendable {
        let isLocal: @Sendable (String) -> Bool
        let rule: @Sendable (String) -> FederationRule
        let keys: DialbackKeys
        let limits: StreamLimits
        let makeID: @Sendable () -> String
    }

    private enum Phase: Equatable {
        case opening
        /// The header has been answered; its `from` is being checked.
        case checking(JID)
        case open
        case securing
    }

    /// Attempts at SASL on one stream (RFC 6120 §6.4.5).
    private static let attempts = 3
    /// Keys that one stream may ask about, over its life.
    private static let maximumVerifications = 1000
    /// Pairs that are being found out about at a time, once a pair has been proven. Before that it is one after the other:
    /// every question costs others something, and whoever asks is nobody yet.
    private static let maximumPending = 16
    /// Pairs that may be refused before the stream ends (XEP-0220 §2.2.1), without a proof and with one.
    static let maximumRefusals = (stranger: 8, known: 64)

    private let policy: Policy
    private var phase = Phase.opening
    private(set) var isSecure: Bool
    private(set) var streamID = ""
    /// Of the last header.
    private(set) var remote: JID?
    private(set) var local: JID?
    /// The domain that SASL has proven.
    private(set) var authenticated: JID?
    private(set) var proven = ProvenPairs()
    private var offersExternal = false
    private var isBidirectional = false
    /// The other side marks its messages, and knows ours again.
    private(set) var takesOnce = false
    private var failures = 0
    private var verifications = 0
    private var refusals = 0
    /// Requests of dialback that have not been answered: first the certificate is looked at, then the key.
    private var pending: [DomainPair: DialbackRequest] = [:]

    init(_ policy: Policy, isDirectTLS: Bool) {
        self.policy = policy
        isSecure = isDirectTLS
    }

    // MARK: Header

    mutating func opened(_ header: StreamHeader) -> [Action] {
        guard phase == .opening else { return [.fail(StreamError(.invalidXml))] }
        streamID = policy.makeID()
        let to = StreamHeader.domain(header.to)
        let from = StreamHeader.domain(header.from)
        let answer = StreamHeader(
            contentNamespace: Namespace.server, to: header.from, from: to?.description ?? header.to, id: streamID,
            language: "en")
        if let error = refusal(of: header, from: from, to: to) { return [.sendHeader(answer), .fail(error)] }
        local = to
        if let from { remote = from }
        guard isSecure, authenticated == nil, let from else {
            phase = .open
            return [.sendHeader(answer), .send(features)] + opensBack
        }
        phase = .checking(from)
        return [.sendHeader(answer), .checkCertificate(from)]
    }

    /// After SASL not before the stream has begun anew.
    private var opensBack: [Action] {
        isBidirectional ? proven.pairs.map { .opensBack($0) } : []
    }

    private func refusal(of header: StreamHeader, from: JID?, to: JID?) -> StreamError? {
        guard header.name == "stream", header.namespace == Namespace.streams,
            header.contentNamespace == Namespace.server
        else { return StreamError(.invalidNamespace) }
        // RFC 6120 §4.7.5: without a version there are no features, so no TLS.
        guard header.version?.split(separator: ".").first.flatMap({ Int($0) }) ?? 0 >= 1 else {
            return StreamError(.unsupportedVersion, text: "TLS is required, which comes with version 1.0.")
        }
        guard let to else { return StreamError(header.to == nil ? .improperAddressing : .hostUnknown) }
        guard policy.isLocal(to.domain) else { return StreamError(.hostUnknown) }
        // What TLS and SASL were negotiated for stays what it is.
        if authenticated != nil, local != to { return StreamError(.hostUnknown) }
        guard let from else { return header.from == nil ? nil : StreamError(.improperAddressing) }
        guard !policy.isLocal(from.domain) else { return StreamError(.invalidFrom) }
        guard policy.rule(from.domain).isAllowed else { return StreamError(.policyViolation) }
        if let authenticated, authenticated != from { return StreamError(.invalidFrom) }
        return nil
    }

    private var features: XMLElement {
        XMLElement("features", Namespace.streams) {
            if !isSecure {
                XMLElement("starttls", Namespace.tls) { XMLElement("required", Namespace.tls) }
            } else {
                if authenticated == nil, offersExternal {
                    XMLElement("mechanisms", Namespace.sasl) {
                        XMLElement("mechanism", Namespace.sasl, text: "EXTERNAL")
                    }
                }
                if allowsDialback { Dialback.feature }
                if authenticated == nil {
                    Bidirectional.feature
                    TakenOnce.feature
                }
                StreamManagement.feature
            }
            policy.limits.element
        }
    }

    private var allowsDialback: Bool {
        guard let remote else { return true }
        return offersExternal || policy.rule(remote.domain).authentication == .dialback
    }

    // MARK: What is found out elsewhere

    mutating func secured() {
        isSecure = true
        if phase == .securing { phase = .opening }
    }

    /// What the certificate says of a domain.
    mutating func certificateChecked(_ domain: JID, _ outcome: PeerCertificateCheck.Outcome) -> [Action] {
        var actions: [Action] = []
        if phase == .checking(domain) {
            offersExternal = outcome == .proven
            phase = .open
            actions.append(.send(features))
        }
        for (pair, request) in pending where pair.remote == domain.domain && !request.isBeingVerified {
            switch outcome {
            case .proven: actions += finish(pair, .valid, by: "certificate")
            case .unproven where policy.rule(domain.domain).authentication == .dialback:
                var asked = request
                asked.isBeingVerified = true
                pending[pair] = asked
                actions.append(.verify(asked))
            case .undecided:
                let text = "What DNS says of \(domain) cannot be had for now."
                actions += finish(pair, .error(StanzaError(.remoteServerTimeout, text: text)), by: "")
            case .unproven, .contradicted:
                let text = "A certificate that proves \(domain) is required."
                actions += finish(pair, .error(StanzaError(.notAuthorized, text: text)), by: "")
            }
        }
        return actions
    }

    /// What the authoritative server says of a key.
    mutating func verified(_ request: DialbackRequest, _ content: Dialback.Content) -> [Action] {
        guard let asked = pending[request.pair], asked.isBeingVerified, asked.key == request.key else { return [] }
        return finish(request.pair, content, by: "dialback")
    }

    private mutating func finish(_ pair: DomainPair, _ content: Dialback.Content, by proof: String) -> [Action] {
        guard let request = pending.removeValue(forKey: pair) else { return [] }
        var content = content
        if content == .valid, !proven.insert(pair) { content = .error(StanzaError(.resourceConstraint)) }
        let answer = Action.sendText(Dialback.Result(from: request.to, to: request.from, content).text)
        guard content == .valid else { return [answer] + countRefusal() }
        return [answer, .authorized(pair, by: proof)] + (isBidirectional ? [.opensBack(pair)] : [])
    }

    private mutating func countRefusal() -> [Action] {
        refusals += 1
        let limit = proven.isEmpty ? Self.maximumRefusals.stranger : Self.maximumRefusals.known
        guard refusals >= limit else { return [] }
        return [.fail(StreamError(.policyViolation, text: "Too many domains have been refused."))]
    }

    // MARK: Elements

    /// An element that is no stanza and nothing of XEP-0198.
    mutating func received(_ element: XMLElement) -> [Action] {
        guard phase == .open else { return [.fail(StreamError(.policyViolation))] }
        switch element.namespace {
        case Namespace.tls: return receivedTLS(element)
        case Namespace.sasl: return receivedSASL(element)
        case Dialback.namespace: return receivedDialback(element)
        case Bidirectional.namespace:
            // Too late to change anything once stanzas may come (XEP-0288 §2.2).
            if isSecure, proven.isEmpty { isBidirectional = true }
            return []
        case TakenOnce.namespace:
            if isSecure, proven.isEmpty { takesOnce = true }
            return []
        default: return [.fail(StreamError(.unsupportedStanzaType))]
        }
    }

    private mutating func receivedTLS(_ element: XMLElement) -> [Action] {
        guard element.name == "starttls", !isSecure else { return [.fail(StreamError(.unsupportedStanzaType))] }
        phase = .securing
        return [.send(XMLElement("proceed", Namespace.tls)), .startTLS]
    }

    private mutating func receivedSASL(_ element: XMLElement) -> [Action] {
        guard isSecure, authenticated == nil, let local, let remote else {
            return [.fail(StreamError(.policyViolation))]
        }
        guard element.name == "auth" else {
            return element.name == "abort" ? fail("aborted") : [.fail(StreamError(.policyViolation))]
        }
        guard element["mechanism"] == "EXTERNAL", offersExternal else { return fail("invalid-mechanism") }
        // XEP-0178 §3: none, or the domain of the header.
        let text = element.text
        if !text.isEmpty, text != "=" {
            guard let name = Self.decoded(text), StreamHeader.domain(name) == remote else {
                return fail("invalid-authzid")
            }
        }
        let pair = DomainPair(local: local.domain, remote: remote.domain)
        guard proven.insert(pair) else { return [.fail(StreamError(.resourceConstraint))] }
        authenticated = remote
        phase = .opening
        return [
            .send(XMLElement("success", Namespace.sasl)), .restart,
            .authorized(pair, by: "EXTERNAL"),
        ]
    }

    private mutating func fail(_ condition: String) -> [Action] {
        failures += 1
        let answer = Action.send(XMLElement("failure", Namespace.sasl) { XMLElement(condition, Namespace.sasl) })
        return failures < Self.attempts ? [answer] : [answer, .fail(StreamError(.policyViolation))]
    }

    private static func decoded(_ text: String) -> String? {
        guard let bytes = Base64.decode(text) else { return nil }
        return String(validating: bytes, as: UTF8.self)
    }

    // MARK: Dialback

    private mutating func receivedDialback(_ element: XMLElement) -> [Action] {
        do throws(PayloadError) {
            switch element.name {
            case "result": return receivedResult(try Dialback.Result(element))
            case "verify": return receivedVerification(try Dialback.Verification(element))
            default: return [.fail(StreamError(.unsupportedStanzaType))]
            }
        } catch {
            return [.fail(StreamError(.improperAddressing, text: error.reason))]
        }
    }

    private mutating func receivedResult(_ request: Dialback.Result) -> [Action] {
        // We ask nothing on a stream that was made by others: whatever answers comes from an attacker (XEP-0220 §3).
        guard case .key(let key) = request.content else { return [.fail(Self.unsolicited)] }
        guard isSecure else { return refuse(request, .policyViolation, "TLS is required.") }
        guard policy.isLocal(request.to.domain) else { return refuse(request, .itemNotFound) }
        guard !policy.isLocal(request.from.domain), policy.rule(request.from.domain).isAllowed else {
            return refuse(request, .notAcceptable)
        }
        let pair = DomainPair(local: request.to.domain, remote: request.from.domain)
        // XEP-0220 §2.5: a pair is not verified a second time on the same stream.
        if proven.contains(pair) {
            return [.sendText(Dialback.Result(from: request.to, to: request.from, .valid).text)]
        }
        guard pending[pair] == nil else { return [.fail(StreamError(.policyViolation))] }
        guard pending.count < (proven.isEmpty ? 1 : Self.maximumPending) else {
            return refuse(request, .resourceConstraint)
        }
        pending[pair] = DialbackRequest(from: request.from, to: request.to, key: key, streamID: streamID)
        return [.checkCertificate(request.from)]
    }

    private mutating func refuse(
        _ request: Dialback.Result, _ condition: StanzaError.Condition, _ text: String? = nil
    ) -> [Action] {
        let answer = Dialback.Result(from: request.to, to: request.from, .error(StanzaError(condition, text: text)))
        return [.sendText(answer.text)] + countRefusal()
    }

    /// We are asked about a key as the server that should know it (XEP-0220 §2.2.2).
    private mutating func receivedVerification(_ request: Dialback.Verification) -> [Action] {
        guard case .key(let key) = request.content else { return [.fail(Self.unsolicited)] }
        let answer = { (content: Dialback.Content) -> [Action] in
            [.sendText(Dialback.Verification(from: request.to, to: request.from, id: request.id, content).text)]
        }
        guard isSecure else { return answer(.error(StanzaError(.policyViolation, text: "TLS is required."))) }
        guard policy.isLocal(request.to.domain) else { return answer(.error(StanzaError(.itemNotFound))) }
        verifications += 1
        guard verifications <= Self.maximumVerifications else { return [.fail(StreamError(.policyViolation))] }
        let isValid = policy.keys.isValid(
            key, receiving: request.from.domain, originating: request.to.domain, streamID: request.id)
        return answer(isValid ? .valid : .invalid)
    }

    private static let unsolicited = StreamError(.policyViolation, text: "Nobody has asked for this answer.")
}
