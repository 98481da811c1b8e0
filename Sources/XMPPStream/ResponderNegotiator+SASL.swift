//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

internal import XMPPCore
internal import XMPPPayloads
package import XMPPSASL
internal import XMPPTLS

/// The exchange of a mechanism, and the profile of RFC 6120 §6 around it.
extension ResponderNegotiator {
    var mayAuthenticate: Bool { isSecure || !policy.requiresTLS }

    // MARK: What the host has found

    /// All that the account has; none if it doesn't exist or is locked.
    package mutating func supply(credentials: [SCRAMCredentials]) -> [Action] {
        guard case .authenticating(var authentication) = state else { return [] }
        let hash = authentication.server.mechanism.hash
        authentication.credentials = credentials
        return step(&authentication) { $0.supply(credentials: credentials.first { $0.hash == hash }) }
    }

    package mutating func supply(isPasswordRight: Bool) -> [Action] {
        guard case .authenticating(var authentication) = state else { return [] }
        return step(&authentication) { $0.supply(isPasswordRight: isPasswordRight) }
    }

    package mutating func supply(tokens: [SASLToken]) -> [Action] {
        guard case .authenticating(var authentication) = state else { return [] }
        return step(&authentication) { $0.supply(tokens: tokens) }
    }

    package mutating func supply(accountExists: Bool) -> [Action] {
        guard case .authenticating(var authentication) = state else { return [] }
        return step(&authentication) { $0.supply(accountExists: accountExists) }
    }

    /// The attempt cannot go on: the store could not be asked (RFC 6120 §6.5.11), or the host lets nobody in.
    package mutating func refuse(_ failure: SASLFailure) -> [Action] {
        switch state {
        case .authenticating, .upgrading, .establishing: fail(failure)
        case .opening, .open, .securing, .binding, .bound: []
        }
    }

    /// The store could not be asked: the client may try again.
    package mutating func failTemporarily() -> [Action] { refuse(SASLFailure(.temporaryAuthFailure)) }

    // MARK: Exchange

    /// The machine of a mechanism that the client has chosen.
    func makeServer(mechanism: String, host: String, allowsTokens: Bool = false) throws(SASLFailure) -> SASLServer {
        try SASLServer(
            mechanism: mechanism, offered: offered, domain: host, allowsTokens: allowsTokens, bindings: bindings,
            certificateUsers: certificateAddresses.filter { $0.domain == host && $0.isBare }.compactMap(\.local),
            claimedUsers: claimedAddresses.map { claimed in
                claimed.filter { $0.domain == host && $0.isBare }.compactMap(\.local)
            }, secret: policy.secret, normaliser: policy.normaliser)
    }

    /// Runs one step of a mechanism, and what follows from it.
    mutating func step(
        _ authentication: inout Authentication, _ body: (inout SASLServer) -> SASLServerAction
    ) -> [Action] {
        let action = body(&authentication.server)
        switch action {
        case .needsCredentials(let username), .verifyPassword(let username, _), .needsTokens(let username),
            .needsAccount(let username):
            authentication.username = username
        case .challenge, .success, .failure: break
        }
        state = .authenticating(authentication)
        return run(action, authentication)
    }

    private mutating func run(_ action: SASLServerAction, _ authentication: Authentication) -> [Action] {
        guard let host else { return [.fail(StreamError(.internalServerError))] }
        let mechanism = authentication.server.mechanism
        switch action {
        case .challenge(let data):
            let namespace = authentication.request == nil ? Namespace.sasl : Self.sasl2Namespace
            return [.send(XMLElement("challenge", namespace, text: Base64.encode(data)))]
        case .needsCredentials(let username):
            return [.lookUp(username: username, host: host, hash: mechanism)]
        case .verifyPassword(let username, let password):
            return [.verify(username: username, host: host, password: password)]
        case .needsTokens(let username):
            let device = authentication.request?.userAgent?.id
            return [.lookUpTokens(username: username, host: host, device: device)]
        case .needsAccount(let username):
            return [.lookUpAccount(username: username, host: host)]
        case .failure(let failure):
            return fail(failure)
        case .success(let username, let final):
            guard let jid = try? JID(local: username, domain: host) else {
                return fail(SASLFailure(.notAuthorized, "not a local part"))
            }
            if let request = authentication.request {
                return proven(jid, authentication, request, final: final)
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

    // MARK: The profile of RFC 6120

    mutating func receivedSASL(_ element: XMLElement) -> [Action] {
        switch (state, element.name) {
        case (.open, "auth"):
            guard account == nil else { return [.fail(StreamError(.policyViolation))] }
            guard mayAuthenticate, let host else { return fail(SASLFailure(.encryptionRequired)) }
            do throws(SASLFailure) {
                let response = try Self.initialResponse(element.text)
                var authentication = Authentication(
                    server: try makeServer(mechanism: element["mechanism"] ?? "", host: host), request: nil)
                return step(&authentication) { $0.receive(response) }
            } catch {
                return fail(error)
            }
        case (.authenticating(var authentication), "response") where authentication.request == nil:
            guard let data = Base64.decode(element.text) else { return fail(SASLFailure(.incorrectEncoding)) }
            return step(&authentication) { $0.receive(data) }
        case (.authenticating(let authentication), "abort") where authentication.request == nil:
            return fail(SASLFailure(.aborted))
        default:
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
}
