//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

/// The part before the `@` (RFC 7622 §3.3): UsernameCaseMapped without eight more characters.
enum LocalPart {
    /// RFC 7622 §3.3.1: excluded although the IdentifierClass has them. They need XEP-0106 escaping.
    static let forbidden = "\"&'/:<>@"

    /// U+0021 to U+007E without capitals and ``forbidden``.
    private static let small = ASCIISet(low: 0xABFF_7F3A_0000_0000, high: 0x7FFF_FFFF_F800_0000)

    /// Whether the octets are a valid local part in ASCII.
    @inline(__always)
    static func asciiCase(_ bytes: UnsafeRawBufferPointer) -> ASCIICase {
        guard bytes.count - 1 < JID.maximumPartLength, bytes.count > 0 else { return .needsPreparation }
        let small = small
        var result = ASCIICase.lower
        for byte in bytes where !small.contains(byte) {
            guard byte.isASCIICapital else { return .needsPreparation }
            result = .mixed
        }
        return result
    }

    /// The prepared local part.
    static func prepared(_ bytes: UnsafeRawBufferPointer) throws(JIDError) -> String {
        switch asciiCase(bytes) {
        case .lower: String(decoding: bytes, as: UTF8.self)
        case .mixed: String(lowercasingASCII: bytes)
        case .needsPreparation: try prepared(validated(bytes, .local))
        }
    }

    /// The prepared local part.
    static func prepared(_ string: String) throws(JIDError) -> String {
        guard !string.isEmpty else { throw JIDError(.local, .empty) }
        // Normalizing megabytes to find them too long would be a gift to an attacker; no preparation shrinks a
        // string to less than a sixth (width mapping and composition each save at most two thirds or a half).
        guard string.utf8.count <= JID.maximumPartLength * 6 else { throw JIDError(.local, .tooLong) }
        let prepared = try PRECIS.usernameCaseMapped(string, part: .local)
        // After preparation: a fullwidth commercial at has become a plain one.
        guard !prepared.utf8.contains(where: { forbidden.utf8.contains($0) }) else {
            throw JIDError(.local, .forbiddenCharacter)
        }
        try checkLength(prepared.utf8.count, .local)
        return prepared
    }
}
