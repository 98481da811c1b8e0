//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

package import XMPPCore
package import XMPPSASL
package import XMPPTLS
package import XMPPXML

/// The server's side of a client's stream until a resource is bound (RFC 6120 §4–§7), as a machine without input or
/// output: events in, actions out.
///
/// ```
/// opening ──header──► open ──starttls──► securing ──TLS──► opening
///                      │ ├─auth─► authenticating ─success─► opening (authenticated)
///                      │ ├─authenticate─► authenticating ─[upgrading]─► establishing ─► open (authenticated), or bound
///                      └─bind (authenticated)─► binding ──► bound
/// ```
/// The host is fixed by the first header, the account by log-in: neither can change on a restart.
package struct ResponderNegotiator: Sendable {
    /// What is to be done, in order.
    package enum Action: Sendable {
        case sendHeader(StreamHeader)
        case send(XMLElement)
        case sendFeatures(StreamFeatures)
        /// Send `<proceed/>`, then put TLS below.
        case startTLS
        /// The next bytes are a new header.
        case restart
        /// Answer with `supply(credentials:)`.
        case lookUp(username: String, host: String, hash: SASLMechanism)
        /// Answer with `supply(isPasswordRight:)`.
        case verify(username: String, host: String, password: String)
        /// Answer with `supply(tokens:)`: those of this device, none if it did not name itself.
        case lookUpTokens(username: String, host: String, device: String?)
        /// Answer with `supply(accountExists:)`.
        case lookUpAccount(username: String, host: String)
        /// Keep the new keys if the account still has the proven ones, then call `upgradeFinished()`.
        case upgrade(JID, new: SCRAMCredentials, proven: SCRAMCredentials)
        /// Do what the client wants together with its log-in, then call `established(_:)`, or `refuse(_:)`.
        case establish(SASL2Establishment)
        /// The account has logged in.
        case authenticated(JID, SASLMechanism)
        /// The name is what was tried, if it got that far.
        case authenticationFailed(SASLFailure, username: String?)
        /// Answer with `bound()` or an error of one's own.
        case bind(account: JID, resource: String?, request: Stanza)
        /// An iq of in-band registration before log-in.
        case register(Stanza, host: String)
        /// Send the error, end the stream.
        case fail(StreamError)
    }

    enum State: Sendable {
        case opening
        case open
        case securing
        case authenticating(Authentication)
        case upgrading(SASLUpgrading)
        case establishing(SASL2Establishment)
        case binding
        case bound
    }

    /// An exchange of SASL, of whichever profile.
    struct Authentication: Sendable {
        var server: SASLServer
        /// Of XEP-0388; nil if the profile is that of RFC 6120.
        let request: SASL2Request?
        /// Who wants to log in, once he has said so.
        var username: String?
        /// What is known of the account, for upgrades.
        var credentials: [SCRAMCredentials] = []
    }

    let policy: ResponderPolicy
    var state = State.opening
    var host: String?
    var account: JID?
    var isSecure: Bool
    /// Who the client says it is, in its header (RFC 6120 §4.7.1). Proves nothing.
    var claimed: JID?
    var bindings: [ChannelBindingType: [UInt8]] = [:]
    var bindingTypes: [ChannelBindingType] = []
    var certificateAddresses: [JID] = []
    /// Nil unless the client has shown a certificate that accounts may know.
    var claimedAddresses: [JID]?
    var offered = SASLMechanismList([])
    private var failures = 0
    private var guesses = 0
    private let makeStreamID: @Sendable () -> String

    package init(_ policy: ResponderPolicy, streamID: @escaping @Sendable () -> String = { SecureRandom.hexToken() }) {
        self.policy = policy
        isSecure = policy.isDirectTLS
        makeStreamID = streamID
    }

    /// The host that the client opened its stream to.
    package var hostName: String? { host }

    /// The account that has logged in and may bind a resource now, or resume a session.
    package var accountToBind: JID? {
        guard case .open = state else { return nil }
        return account
    }

    /// The installation of a client that logs in or has logged in, if it says (XEP-0388 §2.3).
    package internal(set) var device: String?
    /// The mechanism of the last attempt that failed.
    package private(set) var failedMechanism: SASLMechanism?

    // MARK: Events

    /// The client's stream header. `features` gives those of the server's own that hold now; mechanisms and bind are
    /// added here.
    package mutating func opened(_ header: StreamHeader, features: OwnFeatures) -> [Action] {
        guard case .opening = state else { return [.fail(StreamError(.invalidXml))] }
        let name = header.to.flatMap { try? JID($0) }
        let host = name.flatMap { $0.isDomain ? $0.bareString : nil }
        var answer = StreamHeader(
            contentNamespace: Namespace.client, to: header.from, from: host ?? header.to, id: makeStreamID(),
            version: "1.0", language: "en")
        if let account { answer.to = account.description }
        guard header.name == "stream", header.namespace == Namespace.streams,
            header.contentNamespace == Namespace.client
        else { return [.sendHeader(answer), .fail(StreamError(.invalidNamespace))] }
        guard let host, policy.isHost(host) else { return [.sendHeader(answer), .fail(StreamError(.hostUnknown))] }
        if let old = self.host, old != host {
            // CVE-2018-10847: another host after a restart must not take over what was proven for the first.
            return [.sendHeader(answer), .fail(StreamError(.hostUnknown, text: "The host cannot change."))]
        }
        guard header.version?.split(separator: ".").first.flatMap({ Int($0) }) ?? 0 >= 1 else {
            return [.sendHeader(answer), .fail(StreamError(.unsupportedVersion))]
        }
        self.host = host
        claimed = header.from.flatMap { try? JID($0) }
        if let claimed, claimed.domain != host {
            // XEP-0388 §2.1
            return [.sendHeader(answer), .fail(StreamError(.invalidFrom))]
        }
        state = .open
        return [.sendHeader(answer), .sendFeatures(self.features(host, own: features))]
    }

    /// TLS is in place; what it offers for channel binding.
    package mutating func secured(bindings: [ChannelBindingType: [UInt8]]) {
        isSecure = true
        self.bindings = bindings
        bindingTypes = ChannelBindingType.allCases.filter { bindings[$0] != nil }
        if case .securing = state { state = .opening }
    }

    /// TLS is in place with these types of channel binding; their data follows when a client uses one.
    package mutating func secured(offering types: [ChannelBindingType]) {
        secured(bindings: [:])
        bindingTypes = types
    }

    /// The client has shown a certificate that is to be trusted, with these addresses in it (XEP-0178 §2).
    package mutating func certified(addresses: [JID]) {
        certificateAddresses = addresses
    }

    /// The client has shown a certificate that nobody vouches for, with these addresses in it; an account may know it
    /// (XEP-0257).
    package mutating func shown(addresses: [JID]) {
        claimedAddresses = addresses
    }

    /// Whether a certificate that is to be trusted names an account.
    package func isCertified(_ account: JID) -> Bool { certificateAddresses.contains(account) }

    /// The data of the stream's channel bindings, before an `<auth/>` or `<authenticate/>` that uses one.
    package mutating func provide(bindings: [ChannelBindingType: [UInt8]]) {
        self.bindings = bindings
    }

    /// A first-level element before a resource is bound.
    package mutating func received(_ element: XMLElement) -> [Action] {
        switch element.namespace {
        case Namespace.tls: return receivedTLS(element)
        case Namespace.sasl: return receivedSASL(element)
        case Self.sasl2Namespace: return receivedSASL2(element)
        default: break
        }
        switch state {
        case .open: return receivedStanza(element)
        case .authenticating, .upgrading: return [.fail(StreamError(.notAuthorized))]
        case .opening, .securing, .establishing, .binding, .bound: return [.fail(StreamError(.policyViolation))]
        }
    }

    /// The resource is bound, or it was refused and the client may ask again.
    package mutating func bindingFinished(isBound: Bool) {
        if case .binding = state { state = isBound ? .bound : .open }
    }

    // MARK: Failure

    /// Ends the attempt; the stream goes on, unless it was one too many.
    mutating func fail(_ failure: SASLFailure) -> [Action] {
        let (isSASL2, username) = attempt
        failures += 1
        // Clients that cannot do what they try first go through the list; only who names an account guesses.
        if username != nil { guesses += 1 }
        if case .authenticating(let authentication) = state { failedMechanism = authentication.server.mechanism }
        state = .open
        account = nil
        let answer = isSASL2 ? Self.sasl2Failure(failure) : Self.failure(failure)
        let actions: [Action] = [.authenticationFailed(failure, username: username), .send(answer)]
        guard guesses >= policy.saslAttempts || failures >= 3 * policy.saslAttempts else { return actions }
        return actions + [.fail(StreamError(.policyViolation, text: "Too many attempts."))]
    }

    /// Whether the attempt that is under way is of XEP-0388, and whose it is.
    private var attempt: (isSASL2: Bool, username: String?) {
        switch state {
        case .authenticating(let authentication): (authentication.request != nil, authentication.username)
        case .upgrading(let upgrading): (true, upgrading.establishment.account.local)
        case .establishing(let establishment): (true, establishment.account.local)
        case .opening, .open, .securing, .binding, .bound: (false, nil)
        }
    }

    private static func failure(_ failure: SASLFailure) -> XMLElement {
        XMLElement("failure", Namespace.sasl) {
            XMLElement(failure.condition.rawValue, Namespace.sasl)
            XMLElement("text", Namespace.sasl, ["xml:lang": "en"], text: SASLFailure.text)
        }
    }

    // MARK: TLS

    private mutating func receivedTLS(_ element: XMLElement) -> [Action] {
        guard case .open = state, element.name == "starttls", !isSecure, account == nil else {
            return [.send(XMLElement("failure", Namespace.tls)), .fail(StreamError(.policyViolation))]
        }
        state = .securing
        return [.send(XMLElement("proceed", Namespace.tls)), .startTLS]
    }

    // MARK: Stanzas

    private mutating func receivedStanza(_ element: XMLElement) -> [Action] {
        guard let kind = Stanza.kind(of: element) else { return [.fail(StreamError(.unsupportedStanzaType))] }
        guard let stanza = try? Stanza(element), kind == .iq, let payload = stanza.payload else {
            return [.fail(StreamError(.notAuthorized))]
        }
        if let account {
            guard stanza.type == .set, payload.isNamed("bind", Namespace.bind) else {
                return [.fail(StreamError(.notAuthorized))]
            }
            state = .binding
            let resource = payload.child("resource", Namespace.bind)?.text
            return [
                .bind(account: account, resource: resource.flatMap { $0.isEmpty ? nil : $0 }, request: stanza)
            ]
        }
        guard mayAuthenticate, let host, isRegistration(payload, host), stanza.type == .get || stanza.type == .set
        else { return [.fail(StreamError(.notAuthorized))] }
        return [.register(stanza, host: host)]
    }

    /// What may come before log-in: making an account (XEP-0077), with an invitation before it (XEP-0445).
    private func isRegistration(_ payload: XMLElement, _ host: String) -> Bool {
        if payload.isNamed("preauth", "urn:xmpp:pars:0") { return policy.allowsInvitations }
        return payload.isNamed("query", "jabber:iq:register")
            && (policy.allowsInvitations || policy.allowsRegistration(host))
    }
}
