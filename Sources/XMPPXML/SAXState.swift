//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

internal import CLibXML2
internal import XMPPCore

/// What a ``SAXParser`` has found so far, and what libxml2 calls back.
///
/// It stands at an address of its own and not in the parser's object: the callbacks, some ten for each stanza, then
/// neither count references nor check for exclusive access. No callback may call anything of libxml2 that calls back.
struct SAXState {
    let context: xmlParserCtxtPtr
    var limits = XMLLimits.beforeAuthentication
    var events: [XMLStreamEvent] = []
    var failure: StreamError?
    /// Depth of the document: 0 before the header and after the end, 1 between stanzas.
    var depth = 0
    var isPlainHeader = false
    var contentNamespace = XMLToken.clientNamespace
    /// The stream's opening tag with its namespaces only: what brings another parser to where this one stands.
    var openingTag = ""
    /// Bytes fed so far.
    var fed = 0
    /// Position behind the last stanza, white space included.
    var lastEnd = 0
    var largestStanza = 0
    /// Elements of the stanza that is being read.
    var elements = 0
    private var names = NameCache()
    private var builder = XMLTreeBuilder()
    private var mappedNamespace = XMLToken.unknown

    init(_ context: xmlParserCtxtPtr) {
        self.context = context
    }

    /// Whether no stanza has been begun.
    var isBetweenStanzas: Bool { depth == 1 && builder.depth == 0 }

    mutating func fail(_ error: StreamError) {
        if failure == nil { failure = error }
        xmlStopParser(context)
    }

    private var position: Int {
        guard let input = context.pointee.input else { return fed }
        return Int(input.pointee.consumed) + (input.pointee.cur - input.pointee.base)
    }

    mutating func start(
        _ name: UnsafePointer<xmlChar>, prefix: UnsafePointer<xmlChar>?, _ uri: UnsafePointer<xmlChar>?,
        namespaces: Int, attributes: Int,
        _ declared: UnsafeMutablePointer<UnsafePointer<xmlChar>?>?,
        _ values: UnsafeMutablePointer<UnsafePointer<xmlChar>?>?
    ) {
        guard attributes + namespaces <= limits.attributes else {
            return fail(StreamError(.policyViolation, text: "Too many attributes."))
        }
        guard depth > 0 else {
            depth = 1
            return open(name, prefix: prefix, uri, namespaces: namespaces, attributes: attributes, declared, values)
        }
        depth += 1
        elements += 1
        guard depth - 1 <= limits.depth else {
            return fail(StreamError(.policyViolation, text: "Elements are nested too deep."))
        }
        guard elements <= limits.elements else {
            return fail(StreamError(.policyViolation, text: "Too many elements."))
        }
        let nameToken = names.token(name)
        let namespaceToken = namespace(uri)
        if namespaceToken == .streamsNamespace, nameToken == .stream {
            // No stream stands inside another; a careless receiver might take it for its own.
            return fail(StreamError(.badFormat, text: "A stream inside a stream."))
        }
        if nameToken == .unknown || namespaceToken == .unknown {
            guard let name = bounded(name), let uri = bounded(uri) else { return }
            if namespaceToken == .unknown {
                builder.start(name: name, namespace: uri)
            } else {
                builder.start(name: name, namespaceToken)
            }
        } else {
            builder.start(nameToken, namespaceToken)
        }
        guard let values else { return }
        for index in 0..<attributes {
            // (local name, prefix, URI, value, end of value)
            guard let name = values[5 * index], let start = values[5 * index + 3], let end = values[5 * index + 4]
            else { continue }
            let uri = values[5 * index + 2]
            let value = UnsafeRawBufferPointer(start: start, count: end - start)
            let nameToken = names.token(name)
            let namespaceToken = uri == nil ? .empty : names.token(uri)
            if nameToken == .unknown || namespaceToken == .unknown {
                guard let name = bounded(name), let uri = bounded(uri) else { return }
                builder.attribute(name: name, namespace: uri, value: value)
            } else {
                builder.attribute(nameToken, namespaceToken, value: value)
            }
        }
    }

    private mutating func open(
        _ name: UnsafePointer<xmlChar>, prefix: UnsafePointer<xmlChar>?, _ uri: UnsafePointer<xmlChar>?,
        namespaces: Int, attributes: Int,
        _ declared: UnsafeMutablePointer<UnsafePointer<xmlChar>?>?,
        _ values: UnsafeMutablePointer<UnsafePointer<xmlChar>?>?
    ) {
        guard let name = bounded(name), let prefix = bounded(prefix), let uri = bounded(uri) else { return }
        var header = StreamHeader(contentNamespace: "", version: nil)
        header.name = String(utf8: name)
        header.namespace = String(utf8: uri)
        openingTag = "<" + (prefix.isEmpty ? "" : String(utf8: prefix) + ":") + header.name
        var plain = header.name == "stream" && header.namespace == Namespace.streams
        if let declared {
            for index in 0..<namespaces {
                guard let prefixBytes = bounded(declared[2 * index]), let uriBytes = bounded(declared[2 * index + 1])
                else { return }
                let prefix = String(utf8: prefixBytes)
                let uri = String(utf8: uriBytes)
                openingTag += Self.declaration(prefix, uri)
                switch prefix {
                case "": header.contentNamespace = uri
                case "stream": plain = plain && uri == Namespace.streams
                default: plain = false
                }
            }
        }
        openingTag += ">"
        if let values {
            for index in 0..<attributes {
                guard let start = values[5 * index + 3], let end = values[5 * index + 4] else { continue }
                let name = String(utf8: bytes(of: values[5 * index]))
                let uri = String(utf8: bytes(of: values[5 * index + 2]))
                let value = String(utf8: UnsafeRawBufferPointer(start: start, count: end - start))
                switch (uri, name) {
                case ("", "to"): header.to = value
                case ("", "from"): header.from = value
                case ("", "id"): header.id = value
                case ("", "version"): header.version = value
                case (Namespace.xml, "lang"): header.language = value
                default: header.extensions["{\(uri)}\(name)"] = value
                }
            }
        }
        isPlainHeader = plain
        let token = XMLToken(header.contentNamespace)
        contentNamespace = token
        if token == .serverNamespace || token == .componentNamespace { mappedNamespace = token }
        lastEnd = position
        events.append(.opened(header))
    }

    mutating func end() {
        depth -= 1
        guard depth > 0 else {
            events.append(.closed)
            return
        }
        builder.end()
        guard builder.depth == 0, let tree = builder.finish() else { return }
        let end = position
        largestStanza = max(largestStanza, end - lastEnd)
        lastEnd = end
        elements = 0
        events.append(.element(XMLElement(tree: tree)))
    }

    mutating func text(_ start: UnsafePointer<xmlChar>, _ count: Int) {
        let bytes = UnsafeRawBufferPointer(start: start, count: count)
        if builder.depth > 0 { return builder.text(bytes) }
        guard bytes.allSatisfy(\.isXMLSpace) else {
            return fail(StreamError(.badFormat, text: "Text between stanzas."))
        }
        // Keep-alive (RFC 6120 §4.6.1): belongs to no stanza.
        lastEnd = position
    }

    /// libxml2 lets overlong forms pass in CDATA sections, and nowhere else.
    mutating func section(_ start: UnsafePointer<xmlChar>, _ count: Int) {
        let bytes = UnsafeBufferPointer(start: start, count: count)
        guard bytes.allSatisfy({ $0 < 0x80 }) || String(validating: bytes, as: UTF8.self) != nil else {
            return fail(StreamError(.notWellFormed))
        }
        text(start, count)
    }

    mutating func error(_ error: UnsafePointer<xmlError>) {
        guard error.pointee.level.rawValue >= XML_ERR_ERROR.rawValue else { return }
        switch UInt32(bitPattern: error.pointee.code) {
        case XML_ERR_UNDECLARED_ENTITY.rawValue, XML_WAR_UNDECLARED_ENTITY.rawValue, XML_ERR_ENTITY_PROCESSING.rawValue:
            fail(StreamError(.restrictedXml))
        case XML_NS_ERR_UNDEFINED_NAMESPACE.rawValue:
            fail(StreamError(.badNamespacePrefix))
        default:
            fail(StreamError(.notWellFormed))
        }
    }

    private mutating func namespace(_ uri: UnsafePointer<xmlChar>?) -> XMLToken {
        guard let uri else { return .empty }
        let token = names.token(uri)
        return token == mappedNamespace && token != .unknown ? .clientNamespace : token
    }

    private func bytes(of name: UnsafePointer<xmlChar>?) -> UnsafeRawBufferPointer {
        guard let name else { return UnsafeRawBufferPointer(start: nil, count: 0) }
        return UnsafeRawBufferPointer(start: name, count: Int(xmlStrlen(name)))
    }

    /// The bytes of a name; nil, and the end of the stream, if it is too long.
    private mutating func bounded(_ name: UnsafePointer<xmlChar>?) -> UnsafeRawBufferPointer? {
        let bytes = bytes(of: name)
        if bytes.count <= XMLLimits.maximumNameLength { return bytes }
        fail(StreamError(.policyViolation, text: "A name is too long."))
        return nil
    }

    /// ` xmlns:prefix='uri'`
    private static func declaration(_ prefix: String, _ uri: String) -> String {
        let name = prefix.isEmpty ? "xmlns" : "xmlns:" + prefix
        let element = XMLElement("x", "", [name: uri])
        return String(element.xmlString.dropFirst(2).dropLast(2))
    }
}

extension UInt8 {
    /// White space as XML has it (XML 1.0 §2.3).
    @inline(__always)
    var isXMLSpace: Bool { self == 0x20 || self == 0x0A || self == 0x0D || self == 0x09 }
}

/// Tokens by the address of a name in libxml2's dictionary, where each name stands once for the parser's life.
private struct NameCache {
    private static let size = 256
    private var slots = ContiguousArray<(key: UnsafeRawPointer?, token: XMLToken)>(
        repeating: (nil, .unknown), count: size)

    @inline(__always)
    mutating func token(_ name: UnsafePointer<xmlChar>?) -> XMLToken {
        guard let name else { return .empty }
        let key = UnsafeRawPointer(name)
        // Names lie side by side in the dictionary: the product spreads them (Fibonacci hashing).
        let slot = Int(truncatingIfNeeded: (UInt64(UInt(bitPattern: key)) &* 0x9E37_79B9_7F4A_7C15) >> 56)
        if slots[slot].key == key { return slots[slot].token }
        let token = XMLToken(UnsafeRawBufferPointer(start: key, count: Int(xmlStrlen(name))))
        slots[slot] = (key, token)
        return token
    }
}
