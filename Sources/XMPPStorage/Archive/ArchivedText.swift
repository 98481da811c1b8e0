//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

/// A stanza as it lies in the archive, looked at without a parser.
///
/// The text was written by our serialiser from a tree: it is well-formed, attributes are in single quotes, and only
/// default namespaces and `a1:`-like prefixes are declared. Text of another kind gives less, but never a trap.
struct ArchivedText {
    private let text: String
    /// Where the start tag ends: after its `>`.
    private let contentStart: String.Index

    /// Nil if there is no start tag.
    init?(_ text: String) {
        guard text.utf8.first == UInt8(ascii: "<"),
            let end = Self.tagEnd(text, from: text.utf8.index(after: text.utf8.startIndex))
        else { return nil }
        self.text = text
        contentStart = end
    }

    /// The start tag without its end: `<message …`.
    var startTag: Substring {
        var end = text.utf8.index(before: contentStart)
        let last = text.utf8.index(before: end)
        if text.utf8[last] == UInt8(ascii: "/") { end = last }
        return text[..<end]
    }

    /// Everything behind the start tag.
    var content: Substring { text[contentStart...] }

    /// Whether another has the same content, but for since when it has been on its way (XEP-0203): clients that send a
    /// message again say so, and should (XEP-0198 §5).
    func saysTheSame(as other: Self) -> Bool {
        if content == other.content { return true }
        guard isDelayed || other.isDelayed else { return false }
        return undelayedContent == other.undelayedContent
    }

    private var isDelayed: Bool { hasChild("delay", Self.delays) }

    private var undelayedContent: String {
        var rest = ""
        var index = contentStart
        forEachElement { tag, _, whole in
            guard tag.hasPrefix("<delay "), Self.attribute("xmlns", in: tag) == Self.delays else { return }
            rest += text[index..<whole.lowerBound]
            index = whole.upperBound
        }
        return rest + text[index...]
    }

    private static let delays = "urn:xmpp:delay"

    /// The text of the first `<body/>` child of the stanza's own namespace (RFC 6121 §5.2.3).
    var body: String? { child("body").map(Self.unescaped) }

    /// An attribute of the stanza, unescaped.
    func attribute(_ name: String) -> String? {
        Self.attribute(name, in: startTag)
    }

    /// The origin id (XEP-0359 §3.1).
    var originID: String? {
        var found: String?
        forEachChild { tag, _ in
            if found == nil, tag.hasPrefix("<origin-id "), Self.attribute("xmlns", in: tag) == "urn:xmpp:sid:0" {
                found = Self.attribute("id", in: tag)
            }
        }
        return found
    }

    /// Whether there is a child of this name and namespace.
    func hasChild(_ name: String, _ namespace: String) -> Bool {
        var isFound = false
        forEachChild { tag, _ in
            if tag.hasPrefix("<" + name + " "), Self.attribute("xmlns", in: tag) == namespace { isFound = true }
        }
        return isFound
    }

    /// The raw content of the first child of this name that declares no namespace of its own.
    private func child(_ name: String) -> Substring? {
        var found: Substring?
        let (bare, open) = ("<" + name, "<" + name + " ")
        forEachChild { tag, content in
            if found == nil, tag == bare || tag.hasPrefix(open), Self.attribute("xmlns", in: tag) == nil {
                found = content
            }
        }
        return found
    }

    /// Calls with the start tag (without its end) and the raw content of each child.
    private func forEachChild(_ body: (Substring, Substring) -> Void) {
        forEachElement { tag, content, _ in body(tag, content) }
    }

    /// The same with where the child begins and ends.
    private func forEachElement(_ body: (Substring, Substring, Range<String.Index>) -> Void) {
        let bytes = text.utf8
        var index = contentStart
        var depth = 0
        var tag: Substring = ""
        var start = index
        while let open = bytes[index...].firstIndex(of: UInt8(ascii: "<")) {
            let next = bytes.index(after: open)
            guard next < bytes.endIndex, let end = Self.tagEnd(text, from: next) else { return }
            if bytes[next] == UInt8(ascii: "/") {
                depth -= 1
                if depth < 0 { return }
                if depth == 0 { body(tag, text[start..<open], tag.startIndex..<end) }
            } else {
                let last = bytes.index(end, offsetBy: -2)
                let isEmpty = bytes[last] == UInt8(ascii: "/")
                if depth == 0 {
                    tag = text[open..<(isEmpty ? last : bytes.index(before: end))]
                    start = end
                    if isEmpty { body(tag, "", open..<end) }
                }
                if !isEmpty { depth += 1 }
            }
            index = end
        }
    }

    /// The index behind the `>` that ends a tag; one in a quoted value does not.
    private static func tagEnd(_ text: String, from start: String.Index) -> String.Index? {
        let bytes = text.utf8
        var quote: UInt8?
        var index = start
        while index < bytes.endIndex {
            let byte = bytes[index]
            index = bytes.index(after: index)
            if let open = quote {
                if byte == open { quote = nil }
            } else if byte == UInt8(ascii: "'") || byte == UInt8(ascii: "\"") {
                quote = byte
            } else if byte == UInt8(ascii: ">") {
                return index
            }
        }
        return nil
    }

    private static func attribute(_ name: String, in tag: Substring) -> String? {
        let wanted = Array(name.utf8)
        let bytes = tag.utf8
        var index = bytes.startIndex
        // A value's quotes are the only ones in a tag, so each turn reads one attribute.
        while let quote = bytes[index...].firstIndex(of: UInt8(ascii: "'")) {
            let valueStart = bytes.index(after: quote)
            guard let valueEnd = bytes[valueStart...].firstIndex(of: UInt8(ascii: "'")) else { return nil }
            let head = bytes[index..<quote]
            if head.count > wanted.count + 1, head.dropLast().suffix(wanted.count).elementsEqual(wanted),
                head.dropLast(wanted.count + 1).last == UInt8(ascii: " ")
            {
                return unescaped(tag[valueStart..<valueEnd])
            }
            index = bytes.index(after: valueEnd)
        }
        return nil
    }

    /// Text without the five entities of XML and numeric ones; anything else that begins with `&` stays as it is.
    static func unescaped(_ raw: Substring) -> String {
        let bytes = raw.utf8
        guard bytes.contains(UInt8(ascii: "&")) else { return String(raw) }
        var result = ""
        var index = bytes.startIndex
        while let ampersand = bytes[index...].firstIndex(of: UInt8(ascii: "&")) {
            result += raw[index..<ampersand]
            guard let end = bytes[ampersand...].firstIndex(of: UInt8(ascii: ";")),
                let character = character(raw[bytes.index(after: ampersand)..<end])
            else {
                result += "&"
                index = bytes.index(after: ampersand)
                continue
            }
            result.unicodeScalars.append(character)
            index = bytes.index(after: end)
        }
        result += raw[index...]
        return result
    }

    private static func character(_ entity: Substring) -> Unicode.Scalar? {
        switch entity {
        case "amp": return "&"
        case "lt": return "<"
        case "gt": return ">"
        case "quot": return "\""
        case "apos": return "'"
        default:
            guard entity.hasPrefix("#") else { return nil }
            let digits = entity.dropFirst()
            let value = digits.hasPrefix("x") ? UInt32(digits.dropFirst(), radix: 16) : UInt32(digits)
            return value.flatMap(Unicode.Scalar.init)
        }
    }
}
