//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

internal import XMPPTLS

/// Makes and knows again the keys by which our streams are verified (XEP-0220 §2.1, XEP-0185): nobody else can make one,
/// and none is good for another stream or another pair of domains.
package struct DialbackKeys: Sendable {
    /// The digest of the secret, as text: the key of the HMAC (XEP-0185 §3).
    private let secret: [UInt8]

    /// - secret: nobody else's; by default made anew, as keys live no longer than their streams.
    package init(secret: String = SecureRandom.hexToken(bytes: 32)) {
        self.secret = Array(Hexadecimal.encode(HashFunction.sha256.digest(Array(secret.utf8))).utf8)
    }

    /// The key for a stream: `receiving` is the domain that is called, `originating` the one that calls, `streamID` the
    /// id that the receiving server has given the stream. No domain and no id holds a space.
    package func key(receiving: String, originating: String, streamID: String) -> String {
        let text = "\(receiving) \(originating) \(streamID)"
        return Hexadecimal.encode(HashFunction.sha256.hmac(key: secret, Array(text.utf8)))
    }

    /// Whether a key is ours; in the same time for every wrong one.
    package func isValid(_ key: String, receiving: String, originating: String, streamID: String) -> Bool {
        guard !receiving.contains(" "), !originating.contains(" "), !streamID.contains(" ") else { return false }
        let expected = self.key(receiving: receiving, originating: originating, streamID: streamID)
        return ConstantTime.equals(Array(expected.utf8), Array(key.utf8))
    }
}
