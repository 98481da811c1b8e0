//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

#if canImport(Glibc)
internal import Glibc
#elseif canImport(Musl)
internal import Musl
#endif

/// The addresses that belong to one customer of a provider, as limits count them: an IPv4 address, or the 64 bits of an
/// IPv6 network, within which anybody has as many addresses as he likes (RFC 7421).
enum AddressBlock {
    /// What is no IP address stays as it is.
    static func name(of address: String) -> String {
        var bytes = [UInt8](repeating: 0, count: 16)
        guard inet_pton(AF_INET6, address, &bytes) == 1 else { return address }
        // RFC 4291 §2.5.5.2
        if bytes.prefix(10).allSatisfy({ $0 == 0 }), bytes[10...11].allSatisfy({ $0 == 0xff }) {
            return bytes.suffix(4).map { String($0) }.joined(separator: ".")
        }
        return bytes.prefix(8).map { String($0, radix: 16) }.joined(separator: ":") + "::/64"
    }
}
