//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

import XMPPTLS

/// A SCRAM exchange after the server's first message: all that is needed to check the client's proof.
struct SCRAMExchange: Sendable {
    let username: String
    /// Whether the credentials are an account's and not made up. Changes the outcome only after the same work.
    private let isKnown: Bool
    private let credentials: SCRAMCredentials
    private let clientFirstBare: [UInt8]
    /// What `c=` must hold: the GS2 header and the binding's data.
    private let expectedBinding: [UInt8]
    private let nonce: [UInt8]
    let serverFirst: [UInt8]

    init(
        username: String, isKnown: Bool, first: SCRAMMessage.ClientFirst, credentials: SCRAMCredentials,
        binding: [UInt8], serverNonce: [UInt8], offerHash: String?
    ) {
        self.username = username
        self.isKnown = isKnown
        self.credentials = credentials
        clientFirstBare = first.bare
        expectedBinding = first.header + binding
        nonce = first.nonce + serverNonce
        let offer = offerHash.map { ",h=\($0)" } ?? ""
        serverFirst =
            Array("r=".utf8) + nonce
            + Array(",s=\(Base64.encode(credentials.salt)),i=\(credentials.iterations)\(offer)".utf8)
    }

    /// The server's final message if the client's one proves that it knows the password.
    func verify(_ message: [UInt8]) throws(SASLFailure) -> [UInt8] {
        let final = try SCRAMMessage.clientFinal(message)
        let hash = credentials.hash
        guard ConstantTime.equals(final.nonce, nonce) else { throw .notAuthorized("wrong nonce") }
        guard ConstantTime.equals(final.binding, expectedBinding) else {
            throw .notAuthorized("channel binding does not match")
        }
        guard final.proof.count == hash.digestLength else { throw .malformed("proof of wrong length") }
        let authMessage = SCRAMKeys.authMessage(
            clientFirstBare: clientFirstBare, serverFirst: serverFirst, clientFinal: final.withoutProof)
        let clientKey = SCRAMKeys.applySignature(
            to: final.proof, storedKey: credentials.storedKey, message: authMessage, hash: hash)
        let isProven = ConstantTime.equals(hash.digest(clientKey), credentials.storedKey)
        guard isProven, isKnown else { throw .notAuthorized("wrong password or no such user") }
        let signature = hash.hmac(key: credentials.serverKey, authMessage)
        return Array("v=\(Base64.encode(signature))".utf8)
    }
}
