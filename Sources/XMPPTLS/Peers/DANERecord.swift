//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

/// A TLSA record (RFC 6698 §2.1) of a server, proven by DNSSEC.
package struct DANERecord: Sendable, Hashable {
    package enum Usage: UInt8, Sendable {
        /// A certificate of the chain, which must be valid by the usual authorities too.
        case pkixTrustAnchor = 0
        /// The server's certificate, which must be valid by the usual authorities too.
        case pkixEndEntity = 1
        /// The authority at the end of the chain.
        case trustAnchor = 2
        /// The server's certificate, whatever its names and dates (RFC 7671 §5.1).
        case endEntity = 3
    }

    package let usage: UInt8
    package let selector: UInt8
    package let matchingType: UInt8
    package let data: [UInt8]

    package init(usage: UInt8, selector: UInt8, matchingType: UInt8, data: [UInt8]) {
        self.usage = usage
        self.selector = selector
        self.matchingType = matchingType
        self.data = data
    }

    /// Whether we know what the record means; others are passed over (RFC 6698 §4.1).
    package var isUsable: Bool {
        let length: Int? =
            switch matchingType {
            case 0: data.isEmpty ? nil : data.count
            case 1: HashFunction.sha256.digestLength
            case 2: HashFunction.sha512.digestLength
            default: nil
            }
        return usage <= 3 && selector <= 1 && length == data.count
    }

    /// Whether the record names this certificate.
    func names(_ certificate: Certificate) -> Bool {
        let whole = selector == 0 ? certificate.der : certificate.publicKey
        guard !whole.isEmpty else { return false }
        return switch matchingType {
        case 0: data == whole
        case 1: data == HashFunction.sha256.digest(whole)
        case 2: data == HashFunction.sha512.digest(whole)
        default: false
        }
    }
}

/// What TLSA records say of a certificate.
package enum DANEOutcome: Sendable, Equatable {
    case matched(DANERecord.Usage)
    /// There are records and it fits none.
    case mismatched
    /// There is none that can be used, so they say nothing.
    case unusable
}

extension TLSPeerCertificate {
    /// Compares the certificate with the TLSA records of a server (RFC 7671, RFC 7673 §4).
    ///
    /// - `identities`: the domain, and the host that its SRV record names. Records that name an authority, and those
    ///   that ask for the usual authorities too, want one of them in the certificate.
    /// - `now`: seconds since 1970.
    package func compare(
        with records: [DANERecord], identities: [ReferenceIdentity], at now: Int64
    ) -> DANEOutcome {
        let usable = TLSPeerCertificate.strongest(records.filter(\.isUsable))
        guard !usable.isEmpty else { return .unusable }
        let isNamed = identities.contains { match($0) != nil }
        return chain.withPointers { pointers in
            for record in usable {
                guard let usage = DANERecord.Usage(rawValue: record.usage) else { continue }
                let fits: Bool =
                    switch usage {
                    case .endEntity: pointers.first.map { record.names(Certificate(pointer: $0)) } ?? false
                    case .pkixEndEntity:
                        isTrusted && isNamed && pointers.first.map { record.names(Certificate(pointer: $0)) } ?? false
                    case .pkixTrustAnchor:
                        isTrusted && isNamed
                            && pointers.dropFirst().contains { record.names(Certificate(pointer: $0)) }
                    case .trustAnchor: isNamed && leads(to: record, pointers, at: now)
                    }
                if fits { return .matched(usage) }
            }
            return .mismatched
        }
    }

    /// Whether the chain leads to the authority that `record` names: one that was sent along (RFC 7671 §5.2.2), or the
    /// whole certificate in the record.
    private func leads(to record: DANERecord, _ pointers: [OpaquePointer], at now: Int64) -> Bool {
        let isWhole = record.selector == 0 && record.matchingType == 0 && record.data != chain.certificates.first
        if isWhole, chain.leads(to: record.data, at: now) { return true }
        return pointers.dropFirst().contains { pointer in
            let certificate = Certificate(pointer: pointer)
            return record.names(certificate) && chain.leads(to: certificate.der, at: now)
        }
    }

    /// Without the digests for which there is a stronger one of the same kind (RFC 7671 §9).
    private static func strongest(_ records: [DANERecord]) -> [DANERecord] {
        records.filter { record in
            record.matchingType != 1
                || !records.contains {
                    $0.usage == record.usage && $0.selector == record.selector && $0.matchingType == 2
                }
        }
    }
}
