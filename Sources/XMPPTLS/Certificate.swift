//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

import COpenSSL

/// Reads of an X.509 certificate. The pointer stays the caller's.
struct Certificate {
    let pointer: OpaquePointer

    /// End of validity in seconds since 1970.
    var notAfter: Int64 { seconds(X509_get0_notAfter(pointer)) ?? 0 }

    /// Start of validity in seconds since 1970.
    var notBefore: Int64 { seconds(X509_get0_notBefore(pointer)) ?? 0 }

    /// The dNSName entries, lower case; those that are not ASCII are left out.
    var dnsNames: [String] {
        guard let names = COpenSSL_names(pointer) else { return [] }
        defer { COpenSSL_names_free(names) }
        var result: [String] = []
        for index in 0..<max(0, COpenSSL_names_count(names)) {
            var length: Int32 = 0
            guard let bytes = COpenSSL_names_dns(names, index, &length), length > 0 else { continue }
            let name = UnsafeBufferPointer(start: bytes, count: Int(length))
            // A NUL or a control character inside a name is an attack on readers of C strings (CVE-2009-2408).
            guard name.allSatisfy({ (0x21...0x7E).contains($0) }) else { continue }
            result.append(String(decoding: name, as: UTF8.self).lowercased())
        }
        return result
    }

    /// Names looked at in a certificate: long lists are an attack on whoever reads them.
    private static let maximumNames = 64

    /// The id-on-xmppAddr entries (RFC 6120 §13.7.1.4), as they stand; those that are not text are left out.
    var xmppAddresses: [String] {
        guard let names = COpenSSL_names(pointer) else { return [] }
        defer { COpenSSL_names_free(names) }
        var result: [String] = []
        for index in 0..<max(0, min(Int(COpenSSL_names_count(names)), Self.maximumNames)) {
            var length: Int32 = 0
            guard let bytes = COpenSSL_names_xmpp(names, Int32(index), &length), length > 0 else { continue }
            let name = UnsafeBufferPointer(start: bytes, count: Int(length))
            guard !name.contains(0), let text = String(validating: name, as: UTF8.self) else { continue }
            result.append(text)
        }
        return result
    }

    /// The hash of the certificate for `tls-server-end-point` (RFC 5929 §4.1): with the hash function of its signature,
    /// SHA-256 in place of MD5 and SHA-1; nil where the signature names no hash (Ed25519).
    var serverEndPoint: [UInt8]? {
        var digest: Int32 = 0
        guard X509_get_signature_info(pointer, &digest, nil, nil, nil) == 1 else { return nil }
        switch digest {
        case NID_md5, NID_sha1, NID_sha256: return fingerprint("SHA2-256")
        case NID_undef: return nil
        default:
            guard let name = OBJ_nid2sn(digest) else { return nil }
            return fingerprint(String(cString: name))
        }
    }

    /// SHA-256 over the DER form.
    var fingerprint: [UInt8] { fingerprint("SHA2-256") ?? [] }

    private func fingerprint(_ hash: String) -> [UInt8]? {
        guard let algorithm = EVP_MD_fetch(nil, hash, nil) else { return nil }
        defer { EVP_MD_free(algorithm) }
        var length: UInt32 = 0
        var result = [UInt8](repeating: 0, count: Int(EVP_MAX_MD_SIZE))
        guard X509_digest(pointer, algorithm, &result, &length) == 1 else { return nil }
        return Array(result.prefix(Int(length)))
    }

    private func seconds(_ time: UnsafePointer<ASN1_TIME>?) -> Int64? {
        var result: Int64 = 0
        return COpenSSL_seconds_since_epoch(time, &result) == 0 ? result : nil
    }
}
