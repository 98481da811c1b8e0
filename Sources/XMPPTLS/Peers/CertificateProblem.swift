//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

import COpenSSL

/// Why a peer's certificate proves nothing, in words for an operator.
package enum CertificateProblem: Sendable, Hashable {
    /// The peer showed none.
    case missing
    /// It signed itself.
    case selfSigned
    /// Its chain ends at an authority that is not trusted.
    case unknownAuthority(String)
    /// The peer did not send the certificate of its issuer, which is not among the trusted ones either.
    case incompleteChain(issuer: String)
    /// Its end of validity has passed, in seconds since 1970.
    case expired(Int64)
    /// Its validity has not begun, in seconds since 1970.
    case notYetValid(Int64)
    /// A certificate above it in its chain is out of date.
    case authorityOutOfDate(String)
    /// It is for other names.
    case wrongName(domain: String, names: [String])
    /// Its key or the hash of a signature is too weak.
    case weak
    /// It is marked as not for servers.
    case wrongPurpose
    /// It is not the one that is pinned for the domain; with its own SHA-256.
    case otherFingerprint([UInt8])
    /// The domain's TLSA records name others (RFC 7673).
    case notInDNS
    /// Only TLSA records are taken as a proof, and the domain proves none for the server.
    case noRecordsInDNS
    /// The domain's TLSA records could not be had, with the reason.
    case noAnswerFromDNS(String)
    /// Something else, in OpenSSL's words.
    case other(String)

    /// What OpenSSL's faults mean, worst first.
    static func problems(of faults: [CertificateFault], chainLength: Int) -> [CertificateProblem] {
        var result: [CertificateProblem] = []
        for fault in faults {
            guard let problem = problem(of: fault, chainLength: chainLength), !result.contains(problem) else {
                continue
            }
            result.append(problem)
        }
        return result.isEmpty ? [.other("the certificate cannot be verified")] : result
    }

    private static func problem(of fault: CertificateFault, chainLength: Int) -> CertificateProblem? {
        let isOwn = fault.depth == 0
        switch fault.code {
        case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT: return .selfSigned
        case X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN: return .unknownAuthority(fault.subject)
        case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY, X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT:
            return chainLength == 1 ? .incompleteChain(issuer: fault.issuer) : .unknownAuthority(fault.issuer)
        // Comes with the one before.
        case X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE: return nil
        case X509_V_ERR_CERT_HAS_EXPIRED: return isOwn ? .expired(fault.notAfter) : .authorityOutOfDate(fault.subject)
        case X509_V_ERR_CERT_NOT_YET_VALID:
            return isOwn ? .notYetValid(fault.notBefore) : .authorityOutOfDate(fault.subject)
        case X509_V_ERR_EE_KEY_TOO_SMALL, X509_V_ERR_CA_KEY_TOO_SMALL, X509_V_ERR_CA_MD_TOO_WEAK: return .weak
        case X509_V_ERR_INVALID_PURPOSE: return .wrongPurpose
        default:
            return .other(X509_verify_cert_error_string(Int(fault.code)).map { String(cString: $0) } ?? "unknown error")
        }
    }
}

extension CertificateProblem: CustomStringConvertible {
    /// Names written out in one message.
    private static let maximumNames = 8

    package var description: String {
        switch self {
        case .missing: "the server shows no certificate"
        case .selfSigned: "the certificate is self-signed"
        case .unknownAuthority(let name): "the certificate comes from an authority that is not trusted here (\(name))"
        case .incompleteChain(let issuer):
            "the certificate's issuer (\(issuer)) is neither sent along nor trusted here"
        case .expired(let time): "the certificate ended on \(UTCDate(time))"
        case .notYetValid(let time): "the certificate is not valid before \(UTCDate(time))"
        case .authorityOutOfDate(let name): "a certificate of its authorities is out of date (\(name))"
        case .wrongName(let domain, let names):
            names.isEmpty
                ? "the certificate names no server, so it is not for \(domain)"
                : "the certificate is not for \(domain), but for "
                    + names.prefix(CertificateProblem.maximumNames).joined(separator: ", ")
                    + (names.count > CertificateProblem.maximumNames ? ", …" : "")
        case .weak: "the certificate or one of its authorities uses a key or a hash that is too weak"
        case .wrongPurpose: "the certificate is not made for servers"
        case .otherFingerprint(let fingerprint):
            "the certificate is not the one pinned for the domain; its SHA-256 is \(Hexadecimal.encode(fingerprint))"
        case .notInDNS: "the certificate is not the one that the domain's TLSA records name"
        case .noRecordsInDNS:
            "only TLSA records are taken for this domain, and DNSSEC proves none that could be used"
        case .noAnswerFromDNS(let reason): "the domain's TLSA records cannot be had: \(reason)"
        case .other(let text): "the certificate cannot be verified: \(text)"
        }
    }

    /// What can be done about it, and by whom.
    package var remedy: String {
        switch self {
        case .missing: "Its operator must install a certificate for the domain, and ask for ours"
        case .selfSigned:
            "Its operator should get a certificate from a public authority or publish TLSA records with DNSSEC; "
                + "or pin its fingerprint here"
        case .unknownAuthority:
            "Its operator should use a public authority; or give that authority's certificate for the domain here"
        case .incompleteChain:
            "Its operator must send the intermediate certificates too (often a file called fullchain.pem); "
                + "if they have an authority of their own, give its certificate for the domain here"
        case .expired: "Its operator must renew the certificate and reload the server"
        case .notYetValid: "Check the clock of this machine, then that of the other server"
        case .authorityOutOfDate: "Its operator must install the authority's current intermediate certificates"
        case .wrongName:
            "Its operator must get a certificate that names the domain itself, not only the host it runs on"
        case .weak: "Its operator must get a certificate with an ECDSA P-256 key or RSA of at least 2048 bits"
        case .wrongPurpose: "Its operator must get a certificate whose extended key usage has serverAuth"
        case .otherFingerprint: "Ask its operator whether the certificate was changed, then pin the new one"
        case .notInDNS: "Its operator must publish TLSA records for the certificate in use, before it is changed"
        case .noRecordsInDNS:
            "Its operator must sign the zone and publish TLSA records for all its servers; or take authorities here"
        case .noAnswerFromDNS: "Check DNSSEC of the domain, for example with: delv TLSA"
        case .other: "Show the certificate with: openssl s_client -starttls xmpp-server"
        }
    }
}
