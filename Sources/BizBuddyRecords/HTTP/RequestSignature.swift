//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

import FoundationEssentials
import XMPPTLS

/// What makes a request of ours known to its receiver, who checks `X-Signature` over time, delivery and body, and takes no
/// delivery twice.
struct RequestSignature: Sendable {
    /// Nil leaves requests unsigned.
    let key: String?
    /// Sent as `Authorization`.
    let authorization: String?

    func headers(for body: [UInt8]) -> [(String, String)] {
        let delivery = SecureRandom.hexToken()
        let time = String(Int(Date().timeIntervalSince1970))
        var headers = [("X-Delivery", delivery), ("X-Timestamp", time)]
        if let key {
            let signature = HashFunction.sha256.hmac(
                key: Array(key.utf8), Array("\(time).\(delivery).".utf8) + body)
            headers.append(("X-Signature", "sha256=\(Hexadecimal.encode(signature))"))
        }
        if let authorization { headers.append(("Authorization", authorization)) }
        return headers
    }
}
