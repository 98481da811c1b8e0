//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

import CIDN2
import Glibc

/// The domain of an address (RFC 7622 §3.2): a host name, an IPv4 address or an IPv6 address in brackets.
///
/// Host names are kept as U-labels in lower case, without a trailing dot. Underscores are let through beyond LDH:
/// hosts of containers and test set-ups have them.
enum DomainPart {
    /// RFC 1035 §2.3.4, in octets; RFC 5890 §2.3.2.1 holds A-labels to it too.
    static let maximumLabelLength = 63

    /// Small letters, digits, hyphen and underscore.
    private static let small = ASCIISet(low: 0x03FF_2000_0000_0000, high: 0x07FF_FFFE_8000_0000)
    private static let dot = UInt8(ascii: ".")
    private static let hyphen = UInt8(ascii: "-")

    /// Whether the octets are a valid name in ASCII, and how many are left without a trailing dot.
    @inline(__always)
    static func asciiCase(_ bytes: UnsafeRawBufferPointer) -> (ASCIICase, length: Int) {
        var length = bytes.count
        if length > 1, bytes[length - 1] == dot { length -= 1 }
        guard length > 0, length <= JID.maximumPartLength else { return (.needsPreparation, length) }
        let small = small
        var result = ASCIICase.lower
        var start = 0
        var index = 0
        while index <= length {
            let byte = index < length ? bytes[index] : dot
            if byte == dot {
                guard isLabel(bytes, start, index) else { return (.needsPreparation, length) }
                start = index + 1
            } else if !small.contains(byte) {
                guard byte.isASCIICapital else { return (.needsPreparation, length) }
                result = .mixed
            }
            index += 1
        }
        return (result, length)
    }

    /// Whether a label is neither empty nor too long, has no hyphen at an edge, and is not reserved: `xn--` needs to
    /// be read, and others with hyphens in third and fourth place are no host names (RFC 5890 §2.3.1).
    @inline(__always)
    private static func isLabel(_ bytes: UnsafeRawBufferPointer, _ start: Int, _ end: Int) -> Bool {
        guard end > start, end - start <= maximumLabelLength else { return false }
        guard bytes[start] != hyphen, bytes[end - 1] != hyphen else { return false }
        return !(end - start > 3 && bytes[start + 2] == hyphen && bytes[start + 3] == hyphen)
    }

    /// The prepared domain.
    static func prepared(_ bytes: UnsafeRawBufferPointer) throws(JIDError) -> String {
        let (ascii, length) = asciiCase(bytes)
        let name = UnsafeRawBufferPointer(rebasing: bytes[0..<length])
        switch ascii {
        case .lower: return String(decoding: name, as: UTF8.self)
        case .mixed: return String(lowercasingASCII: name)
        case .needsPreparation: return try preparedSlowly(validated(bytes, .domain))
        }
    }

    /// The prepared domain.
    static func prepared(_ string: String) throws(JIDError) -> String {
        var string = string
        let outcome = string.withUTF8 { bytes -> Result<String, JIDError> in
            do throws(JIDError) {
                return .success(try prepared(UnsafeRawBufferPointer(bytes)))
            } catch {
                return .failure(error)
            }
        }
        return try outcome.get()
    }

    private static func preparedSlowly(_ string: String) throws(JIDError) -> String {
        guard !string.isEmpty else { throw JIDError(.domain, .empty) }
        guard string.utf8.count <= JID.maximumPartLength * 6 else { throw JIDError(.domain, .tooLong) }
        if string.utf8.first == UInt8(ascii: "[") { return try ipv6Literal(string) }
        // Also keeps NUL from libidn2, which would take it for the end.
        for byte in string.utf8 where byte < 0x80 {
            guard byte == dot || byte.isASCIICapital || small.contains(byte) else {
                throw JIDError(.domain, .forbiddenCharacter)
            }
        }
        let ascii = try asciiForm(of: string)
        guard isHostName(ascii) else { throw JIDError(.domain, .label) }
        let name = try unicode(ascii)
        // A-labels that hide what a U-label may not say do not survive the way back.
        guard try asciiForm(of: name) == ascii else { throw JIDError(.domain, .idna) }
        try checkLength(name.utf8.count, .domain)
        return name
    }

    /// The A-label form. Never with the STD3 flag, with which libidn2 drops underscores silently.
    static func asciiForm(of name: String) throws(JIDError) -> String {
        var output: UnsafeMutablePointer<UInt8>?
        let flags = Int32(IDN2_NFC_INPUT.rawValue | IDN2_NONTRANSITIONAL.rawValue)
        let status = name.withCString { text in
            text.withMemoryRebound(to: UInt8.self, capacity: name.utf8.count + 1) { idn2_lookup_u8($0, &output, flags) }
        }
        defer { idn2_free(output) }
        guard status == IDN2_OK.rawValue, let output else { throw JIDError(.domain, .idna) }
        var ascii = String(cString: output)
        if ascii.utf8.last == dot { ascii.removeLast() }
        return ascii
    }

    private static func unicode(_ ascii: String) throws(JIDError) -> String {
        var output: UnsafeMutablePointer<CChar>?
        let status = ascii.withCString { idn2_to_unicode_8z8z($0, &output, 0) }
        defer { idn2_free(output) }
        guard status == IDN2_OK.rawValue, let output else { throw JIDError(.domain, .idna) }
        return String(cString: output)
    }

    /// Whether libidn2's answer is letters, digits, hyphens and underscores: UTS 46 maps a fullwidth solidus to a
    /// plain one without complaint.
    private static func isHostName(_ ascii: String) -> Bool {
        guard !ascii.isEmpty else { return false }
        return ascii.utf8.split(separator: dot, omittingEmptySubsequences: false).allSatisfy { label in
            !label.isEmpty && label.count <= maximumLabelLength && label.first != hyphen && label.last != hyphen
                && label.allSatisfy { small.contains($0) }
        }
    }

    /// `[…]` with its IPv6 address in canonical spelling, so that one address is one JID.
    private static func ipv6Literal(_ string: String) throws(JIDError) -> String {
        guard string.utf8.last == UInt8(ascii: "]"), string.utf8.count <= Int(INET6_ADDRSTRLEN) + 2,
            !string.utf8.contains(0)
        else { throw JIDError(.domain, .ipLiteral) }
        var address = in6_addr()
        guard inet_pton(AF_INET6, String(string.dropFirst().dropLast()), &address) == 1 else {
            throw JIDError(.domain, .ipLiteral)
        }
        var text = [CChar](repeating: 0, count: Int(INET6_ADDRSTRLEN))
        guard inet_ntop(AF_INET6, &address, &text, socklen_t(INET6_ADDRSTRLEN)) != nil else {
            throw JIDError(.domain, .ipLiteral)
        }
        let canonical = text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }
        return "[\(String(decoding: canonical, as: UTF8.self))]"
    }
}
