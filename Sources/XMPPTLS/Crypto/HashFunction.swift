//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

import COpenSSL

/// A hash function with what is built on it: digest, HMAC (RFC 2104) and PBKDF2 (RFC 8018 §5.2).
///
/// SHA-1 is here for SCRAM-SHA-1 (RFC 5802), XEP-0115 and XEP-0153 only: nothing new may rest on it.
package enum HashFunction: String, Sendable, Hashable, CaseIterable {
    case sha1 = "SHA-1"
    case sha256 = "SHA-256"
    case sha512 = "SHA-512"

    /// Length of a digest in bytes.
    package var digestLength: Int {
        switch self {
        case .sha1: 20
        case .sha256: 32
        case .sha512: 64
        }
    }

    /// The digest of `bytes`.
    package func digest(_ bytes: some Collection<UInt8>) -> [UInt8] {
        withContiguousBytes(of: bytes) { input in
            make(length: digestLength) { output in
                EVP_Digest(input.baseAddress, input.count, output.baseAddress, nil, algorithm, nil)
            }
        }
    }

    /// HMAC of `message` under `key`. Not generic: nothing is specialised across modules.
    package func hmac(key: [UInt8], _ message: [UInt8]) -> [UInt8] {
        key.withUnsafeBytes { key in
            message.withUnsafeBytes { message in
                make(length: digestLength) { output in
                    COpenSSL_hmac(
                        algorithm, key.baseAddress, key.count, message.baseAddress, message.count, output.baseAddress)
                }
            }
        }
    }

    /// HMAC of `message` under `key`.
    package func hmac(key: some Collection<UInt8>, _ message: some Collection<UInt8>) -> [UInt8] {
        hmac(key: Array(key), Array(message))
    }

    /// PBKDF2 with HMAC of this hash. Takes about a third of a microsecond per iteration: run it off the event loop.
    ///
    /// - `iterations`: at least 1; smaller values count as 1.
    /// - `length`: of the result in bytes; the digest length if nil.
    package func pbkdf2(
        password: some Collection<UInt8>, salt: some Collection<UInt8>, iterations: Int, length: Int? = nil
    ) -> [UInt8] {
        withContiguousBytes(of: password) { password in
            withContiguousBytes(of: salt) { salt in
                make(length: length ?? digestLength) { output in
                    PKCS5_PBKDF2_HMAC(
                        password.bindMemory(to: CChar.self).baseAddress, Int32(clamping: password.count),
                        salt.bindMemory(to: UInt8.self).baseAddress, Int32(clamping: salt.count),
                        Int32(clamping: max(1, iterations)), algorithm, Int32(clamping: output.count),
                        output.baseAddress)
                }
            }
        }
    }

    /// The implementation, fetched once: an implicit fetch costs more than a short digest.
    private var algorithm: OpaquePointer? {
        switch self {
        case .sha1: HashFunction.sha1Algorithm.pointer
        case .sha256: HashFunction.sha256Algorithm.pointer
        case .sha512: HashFunction.sha512Algorithm.pointer
        }
    }

    private static let sha1Algorithm = fetch("SHA1")
    private static let sha256Algorithm = fetch("SHA2-256")
    private static let sha512Algorithm = fetch("SHA2-512")

    private static func fetch(_ name: String) -> ConstantPointer {
        _ = OpenSSLLibrary.ready
        return ConstantPointer(pointer: EVP_MD_fetch(nil, name, nil))
    }

    /// Runs `body` on a fresh array. Inputs cannot make these functions fail, only a broken installation can.
    private func make(length: Int, _ body: (UnsafeMutableBufferPointer<UInt8>) -> Int32) -> [UInt8] {
        [UInt8](unsafeUninitializedCapacity: length) { buffer, count in
            let output = UnsafeMutableBufferPointer(rebasing: buffer[..<length])
            output.initialize(repeating: 0)
            precondition(body(output) == 1, "OpenSSL on this machine offers no \(rawValue)")
            count = length
        }
    }
}

/// Calls `body` with the bytes of `collection`, without a copy where its storage is contiguous.
func withContiguousBytes<Result>(
    of collection: some Collection<UInt8>, _ body: (UnsafeRawBufferPointer) -> Result
) -> Result {
    if let result = collection.withContiguousStorageIfAvailable({ body(UnsafeRawBufferPointer($0)) }) {
        return result
    }
    return Array(collection).withUnsafeBytes(body)
}
