//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

import XMPPSASL
import XMPPTLS

/// What the tests of this target share.
enum Fixture {
    static let secret = SASLServerSecret(key: [UInt8](repeating: 7, count: 32), iterations: [4096])
    static let normaliser = SASLNormaliser(
        username: { $0.contains(" ") ? nil : $0.lowercased() }, password: { $0.contains("\u{7}") ? nil : $0 })
    static let bindings: [ChannelBindingType: [UInt8]] = [
        .tlsExporter: Array("exported".utf8), .tlsServerEndPoint: Array("certificate".utf8),
    ]
    static let everything = SASLMechanismList.offered(
        tls: ChannelBindingType.allCases, hashes: Set(HashFunction.allCases), plainAllowed: true)
    static let withoutBinding = SASLMechanismList.offered(
        tls: [], hashes: Set(HashFunction.allCases), plainAllowed: true)

    static func server(
        _ mechanism: String, offered: SASLMechanismList = everything,
        bindings: [ChannelBindingType: [UInt8]] = bindings, nonce: String = "server-nonce",
        protectsOffer: Bool = true
    ) throws -> SASLServer {
        try SASLServer(
            mechanism: mechanism, offered: offered, domain: "example.org", bindings: bindings, secret: secret,
            normaliser: normaliser, nonce: nonce, protectsOffer: protectsOffer)
    }

    /// Plays a host with one account.
    static func run(
        _ client: inout SASLClient, _ server: inout SASLServer, account: String = "juliet",
        password: String = "r0m30"
    ) -> (server: SASLServerAction, client: SASLClientAction?) {
        var action = server.receive(client.initialResponse())
        while true {
            switch action {
            case .needsCredentials(let username):
                let hash = server.mechanism.hash ?? .sha256
                let known = SCRAMCredentials.derive(password: password, hash: hash, iterations: 4096)
                action = server.supply(credentials: username == account ? known : nil)
            case .needsTokens: action = server.supply(tokens: [])
            case .needsAccount(let username): action = server.supply(accountExists: username == account)
            case .verifyPassword(let username, let given):
                action = server.supply(isPasswordRight: username == account && given == password)
            case .challenge(let bytes):
                let reply = client.receive(challenge: bytes)
                guard case .respond(let response) = reply else { return (action, reply) }
                action = server.receive(response)
            case .success(_, let final):
                return (action, client.receive(success: final))
            case .failure:
                return (action, nil)
            }
        }
    }
}
