//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

import XMPPTLS

/// The arithmetic both sides share (RFC 5802 §3).
enum SCRAMKeys {
    /// What both sides sign.
    static func authMessage(clientFirstBare: [UInt8], serverFirst: [UInt8], clientFinal: [UInt8]) -> [UInt8] {
        let comma = [UInt8(ascii: ",")]
        return clientFirstBare + comma + serverFirst + comma + clientFinal
    }

    /// `bytes` XOR the client's signature: turns a client key into a proof and a proof into a client key.
    static func applySignature(
        to bytes: [UInt8], storedKey: [UInt8], message: [UInt8], hash: HashFunction
    ) -> [UInt8] {
        zip(bytes, hash.hmac(key: storedKey, message)).map { $0 ^ $1 }
    }
}
