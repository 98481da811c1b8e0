//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

internal import XMPPCore

/// Reads the stream header that nearly every client sends, without a parser made for it: a connection opens its stream
/// two or three times, and each time a parser of libxml2's would be set up, read one tag, and be thrown away.
///
/// It takes a part of what XML allows – whole, in ASCII, without references, the attributes of RFC 6120 §4.7 and the two
/// usual namespaces only. Whatever else comes is libxml2's to read, or to refuse.
struct PlainHeader {
    let header: StreamHeader
    /// Bytes up to the end of the tag.
    let length: Int

    /// Nil if the bytes do not begin with such a header.
    init?(_ bytes: UnsafeRawBufferPointer, limits: XMLLimits) {
        var reader = Reader(bytes: bytes)
        guard reader.skipDeclaration(), reader.take("<stream:stream") else { return nil }
        var header = StreamHeader(contentNamespace: "", version: nil)
        var namespace: String?
        var hasContentNamespace = false
        var seen = 0
        while true {
            let isSeparated = reader.skipSpace()
            if reader.take(">") { break }
            guard isSeparated, let name = reader.name(), let value = reader.value() else { return nil }
            let isNew: Bool
            switch name {
            case .to: isNew = Self.set(&header.to, value)
            case .from: isNew = Self.set(&header.from, value)
            case .id: isNew = Self.set(&header.id, value)
            case .version: isNew = Self.set(&header.version, value)
            case .language: isNew = Self.set(&header.language, value)
            case .streamNamespace: isNew = Self.set(&namespace, value)
            case .contentNamespace:
                isNew = !hasContentNamespace
                hasContentNamespace = true
                header.contentNamespace = value
            }
            seen += 1
            guard isNew else { return nil }
        }
        guard namespace == Namespace.streams, header.contentNamespace == Namespace.client, seen <= limits.attributes,
            reader.position <= limits.bytes
        else { return nil }
        self.header = header
        length = reader.position
    }

    private static func set(_ attribute: inout String?, _ value: String) -> Bool {
        defer { attribute = value }
        return attribute == nil
    }

    private enum Name {
        case to, from, id, version, language, contentNamespace, streamNamespace
    }

    private struct Reader {
        let bytes: UnsafeRawBufferPointer
        var position = 0

        private static let names: [(StaticString, Name)] = [
            ("to=", .to), ("from=", .from), ("id=", .id), ("version=", .version), ("xml:lang=", .language),
            ("xmlns=", .contentNamespace), ("xmlns:stream=", .streamNamespace),
        ]

        /// Whether the next bytes were these.
        mutating func take(_ text: StaticString) -> Bool {
            guard bytes.count - position >= text.utf8CodeUnitCount else { return false }
            for index in 0..<text.utf8CodeUnitCount where bytes[position + index] != text.utf8Start[index] {
                return false
            }
            position += text.utf8CodeUnitCount
            return true
        }

        /// Whether there was any.
        mutating func skipSpace() -> Bool {
            let start = position
            while position < bytes.count, bytes[position].isXMLSpace { position += 1 }
            return position > start
        }

        /// The declaration in its usual forms, if there is one; false if there is another.
        mutating func skipDeclaration() -> Bool {
            guard take("<?xml") else { return true }
            for form: StaticString in [
                " version='1.0'?>", " version=\"1.0\"?>", " version='1.0' encoding='UTF-8'?>",
                " version=\"1.0\" encoding=\"UTF-8\"?>", " version='1.0' encoding='utf-8'?>",
                " version=\"1.0\" encoding=\"utf-8\"?>",
            ] where take(form) {
                _ = skipSpace()
                return true
            }
            return false
        }

        mutating func name() -> Name? {
            for (text, name) in Self.names where take(text) { return name }
            return nil
        }

        /// What stands between two quotes, if it stands for itself.
        mutating func value() -> String? {
            guard position < bytes.count else { return nil }
            let quote = bytes[position]
            guard quote == UInt8(ascii: "'") || quote == UInt8(ascii: "\"") else { return nil }
            let start = position + 1
            var end = start
            while true {
                guard end < bytes.count else { return nil }
                let byte = bytes[end]
                if byte == quote { break }
                guard 0x20 <= byte, byte < 0x7F, byte != UInt8(ascii: "<"), byte != UInt8(ascii: "&") else {
                    return nil
                }
                end += 1
            }
            position = end + 1
            return String(decoding: bytes[start..<end], as: UTF8.self)
        }
    }
}
