//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

import XMPPTLS

/// The component's proof that it knows the secret (XEP-0114 §3).
enum ComponentHandshake {
    /// Lower-case hexadecimal SHA-1 of the stream id followed by the secret.
    static func digest(streamID: String, secret: String) -> String {
        Hexadecimal.encode(HashFunction.sha1.digest(Array((streamID + secret).utf8)))
    }
}
