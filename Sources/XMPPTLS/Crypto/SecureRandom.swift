//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

import COpenSSL

/// Bytes and tokens from a cryptographically secure source.
package enum SecureRandom {
    /// `count` unpredictable bytes.
    package static func bytes(_ count: Int) -> [UInt8] {
        var result = [UInt8](repeating: 0, count: max(0, count))
        let filled = result.withUnsafeMutableBytes { COpenSSL_kernel_random($0.baseAddress, $0.count) == 1 }
        if filled || result.isEmpty { return result }
        _ = OpenSSLLibrary.ready
        guard result.withUnsafeMutableBufferPointer({ RAND_bytes($0.baseAddress, Int32(clamping: $0.count)) }) == 1
        else {
            var system = SystemRandomNumberGenerator()
            return (0..<result.count).map { _ in UInt8.random(in: .min ... .max, using: &system) }
        }
        return result
    }

    /// A token of `count` random bytes (default 16: 128 bits) in lower-case hexadecimal.
    package static func hexToken(bytes count: Int = 16) -> String {
        Hexadecimal.encode(bytes(count))
    }

    /// A token of `count` random bytes (default 18: 144 bits) in base64url without padding.
    package static func base64URLToken(bytes count: Int = 18) -> String {
        Base64.encodeURL(bytes(count))
    }
}
