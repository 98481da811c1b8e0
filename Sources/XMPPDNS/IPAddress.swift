//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

package import NIOCore

#if canImport(Glibc)
internal import Glibc
#elseif canImport(Musl)
internal import Musl
#endif

/// An IPv4 or IPv6 address.
package struct IPAddress: Sendable, Hashable {
    /// What an address is for, as far as it matters to whoever connects to it (IANA special-purpose registries).
    package enum Scope: String, Sendable {
        case global
        /// RFC 1918, RFC 6598 (shared), RFC 4193.
        case `private`
        /// 127.0.0.0/8, ::1.
        case loopback
        /// 169.254.0.0/16, fe80::/10.
        case linkLocal
        /// 0.0.0.0/8, ::.
        case unspecified
        /// 224.0.0.0/4, ff00::/8.
        case multicast
        /// 240.0.0.0/4, the broadcast address among it.
        case reserved
    }

    /// Four or sixteen bytes, in network order.
    package let bytes: [UInt8]

    package var isIPv6: Bool { bytes.count == 16 }

    /// The data of an A or AAAA record; nil if it is neither 4 nor 16 bytes long.
    package init?(bytes: [UInt8]) {
        guard bytes.count == 4 || bytes.count == 16 else { return nil }
        self.bytes = bytes
    }

    /// Reads an address as people write it; IPv6 also in brackets.
    package init?(_ text: String) {
        let isBracketed = text.hasPrefix("[") && text.hasSuffix("]") && text.utf8.count > 2
        let text = isBracketed ? String(text.dropFirst().dropLast()) : text
        guard !text.utf8.contains(0) else { return nil }
        var bytes = [UInt8](repeating: 0, count: 16)
        if !isBracketed, inet_pton(AF_INET, text, &bytes) == 1 {
            self.bytes = Array(bytes.prefix(4))
        } else if inet_pton(AF_INET6, text, &bytes) == 1 {
            self.bytes = bytes
        } else {
            return nil
        }
    }

    /// The address of the other end of a connection; nil for sockets of another kind.
    package init?(_ address: SocketAddress) {
        guard let text = address.ipAddress else { return nil }
        // An address of a link has the name of its interface behind it.
        self.init(String(text.prefix { $0 != "%" }))
    }

    /// The IPv4 address inside an IPv6 address that stands for it: mapped (RFC 4291 §2.5.5.2) or of the well-known
    /// prefix of translators (RFC 6052 §2.1); else the address itself.
    package var unmapped: IPAddress {
        guard isIPv6 else { return self }
        let isMapped = bytes.prefix(10).allSatisfy { $0 == 0 } && bytes[10] == 0xFF && bytes[11] == 0xFF
        let isTranslated = bytes.prefix(4) == [0x00, 0x64, 0xFF, 0x9B] && bytes[4..<12].allSatisfy { $0 == 0 }
        guard isMapped || isTranslated else { return self }
        return IPAddress(bytes: Array(bytes.suffix(4))) ?? self
    }

    package var scope: Scope {
        let address = unmapped
        return address.isIPv6 ? address.ipv6Scope : address.ipv4Scope
    }

    private var ipv4Scope: Scope {
        switch (bytes[0], bytes[1]) {
        case (0, _): .unspecified
        case (127, _): .loopback
        case (169, 254): .linkLocal
        case (224...239, _): .multicast
        case (240..., _): .reserved
        case (10, _), (172, 16...31), (192, 168), (100, 64...127): .private
        default: .global
        }
    }

    private var ipv6Scope: Scope {
        if bytes.dropLast().allSatisfy({ $0 == 0 }) {
            if bytes[15] == 0 { return .unspecified }
            if bytes[15] == 1 { return .loopback }
        }
        switch (bytes[0], bytes[1]) {
        case (0xFF, _): return .multicast
        case (0xFE, 0x80...0xBF): return .linkLocal
        case (0xFC...0xFD, _): return .private
        default: return .global
        }
    }

    /// The address with a port, for a socket.
    package func socketAddress(port: Int) throws -> SocketAddress {
        try SocketAddress(packedIPAddress: ByteBuffer(bytes: bytes), port: port)
    }
}

extension IPAddress: CustomStringConvertible {
    package var description: String {
        var text = [CChar](repeating: 0, count: Int(INET6_ADDRSTRLEN))
        guard inet_ntop(isIPv6 ? AF_INET6 : AF_INET, bytes, &text, socklen_t(text.count)) != nil else { return "" }
        return String(decoding: text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
}
