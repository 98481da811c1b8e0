//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

internal import XMPPCore
internal import XMPPPayloads
internal import XMPPTLS
internal import XMPPXML

/// The initiating side of a stream between servers (RFC 6120 §4, XEP-0178 §3, XEP-0220 §2.1), without input or output.
///
/// ```
/// opening ─► awaitingFeatures ─► awaitingProceed ─► securing ─► checking ─► opening
///                 │
///                 ├─ EXTERNAL ─► authenticating ─► opening ─► awaitingFeatures ─► ready
///                 ├─ dialback ─► dialling ─► ready
///                 └─ a key of somebody else's is to be verified ─► verifying ─► done
/// ```
struct OutgoingNegotiator {
    /// What the stream is made for.
    enum Goal: Sendable, Equatable {
        case send
        /// To ask about a key that came on a stream of the other server's.
        case verify(key: String, streamID: String)
    }

    enum Action: Equatable {
        case sendHeader(StreamHeader)
        case send(XMLElement)
        case sendText(String)
        case startTLS
        case restart
        /// To be answered with ``certificateChecked(_:reason:)``.
        case checkCertificate
        /// Stanzas may be sent.
        case ready(Established)
        /// The answer about the key.
        case verified(Dialback.Content)
        /// Stanzas of another domain of ours may be sent, too; or not.
        case joined(JID)
        case refused(JID, OutgoingFailure)
        case fail(OutgoingFailure)
    }

    /// What has come out.
    struct Established: Sendable, Equatable {
        /// How we have proven ourselves: `EXTERNAL` or `dialback`.
        let method: String
        /// XEP-0198 is there.
        let hasAcknowledgements: Bool
        /// Stanzas of the other side may come on this stream, as its certificate has proven it.
        let isBidirectional: Bool
        /// It knows messages again by their marks.
        let takesOnce: Bool
        /// What the other side takes (XEP-0478).
        let limits: StreamLimits?
    }

    struct Settings: Sendable {
        let local: JID
        let remote: JID
        let goal: Goal
        let rule: FederationRule
        let keys: DialbackKeys
        /// We have a certificate to show.
        let hasCertificate: Bool
    }

    private enum Phase: Equatable {
        case idle
        case opening
        case awaitingFeatures
        case awaitingProceed
        case securing
        case checking
        case authenticating
        case dialling
        case verifying
        case ready
        case failed
    }

    private let settings: Settings
    private var phase = Phase.idle
    private(set) var isSecure = false
    private var isAuthenticated = false
    private(set) var isProven = false
    private var wantsBidirectional = false
    private var takesOnce = false
    private var externalFailed = false
    private var streamID: String?
    private var features: XMLElement?
    private var knowsDialback = false
    /// Domains of ours that have asked to send by this stream, too: without an answer, and in all.
    private var joining: Set<JID> = []
    private var joins = 0

    init(_ settings: Settings) {
        self.settings = settings
    }

    var isReady: Bool { phase == .ready }

    /// The connection is there; with direct TLS the handshake comes first.
    mutating func connected(isDirectTLS: Bool) -> [Action] {
        guard !isDirectTLS else {
            phase = .securing
            return []
        }
        return [open()]
    }

    private mutating func open() -> Action {
        phase = .opening
        return .sendHeader(
            StreamHeader(
                contentNamespace: Namespace.server, to: settings.remote.description, from: settings.local.description,
                language: "en"))
    }

    mutating func secured() -> [Action] {
        guard phase == .securing else { return fail(.protocolViolation, "TLS came when it was not asked for") }
        isSecure = true
        phase = .checking
        return [.checkCertificate]
    }

    /// What the other server's certificate says of its domain; `reason` is for people.
    mutating func certificateChecked(_ outcome: PeerCertificateCheck.Outcome, reason: String) -> [Action] {
        guard phase == .checking else { return [] }
        isProven = outcome == .proven
        switch outcome {
        case .proven: return [open()]
        // An answer about a key is as good as the DNS that led there (XEP-0220 §2.1).
        case .unproven where settings.goal != .send || settings.rule.authentication == .dialback: return [open()]
        case .unproven, .contradicted:
            return fail(.certificate, "The certificate of \(settings.remote) does not prove it: \(reason)")
        case .undecided: return fail(.connection, "The certificate of \(settings.remote) cannot be judged: \(reason)")
        }
    }

    mutating func opened(_ header: StreamHeader) -> [Action] {
        guard phase == .opening else { return fail(.protocolViolation, "a second header") }
        guard header.name == "stream", header.namespace == Namespace.streams,
            header.contentNamespace == Namespace.server
        else { return fail(.protocolViolation, "not a stream between servers") }
        guard header.version?.split(separator: ".").first.flatMap({ Int($0) }) ?? 0 >= 1 else {
            return fail(.tls, "the server has no version, so no TLS")
        }
        if let from = header.from, StreamHeader.domain(from) != settings.remote {
            return fail(.protocolViolation, "the server answers as \(from.prefix(100))")
        }
        streamID = header.id
        phase = .awaitingFeatures
        return []
    }

    /// An element that is no stanza, no stream error and nothing of XEP-0198.
    mutating func received(_ element: XMLElement) -> [Action] {
        switch (phase, element.namespace) {
        case (.awaitingFeatures, Namespace.streams) where element.name == "features":
            features = element
            knowsDialback = knowsDialback || element.child("dialback", Dialback.featureNamespace) != nil
            return isSecure ? authenticate() : startTLS()
        case (.awaitingProceed, Namespace.tls):
            guard element.name == "proceed" else { return fail(.tls, "the server refuses TLS") }
            phase = .securing
            return [.startTLS]
        case (.authenticating, Namespace.sasl): return receivedSASL(element)
        case (.dialling, Dialback.namespace) where element.name == "result": return receivedResult(element)
        case (.verifying, Dialback.namespace) where element.name == "verify": return receivedVerification(element)
        case (.ready, Namespace.streams) where element.name == "features": return []
        case (.ready, Dialback.namespace) where element.name == "result" && !joining.isEmpty:
            return receivedJoinResult(element)
        case (_, Dialback.namespace):
            // What answers no question of ours on this very stream comes from an attacker (XEP-0220 §3).
            return fail(.protocolViolation, "dialback that was not asked for")
        default: return fail(.protocolViolation, "<\(element.name.prefix(50))/> where it has no place")
        }
    }

    private mutating func startTLS() -> [Action] {
        guard features?.child("starttls", Namespace.tls) != nil else { return fail(.tls, "the server offers no TLS") }
        phase = .awaitingProceed
        return [.send(XMLElement("starttls", Namespace.tls))]
    }

    // MARK: Proof

    private mutating func authenticate() -> [Action] {
        guard let features else { return [] }
        if case .verify(let key, let id) = settings.goal {
            phase = .verifying
            return [
                .sendText(Dialback.Verification(from: settings.local, to: settings.remote, id: id, .key(key)).text)
            ]
        }
        if isAuthenticated { return [established("EXTERNAL")] }
        var actions: [Action] = []
        // XEP-0288 §2.1: before SASL and dialback. What comes the other way is believed for the certificate alone.
        if isProven, !wantsBidirectional, features.child("bidi", Bidirectional.featureNamespace) != nil {
            wantsBidirectional = true
            actions.append(.send(Bidirectional.request))
        }
        if !takesOnce, features.child("once", TakenOnce.namespace) != nil {
            takesOnce = true
            actions.append(.send(TakenOnce.request))
        }
        let mechanisms = features.child("mechanisms", Namespace.sasl)
        let offersExternal = mechanisms?.children.contains { $0.text == "EXTERNAL" } ?? false
        guard offersExternal, settings.hasCertificate, !externalFailed else { return actions + dial() }
        phase = .authenticating
        // XEP-0178 §3: some servers want to be told although the header says so.
        let identity = Base64.encode(Array(settings.local.description.utf8))
        actions.append(.send(XMLElement("auth", Namespace.sasl, ["mechanism": "EXTERNAL"], text: identity)))
        return actions
    }

    private mutating func receivedSASL(_ element: XMLElement) -> [Action] {
        switch element.name {
        case "success":
            isAuthenticated = true
            return [.restart, open()]
        case "failure":
            externalFailed = true
            return dial()
        default: return fail(.protocolViolation, "SASL's <\(element.name.prefix(50))/>")
        }
    }

    private mutating func dial() -> [Action] {
        guard let streamID, !streamID.isEmpty, !streamID.contains(" ") else {
            return fail(.protocolViolation, "the stream has no id to dial back with")
        }
        phase = .dialling
        let key = settings.keys.key(
            receiving: settings.remote.domain, originating: settings.local.domain, streamID: streamID)
        return [.sendText(Dialback.Result(from: settings.local, to: settings.remote, .key(key)).text)]
    }

    private mutating func receivedResult(_ element: XMLElement) -> [Action] {
        guard let answer = try? Dialback.Result(element), answer.from == settings.remote, answer.to == settings.local
        else { return fail(.protocolViolation, "an answer of dialback for other domains") }
        switch answer.content {
        case .valid: return [established("dialback")]
        case .invalid: return fail(.refused, "the server could not verify us by dialback")
        case .error(let error):
            let text = error.text ?? "no reason given"
            return fail(
                error.isTemporary ? .connection : .refused,
                "the server does not accept us: \(error.condition.rawValue) (\(text.prefix(200)))")
        case .key: return fail(.protocolViolation, "dialback in the wrong direction")
        }
    }

    // MARK: Other domains of ours

    /// Whether the other server might take stanzas of other domains of ours by this stream (XEP-0220 §2.6.1).
    var takesOthers: Bool {
        phase == .ready && settings.goal == .send && knowsDialback && joins < ProvenPairs.maximum - 1
            && streamID.map { !$0.isEmpty && !$0.contains(" ") } ?? false
    }

    /// Asks whether another domain of ours may send by this stream, too; nil if it is not worth asking.
    mutating func join(_ local: JID) -> [Action]? {
        guard takesOthers, let streamID, local != settings.local, joining.insert(local).inserted else { return nil }
        joins += 1
        let key = settings.keys.key(receiving: settings.remote.domain, originating: local.domain, streamID: streamID)
        return [.sendText(Dialback.Result(from: local, to: settings.remote, .key(key)).text)]
    }

    private mutating func receivedJoinResult(_ element: XMLElement) -> [Action] {
        guard let answer = try? Dialback.Result(element), answer.from == settings.remote,
            joining.remove(answer.to) != nil
        else { return fail(.protocolViolation, "an answer of dialback for other domains") }
        switch answer.content {
        case .valid: return [.joined(answer.to)]
        case .invalid: return [.refused(answer.to, OutgoingFailure(.refused, "It could not be verified by dialback."))]
        case .error(let error):
            return [.refused(answer.to, OutgoingFailure(.refused, "\(error.condition.rawValue)"))]
        case .key: return fail(.protocolViolation, "dialback in the wrong direction")
        }
    }

    private mutating func receivedVerification(_ element: XMLElement) -> [Action] {
        guard case .verify(_, let id) = settings.goal, let answer = try? Dialback.Verification(element),
            answer.from == settings.remote, answer.to == settings.local, answer.id == id
        else { return fail(.protocolViolation, "an answer of dialback for something else") }
        if case .key = answer.content { return fail(.protocolViolation, "dialback in the wrong direction") }
        phase = .ready
        return [.verified(answer.content)]
    }

    private mutating func established(_ method: String) -> Action {
        phase = .ready
        let limits = features?.child("limits", StreamLimits.namespace).flatMap { try? StreamLimits($0) }
        return .ready(
            Established(
                method: method, hasAcknowledgements: features?.child("sm", StreamManagement.namespace) != nil,
                isBidirectional: wantsBidirectional, takesOnce: takesOnce, limits: limits))
    }

    private mutating func fail(_ kind: OutgoingFailure.Kind, _ reason: String) -> [Action] {
        phase = .failed
        return [.fail(OutgoingFailure(kind, reason))]
    }
}

extension StanzaError {
    /// Whether the other server may think otherwise in a while, though nobody does anything (XEP-0220 §2.4).
    fileprivate var isTemporary: Bool {
        switch condition {
        case .remoteServerTimeout, .resourceConstraint, .internalServerError, .serviceUnavailable: true
        default: kind == .wait
        }
    }
}
