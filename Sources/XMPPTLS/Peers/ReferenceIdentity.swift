//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

/// The name a peer must prove (RFC 9525 §6.1).
package struct ReferenceIdentity: Sendable, Hashable {
    /// The domain as addresses have it: prepared, with U-labels.
    package let domain: String
    /// The same in A-labels; nil for IP addresses, which no certificate of ours proves.
    package let ascii: String?

    package init(domain: String, ascii: String?) {
        self.domain = domain
        self.ascii = ascii?.lowercased()
    }
}

/// By which name a certificate was found to be for a domain.
package enum IdentityMatch: Sendable, Equatable {
    /// `_xmpp-server.` and the domain (RFC 4985, RFC 6120 §13.7.1.2.1).
    case serviceName
    /// An XMPP address (RFC 6120 §13.7.1.4).
    case xmppAddress
    case dnsName
    /// A DNS name whose first label is `*`.
    case wildcard
}

extension TLSPeerCertificate {
    /// By which of its names the certificate is for `identity`; nil if by none (RFC 9525 §6, RFC 6120 §13.7).
    ///
    /// Only alternative names count, never the common name. Names are compared as A-labels without regard to case; a
    /// wildcard stands for exactly one whole label, the first, and needs two more behind it.
    package func match(_ identity: ReferenceIdentity) -> IdentityMatch? {
        guard let ascii = identity.ascii, !ascii.isEmpty, !ascii.contains("*") else { return nil }
        if serviceNames.contains("_xmpp-server.\(ascii)") { return .serviceName }
        if xmppAddresses.contains(where: { [identity.domain, ascii].contains(TLSPeerCertificate.lowercased($0)) }) {
            return .xmppAddress
        }
        if dnsNames.contains(ascii) { return .dnsName }
        guard let wildcard = TLSContextStore.wildcard(for: ascii),
            wildcard.utf8.count(where: { $0 == UInt8(ascii: ".") }) >= 2
        else { return nil }
        return dnsNames.contains(wildcard) ? .wildcard : nil
    }

    /// What names it has, for people to read.
    package var names: [String] {
        var result = dnsNames
        for name in serviceNames + xmppAddresses where !result.contains(name) { result.append(name) }
        return result
    }

    /// Small letters for capitals of ASCII: other case mappings could make one name of two.
    private static func lowercased(_ name: String) -> String {
        String(decoding: name.utf8.map { 0x41...0x5A ~= $0 ? $0 | 0x20 : $0 }, as: UTF8.self)
    }
}
