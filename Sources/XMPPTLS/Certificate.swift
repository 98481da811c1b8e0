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
        for index in 0..<max(0, min(COpenSSL_names_count(names), Certificate.maximumNames)) {
            var length: Int32 = 0
            if let bytes = COpenSSL_names_dns(names, index, &length), let name = ascii(bytes, length) {
                result.append(name)
            }
        }
        return result
    }

    /// The id-on-dnsSRV entries (RFC 4985 §2), lower case; those that are not ASCII are left out.
    var serviceNames: [String] {
        guard let names = COpenSSL_names(pointer) else { return [] }
        defer { COpenSSL_names_free(names) }
        var result: [String] = []
        for index in 0..<max(0, min(COpenSSL_names_count(names), Certificate.maximumNames)) {
            var length: Int32 = 0
            if let bytes = COpenSSL_names_service(names, index, &length), let name = ascii(bytes, length) {
                result.append(name)
            }
        }
        return result
    }

    /// Names looked at in a certificate: long lists are an attack on whoever reads them. Authorities that people use
    /// put up to 100 into one.
    private static let maximumNames: Int32 = 256

    /// A NUL or a control character inside a name is an attack on readers of C strings (CVE-2009-2408).
    private func ascii(_ bytes: UnsafePointer<UInt8>, _ length: Int32) -> String? {
        let name = UnsafeBufferPointer(start: bytes, count: max(0, Int(length)))
        guard !name.isEmpty, name.allSatisfy({ (0x21...0x7E).contains($0) }) else { return nil }
        return String(decoding: name, as: UTF8.self).lowercased()
    }

    /// Whom the certificate is for and who has signed it: common name, else organisation, for people to read.
    var subject: String { text(X509_get_subject_name(pointer)) }
    var issuer: String { text(X509_get_issuer_name(pointer)) }

    private func text(_ name: OpaquePointer?) -> String {
        guard let name else { return "" }
        for part in [NID_commonName, NID_organizationName, NID_organizationalUnitName] {
            var bytes = [CChar](repeating: 0, count: 200)
            guard X509_NAME_get_text_by_NID(name, part, &bytes, Int32(bytes.count)) > 0 else { continue }
            let text = bytes.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }
            return String(decoding: text.map { $0 < 0x20 || $0 == 0x7F ? UInt8(ascii: " ") : $0 }, as: UTF8.self)
        }
        return "an authority without a name"
    }

    /// The certificate in DER.
    var der: [UInt8] {
        var output: UnsafeMutablePointer<UInt8>?
        let length = i2d_X509(pointer, &output)
        defer { CRYPTO_free(output, #file, #line) }
        return length > 0 ? Array(UnsafeBufferPointer(start: output, count: Int(length))) : []
    }

    /// Its public key in DER (SubjectPublicKeyInfo, RFC 5280 §4.1).
    var publicKey: [UInt8] {
        var output: UnsafeMutablePointer<UInt8>?
        let length = i2d_X509_PUBKEY(X509_get_X509_PUBKEY(pointer), &output)
        defer { CRYPTO_free(output, #file, #line) }
        return length > 0 ? Array(UnsafeBufferPointer(start: output, count: Int(length))) : []
    }

    /// The id-on-xmppAddr entries (RFC 6120 §13.7.1.4), as they stand; those that are not text are left out.
    var xmppAddresses: [String] {
        guard let names = COpenSSL_names(pointer) else { return [] }
        defer { COpenSSL_names_free(names) }
        var result: [String] = []
        for index in 0..<max(0, min(COpenSSL_names_count(names), Certificate.maximumNames)) {
            var length: Int32 = 0
            guard let bytes = COpenSSL_names_xmpp(names, index, &length), length > 0 else { continue }
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
