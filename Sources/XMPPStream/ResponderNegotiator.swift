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
///                      │ └─auth─► authenticating ─success─► opening (authenticated)
///                      └─bind (authenticated)─► binding ──► bound
/// ```
/// The host is fixed by the first header, the account by log-in: neither can change on a restart.
package struct ResponderNegotiator: Sendable {
    /// What is to be done, in order.
    package enum Action: Sendable {
        case sendHeader(StreamHeader)
        case send(XMLElement)
        /// Send `<proceed/>`, then put TLS below.
        case startTLS
        /// The next bytes are a new header.
        case restart
        /// Answer with `supply(credentials:)`.
        case lookUp(username: String, host: String, hash: SASLMechanism)
        /// Answer with `supply(isPasswordRight:)`.
        case verify(username: String, host: String, password: String)
        /// The account has logged in.
        case authenticated(JID, SASLMechanism)
        case authenticationFailed(SASLFailure)
        /// Answer with `bound()` or an error of one's own.
        case bind(account: JID, resource: String?, request: Stanza)
        /// An iq of in-band registration before log-in.
        case register(Stanza, host: String)
        /// Send the error, end the stream.
        case fail(StreamError)
    }

    private enum State: Sendable {
        case opening
        case open
        case securing
        case authenticating(SASLServer)
        case binding
        case bound
    }

    private let policy: ResponderPolicy
    private var state = State.opening
    private var host: String?
    private var account: JID?
    private var isSecure: Bool
    private var bindings: [ChannelBindingType: [UInt8]] = [:]
    private var bindingTypes: [ChannelBindingType] = []
    private var offered = SASLMechanismList([])
    private var failures = 0
    private var hasSentHeader = false
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

    // MARK: Events

    /// The client's stream header. `features` gives those of the server's own that hold now; mechanisms and bind are
    /// added here.
    package mutating func opened(
        _ header: StreamHeader, features: (_ host: String, _ account: JID?, _ isSecure: Bool) -> [XMLElement]
    ) -> [Action] {
        guard case .opening = state else { return [.fail(StreamError(.invalidXml))] }
        let name = header.to.flatMap { try? JID($0) }
        let host = name.flatMap { $0.isDomain ? $0.bareString : nil }
        var answer = StreamHeader(
            contentNamespace: Namespace.client, to: header.from, from: host ?? header.to, id: makeStreamID(),
            version: "1.0", language: "en")
        if let account { answer.to = account.description }
        hasSentHeader = true
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
        state = .open
        return [.sendHeader(answer), .send(self.features(host, own: features))]
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

    /// The data of the stream's channel bindings, before an `<auth/>` that uses one.
    package mutating func provide(bindings: [ChannelBindingType: [UInt8]]) {
        self.bindings = bindings
    }

    /// A first-level element before a resource is bound.
    package mutating func received(_ element: XMLElement) -> [Action] {
        switch element.namespace {
        case Namespace.tls: return receivedTLS(element)
        case Namespace.sasl: return receivedSASL(element)
        default: break
        }
        switch state {
        case .open: return receivedStanza(element)
        case .authenticating: return [.fail(StreamError(.notAuthorized))]
        case .opening, .securing, .binding, .bound: return [.fail(StreamError(.policyViolation))]
        }
    }

    package mutating func supply(credentials: SCRAMCredentials?) -> [Action] {
        guard case .authenticating(var server) = state else { return [] }
        let action = server.supply(credentials: credentials)
        state = .authenticating(server)
        return run(action, server.mechanism)
    }

    package mutating func supply(isPasswordRight: Bool) -> [Action] {
        guard case .authenticating(var server) = state else { return [] }
        let action = server.supply(isPasswordRight: isPasswordRight)
        state = .authenticating(server)
        return run(action, server.mechanism)
    }

    /// The store could not be asked: the client may try again (RFC 6120 §6.5.11).
    package mutating func failTemporarily() -> [Action] {
        guard case .authenticating = state else { return [] }
        return fail(SASLFailure(.temporaryAuthFailure))
    }

    /// The account that has logged in is locked.
    package mutating func refuseAccount() -> [Action] {
        guard case .authenticating = state else { return [] }
        return fail(SASLFailure(.accountDisabled))
    }

    /// The resource is bound, or it was refused and the client may ask again.
    package mutating func bindingFinished(isBound: Bool) {
        if case .binding = state { state = isBound ? .bound : .open }
    }

    // MARK: TLS

    private mutating func receivedTLS(_ element: XMLElement) -> [Action] {
        guard case .open = state, element.name == "starttls", !isSecure, account == nil else {
            return [.send(XMLElement("failure", Namespace.tls)), .fail(StreamError(.policyViolation))]
        }
        state = .securing
        return [.send(XMLElement("proceed", Namespace.tls)), .startTLS]
    }

    // MARK: SASL

    private var mayAuthenticate: Bool { isSecure || !policy.requiresTLS }

    private mutating func receivedSASL(_ element: XMLElement) -> [Action] {
        switch (state, element.name) {
        case (.open, "auth"):
            guard account == nil else { return [.fail(StreamError(.policyViolation))] }
            guard mayAuthenticate, let host else { return fail(SASLFailure(.encryptionRequired)) }
            do throws(SASLFailure) {
                var server = try SASLServer(
                    mechanism: element["mechanism"] ?? "", offered: offered, domain: host, bindings: bindings,
                    secret: policy.secret, normaliser: policy.normaliser)
                let action = server.receive(try Self.initialResponse(element.text))
                state = .authenticating(server)
                return run(action, server.mechanism)
            } catch {
                return fail(error)
            }
        case (.authenticating(var server), "response"):
            guard let data = Base64.decode(element.text) else { return fail(SASLFailure(.incorrectEncoding)) }
            let action = server.receive(data)
            state = .authenticating(server)
            return run(action, server.mechanism)
        case (.authenticating, "abort"):
            return fail(SASLFailure(.aborted))
        case (.opening, _), (.securing, _), (.binding, _), (.bound, _), (.open, _), (.authenticating, _):
            return [.fail(StreamError(.notAuthorized))]
        }
    }

    /// No text is no initial response, `=` an empty one (RFC 6120 §6.4.2).
    private static func initialResponse(_ text: String) throws(SASLFailure) -> [UInt8]? {
        if text.isEmpty { return nil }
        if text == "=" { return [] }
        guard let data = Base64.decode(text) else { throw SASLFailure(.incorrectEncoding) }
        return data
    }

    private mutating func run(_ action: SASLServerAction, _ mechanism: SASLMechanism) -> [Action] {
        guard let host else { return [.fail(StreamError(.internalServerError))] }
        switch action {
        case .challenge(let data):
            return [.send(XMLElement("challenge", Namespace.sasl, text: Base64.encode(data)))]
        case .needsCredentials(let username):
            return [.lookUp(username: username, host: host, hash: mechanism)]
        case .verifyPassword(let username, let password):
            return [.verify(username: username, host: host, password: password)]
        case .failure(let failure):
            return fail(failure)
        case .success(let username, let final):
            guard let jid = try? JID(local: username, domain: host) else {
                return fail(SASLFailure(.notAuthorized, "not a local part"))
            }
            account = jid
            state = .opening
            return [
                .authenticated(jid, mechanism),
                .send(XMLElement("success", Namespace.sasl, text: final.map { Base64.encode($0) } ?? "")),
                .restart,
            ]
        }
    }

    private mutating func fail(_ failure: SASLFailure) -> [Action] {
        failures += 1
        state = .open
        let answer = XMLElement("failure", Namespace.sasl) {
            XMLElement(failure.condition.rawValue, Namespace.sasl)
            XMLElement("text", Namespace.sasl, ["xml:lang": "en"], text: SASLFailure.text)
        }
        let actions: [Action] = [.authenticationFailed(failure), .send(answer)]
        guard failures >= policy.saslAttempts else { return actions }
        return actions + [.fail(StreamError(.policyViolation, text: "Too many attempts."))]
    }

    // MARK: Features and binding

    private mutating func features(
        _ host: String, own: (_ host: String, _ account: JID?, _ isSecure: Bool) -> [XMLElement]
    ) -> XMLElement {
        var features: [XMLElement] = []
        if account != nil {
            features.append(XMLElement("bind", Namespace.bind))
        } else {
            if !isSecure {
                features.append(
                    XMLElement("starttls", Namespace.tls) {
                        if policy.requiresTLS { XMLElement("required", Namespace.tls) }
                    })
            }
            if mayAuthenticate {
                let types = bindingTypes
                offered = SASLMechanismList.offered(
                    tls: types, plainAllowed: isSecure || policy.allowsPlainWithoutTLS)
                if let wanted = policy.mechanisms {
                    offered = SASLMechanismList(
                        offered.mechanisms.filter { wanted.contains($0.rawValue) },
                        channelBindings: offered.channelBindings)
                }
                features.append(
                    XMLElement("mechanisms", Namespace.sasl) {
                        offered.mechanisms.map { XMLElement("mechanism", Namespace.sasl, text: $0.rawValue) }
                    })
                if !types.isEmpty {
                    // XEP-0440 §3
                    features.append(
                        XMLElement("sasl-channel-binding", Self.channelBindingNamespace) {
                            types.map {
                                XMLElement("channel-binding", Self.channelBindingNamespace, ["type": $0.rawValue])
                            }
                        })
                }
                if policy.allowsRegistration(host) {
                    features.append(XMLElement("register", "http://jabber.org/features/iq-register"))
                }
                if policy.allowsInvitations { features.append(XMLElement("register", "urn:xmpp:ibr-token:0")) }
            }
        }
        return XMLElement("features", Namespace.streams) {
            features
            own(host, account, isSecure)
        }
    }

    private static let channelBindingNamespace = "urn:xmpp:sasl-cb:0"

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
