//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

package import XMPPCore
package import XMPPPayloads
package import XMPPSASL
package import XMPPTLS

/// What a scripted client says at log-in by XEP-0388.
package struct SASL2Script: Sendable {
    package var mechanism = SASLMechanism.scramSHA256
    package var password = "secret"
    /// Used instead of the password with the mechanisms for tokens.
    package var token: String?
    package var binding: ChannelBindingType?
    package var userAgent: UserAgent?
    /// Beside the authentication itself: `<bind/>`, `<fast/>` and the like.
    package var inline: [XMLElement] = []
    /// What was seen of the server's offer, to be checked (XEP-0474).
    package var advertisement: SASLAdvertisement?

    package init() {}
}

extension StreamConnection {
    /// Logs in by XEP-0388, upgrade tasks included.
    ///
    /// - Returns: `<success/>` or `<failure/>`. A success has been checked.
    package func authenticate2(_ username: String, _ script: SASL2Script) async throws -> XMLElement {
        var data: [UInt8] = []
        if let type = script.binding {
            guard let found = try await channelBinding(type) else {
                throw ExpectationFailure("The session has no channel binding \(type.rawValue)")
            }
            data = found
        }
        var sasl = SASLClient(
            mechanism: script.mechanism, username: username, password: script.password,
            binding: script.binding.map { .bound($0, data) } ?? .unsupported, advertisement: script.advertisement)
        let initial: [UInt8]
        switch script.mechanism {
        case .external, .anonymous: initial = []
        case .tokenExporter, .tokenEndPoint, .tokenUnbound:
            initial = HashedToken.initiatorMessage(username: username, token: script.token ?? "", binding: data)
        default: initial = sasl.initialResponse()
        }
        send(
            SASL2.Authenticate(
                mechanism: script.mechanism.rawValue, initialResponse: Base64.encode(initial),
                userAgent: script.userAgent, inline: script.inline
            ).element)
        var isProven = !script.mechanism.usesPassword
        while true {
            let answer = try await expect("an answer of SASL2") { $0.namespace == SASL2.namespace }
            switch answer.name {
            case "challenge":
                guard case .respond(let bytes) = sasl.receive(challenge: Base64.decode(answer.text) ?? []) else {
                    throw ExpectationFailure("The client refuses \(answer)")
                }
                send(SASL2.Exchange(.response, data: Base64.encode(bytes)).element)
            case "continue":
                try check(answer, &sasl)
                isProven = true
                try await upgrade(answer, script.password)
            case "success":
                if script.mechanism.isToken {
                    let proof = HashedToken.responderMessage(token: script.token ?? "", binding: data)
                    let said = answer.child("additional-data", SASL2.namespace)?.text
                    guard said == Base64.encode(proof) else {
                        throw ExpectationFailure("The server does not know the token: \(answer)")
                    }
                } else if !isProven {
                    try check(answer, &sasl)
                }
                return answer
            default:
                return answer
            }
        }
    }

    private func check(_ answer: XMLElement, _ sasl: inout SASLClient) throws {
        let data = answer.child("additional-data", SASL2.namespace).flatMap { Base64.decode($0.text) }
        guard sasl.receive(success: data) == .authenticated else {
            throw ExpectationFailure("The client refuses the server: \(answer)")
        }
    }

    /// Does one upgrade task (XEP-0480 §3).
    private func upgrade(_ offer: XMLElement, _ password: String) async throws {
        guard let task = try SASL2.Continue(offer).tasks.first,
            let hash = SASLUpgrade.mechanism(of: task).flatMap({ SASLMechanism(rawValue: $0)?.hash })
        else { throw ExpectationFailure("An unknown task: \(offer)") }
        send(SASL2.Next(task).element)
        let answer = try await expect("a salt") { $0.isNamed("task-data", SASL2.namespace) }
        guard let content = try SASL2.TaskData(answer).content.first else {
            throw ExpectationFailure("No salt: \(answer)")
        }
        let salt = try SASLUpgrade.Salt(content)
        let salted = SCRAMCredentials.saltedPassword(
            password, hash: hash, salt: Base64.decode(salt.salt) ?? [], iterations: salt.iterations)
        send(SASL2.TaskData(content: [SASLUpgrade.Hash(Base64.encode(salted)).element]).element)
    }
}

extension TestServer {
    /// A client that has logged in by XEP-0388 and bound by XEP-0386, all in one go, and the success that it was told.
    ///
    /// - `features`: goes into `<bind/>`.
    package func modernClient(
        _ account: String, _ script: SASL2Script = SASL2Script(), tag: String? = nil, features: [XMLElement] = [],
        over transport: Transport = .plain
    ) async throws -> (client: ScriptedClient, success: SASL2.Success) {
        let jid = try JID(account)
        let connection = try await connect(transport, to: jid.domain)
        try await connection.open(to: jid.domain)
        var script = script
        script.inline.append(Bind2.Request(tag: tag, features: features).element)
        let answer = try await connection.authenticate2(jid.local ?? "", script)
        guard answer.name == "success" else { throw ExpectationFailure("\(account) cannot log in: \(answer)") }
        let success = try SASL2.Success(answer)
        _ = try await connection.expect("stream features") { $0.isNamed("features", Namespace.streams) }
        return (ScriptedClient(jid: success.authorizationIdentifier, connection: connection), success)
    }
}
