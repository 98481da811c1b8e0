//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

internal import XMPPTLS

/// The messages of the mechanisms HT-* (draft-schmaus-kitten-sasl-ht-09 §3): each side shows that it has the token by an
/// HMAC over the channel binding.
package enum HashedToken {
    static let hash = HashFunction.sha256

    /// What a client sends: its name, NUL, and the proof.
    package static func initiatorMessage(username: String, token: String, binding: [UInt8]) -> [UInt8] {
        Array(username.utf8) + [0] + initiatorProof(token: token, binding: binding)
    }

    static func initiatorProof(token: String, binding: [UInt8]) -> [UInt8] {
        hash.hmac(key: token.utf8, Array("Initiator".utf8) + binding)
    }

    /// What a server answers to show that it knows the token too.
    package static func responderMessage(token: String, binding: [UInt8]) -> [UInt8] {
        hash.hmac(key: token.utf8, Array("Responder".utf8) + binding)
    }

    /// Name and proof of a client's message.
    static func parse(_ message: [UInt8]) throws(SASLFailure) -> (username: String, proof: [UInt8]) {
        guard message.count <= SASLLimits.maximumMessageBytes, let end = message.firstIndex(of: 0), end > 0,
            end <= SASLLimits.maximumUsernameBytes,
            let username = String(validating: message[..<end], as: UTF8.self)
        else { throw .malformed("no name and token") }
        let proof = Array(message[(end + 1)...])
        guard proof.count == hash.digestLength else { throw .malformed("a hashed token of wrong length") }
        return (username, proof)
    }
}

/// A token that a server has given out, as far as log-in looks at it.
package struct SASLToken: Sendable, Equatable {
    package let token: String
    /// The only mechanism it is good for (XEP-0484 §3.4).
    package let mechanism: SASLMechanism
    package let isExpired: Bool

    package init(_ token: String, mechanism: SASLMechanism, isExpired: Bool = false) {
        self.token = token
        self.mechanism = mechanism
        self.isExpired = isExpired
    }
}
