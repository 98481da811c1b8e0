//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

/// The part after the first `/` (RFC 7622 §3.4): OpaqueString without a leading space.
enum ResourcePart {
    /// The prepared resource.
    @inline(__always)
    static func prepared(_ bytes: UnsafeRawBufferPointer) throws(JIDError) -> String {
        guard let first = bytes.first, first != 0x20, bytes.count <= JID.maximumPartLength,
            bytes.allSatisfy({ $0 &- 0x20 < 0x5F })
        else { return try prepared(slow: bytes) }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// The prepared resource.
    static func prepared(_ string: String) throws(JIDError) -> String {
        guard !string.isEmpty else { throw JIDError(.resource, .empty) }
        guard string.utf8.count <= JID.maximumPartLength * 6 else { throw JIDError(.resource, .tooLong) }
        let prepared = try PRECIS.opaqueString(string, part: .resource)
        guard prepared.utf8.first != 0x20 else { throw JIDError(.resource, .leadingSpace) }
        try checkLength(prepared.utf8.count, .resource)
        return prepared
    }

    @inline(never)
    private static func prepared(slow bytes: UnsafeRawBufferPointer) throws(JIDError) -> String {
        try prepared(validated(bytes, .resource))
    }
}
