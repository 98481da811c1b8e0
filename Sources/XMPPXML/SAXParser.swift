//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

internal import CLibXML2
internal import XMPPCore

/// A libxml2 push parser that builds packed elements, fenced as untrusted input needs it: SAX2 only, no DTD, entities,
/// comments or processing instructions, UTF-8 only, every error fatal, limits of our own.
///
/// After its stream header it can be lent to any connection whose header declared the same namespaces, as long as it
/// stands between two stanzas.
final class SAXParser {
    private let state: UnsafeMutablePointer<SAXState>

    var limits: XMLLimits {
        get { state.pointee.limits }
        set { state.pointee.limits = newValue }
    }
    var failure: StreamError? { state.pointee.failure }
    var depth: Int { state.pointee.depth }
    var isPlainHeader: Bool { state.pointee.isPlainHeader }
    var contentNamespace: XMLToken { state.pointee.contentNamespace }
    var openingTag: String { state.pointee.openingTag }
    var fed: Int { state.pointee.fed }
    var lastEnd: Int { state.pointee.lastEnd }

    /// Names in libxml2's dictionary beyond which a parser is not used again: it never forgets one.
    static let maximumDictionary: Int32 = 2000
    /// libxml2's buffer grows with the largest stanza and never shrinks.
    static let maximumPooledStanza = 65_536
    /// Positions are 64 bits wide, yet a parser need not live for ever.
    static let maximumPooledBytes = 1 << 30

    /// Nil when memory is out.
    init?() {
        _ = SAXParser.library
        var handler = SAXParser.handler
        guard let context = xmlCreatePushParserCtxt(&handler, nil, nil, 0, nil) else { return nil }
        xmlCtxtUseOptions(
            context,
            Int32(XML_PARSE_NONET.rawValue) | Int32(XML_PARSE_IGNORE_ENC.rawValue)
                | Int32(XML_PARSE_COMPACT.rawValue))
        // Otherwise a byte order mark switches to UTF-16 even with IGNORE_ENC.
        context.pointee.charset = Int32(XML_CHAR_ENCODING_UTF8.rawValue)
        // Otherwise `&amp;` in an attribute comes as `&#38;`. It can be no other entity: `getEntity` knows the five
        // predefined ones only, and a DTD ends the parsing.
        context.pointee.replaceEntities = 1
        state = .allocate(capacity: 1)
        state.initialize(to: SAXState(context))
        context.pointee.userData = UnsafeMutableRawPointer(state)
    }

    deinit {
        xmlFreeParserCtxt(state.pointee.context)
        state.deinitialize(count: 1)
        state.deallocate()
    }

    /// Parses more bytes; the results are in ``events`` and ``failure``.
    func feed(_ bytes: UnsafeRawBufferPointer) {
        guard failure == nil, let base = bytes.baseAddress, !bytes.isEmpty else { return }
        state.pointee.fed += bytes.count
        let context = state.pointee.context
        let result = withExtendedLifetime(self) {
            xmlParseChunk(context, base.assumingMemoryBound(to: CChar.self), Int32(truncatingIfNeeded: bytes.count), 0)
        }
        state.pointee.largestStanza = max(state.pointee.largestStanza, fed - lastEnd)
        if failure == nil, result != 0,
            xmlCtxtGetLastError(context)?.pointee.level.rawValue ?? 0 >= XML_ERR_ERROR.rawValue
        {
            state.pointee.failure = StreamError(.notWellFormed)
        }
    }

    /// Hands on what was found since the last time.
    func drain(_ body: (XMLStreamEvent) -> Void) {
        // The array is kept for its memory; nobody else may hold it meanwhile.
        var found: [XMLStreamEvent] = []
        swap(&found, &state.pointee.events)
        for event in found { body(event) }
        found.removeAll(keepingCapacity: true)
        swap(&found, &state.pointee.events)
    }

    /// Brings a new parser between two stanzas of a stream.
    convenience init?(openingTag: String) {
        self.init()
        var tag = openingTag
        tag.withUTF8 { feed(UnsafeRawBufferPointer($0)) }
        drain { _ in }
        guard failure == nil, depth == 1 else { return nil }
    }

    /// Whether it stands between two stanzas with nothing left unread but white space, which libxml2 holds back until
    /// it sees what follows.
    var isIdle: Bool {
        guard state.pointee.isBetweenStanzas, failure == nil, let input = state.pointee.context.pointee.input,
            var next = input.pointee.cur, let end = input.pointee.end
        else { return false }
        while next < end {
            guard next.pointee.isXMLSpace else { return false }
            next += 1
        }
        return true
    }

    /// Whether it holds more memory than a new parser would.
    var hasGrown: Bool {
        xmlDictSize(state.pointee.context.pointee.dict) >= Self.maximumDictionary
            || state.pointee.largestStanza > Self.maximumPooledStanza || fed >= Self.maximumPooledBytes
    }

    /// Makes a parser that is handed to another connection count from here.
    func beginLoan(_ limits: XMLLimits) {
        state.pointee.limits = limits
        state.pointee.lastEnd = fed
        state.pointee.elements = 0
    }

    // MARK: Callbacks of libxml2

    private static let library: Void = xmlInitParser()

    @inline(__always)
    private static func state(_ context: UnsafeMutableRawPointer?) -> UnsafeMutablePointer<SAXState>? {
        context?.assumingMemoryBound(to: SAXState.self)
    }

    private static var handler: xmlSAXHandler {
        var sax = xmlSAXHandler()
        sax.initialized = UInt32(XML_SAX2_MAGIC)
        sax.startElementNs = { context, name, prefix, uri, namespaceCount, namespaces, attributeCount, _, attributes in
            guard let state = SAXParser.state(context), let name else { return }
            state.pointee.start(
                name, prefix: prefix, uri, namespaces: Int(namespaceCount), attributes: Int(attributeCount),
                namespaces, attributes)
        }
        sax.endElementNs = { context, _, _, _ in SAXParser.state(context)?.pointee.end() }
        sax.characters = { context, start, count in
            guard let state = SAXParser.state(context), let start else { return }
            state.pointee.text(start, Int(count))
        }
        sax.cdataBlock = { context, start, count in
            guard let state = SAXParser.state(context), let start else { return }
            state.pointee.section(start, Int(count))
        }
        sax.ignorableWhitespace = sax.characters
        sax.getEntity = { _, name in xmlGetPredefinedEntity(name) }
        sax.internalSubset = { context, _, _, _ in SAXParser.state(context)?.pointee.fail(StreamError(.restrictedXml)) }
        sax.externalSubset = { context, _, _, _ in SAXParser.state(context)?.pointee.fail(StreamError(.restrictedXml)) }
        sax.reference = { context, _ in SAXParser.state(context)?.pointee.fail(StreamError(.restrictedXml)) }
        sax.comment = { context, _ in SAXParser.state(context)?.pointee.fail(StreamError(.restrictedXml)) }
        sax.processingInstruction = { context, _, _ in
            SAXParser.state(context)?.pointee.fail(StreamError(.restrictedXml))
        }
        sax.serror = { context, error in
            guard let error else { return }
            SAXParser.state(context)?.pointee.error(UnsafePointer(error))
        }
        return sax
    }
}
