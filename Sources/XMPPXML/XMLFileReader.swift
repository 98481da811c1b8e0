//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

internal import CLibXML2
package import XMPPCore

/// Why a file could not be read on.
package struct XMLFileError: Error, Sendable, Equatable, CustomStringConvertible {
    package let file: String
    /// Where, counted from 1; 0 if the file could not be opened.
    package let line: Int
    package let reason: String

    package var description: String { line > 0 ? "\(file):\(line): \(reason)" : "\(file): \(reason)" }
}

/// Reads an XML file of any size piece by piece. Large elements are entered, small ones taken whole: memory holds no more
/// than one of these.
///
/// libxml2's own bounds stay on: 10 MB for a text, 256 elements inside one another. Nothing is fetched, and a file that
/// declares entities is refused.
package final class XMLFileReader {
    /// What comes next.
    package enum Event: Equatable {
        /// An element begins. It is entered unless ``element()`` or ``skip()`` is called.
        case start(name: String, namespace: String, attributes: [XMLAttribute])
        /// An element that was entered ends.
        case end
    }

    package let file: String
    private let reader: xmlTextReaderPtr
    /// The element just begun has no content.
    private var isEmpty = false
    /// The end of such an element is still to be told.
    private var owesEnd = false
    private var depth = 0

    /// Bytes of text and attributes in an element that is taken whole.
    package static let maximumBytes = 32 << 20
    /// Elements in it.
    package static let maximumElements = 1_000_000

    package init(file: String) throws(XMLFileError) {
        self.file = file
        let options = Int32(XML_PARSE_NONET.rawValue) | Int32(XML_PARSE_COMPACT.rawValue)
        guard
            let reader = xmlReaderForFile(
                file, nil, options | Int32(XML_PARSE_NOERROR.rawValue) | Int32(XML_PARSE_NOWARNING.rawValue))
        else { throw XMLFileError(file: file, line: 0, reason: "cannot be opened") }
        self.reader = reader
    }

    deinit {
        xmlFreeTextReader(reader)
    }

    private var line: Int { Int(xmlTextReaderGetParserLineNumber(reader)) }

    package func failure(_ reason: String) -> XMLFileError { XMLFileError(file: file, line: line, reason: reason) }

    /// The next beginning or end of an element; nil at the end of the file. Text between elements is passed over.
    package func next() throws(XMLFileError) -> Event? {
        if owesEnd {
            owesEnd = false
            return .end
        }
        while try advance() {
            switch xmlTextReaderNodeType(reader) {
            case Int32(XML_READER_TYPE_ELEMENT.rawValue):
                let (name, namespace, attributes) = head()
                owesEnd = isEmpty
                return .start(name: name, namespace: namespace, attributes: attributes)
            case Int32(XML_READER_TYPE_END_ELEMENT.rawValue): return .end
            default: continue
            }
        }
        return nil
    }

    /// Takes the element that has just begun whole; its end is not told.
    package func element() throws(XMLFileError) -> XMLElement {
        var budget = Budget()
        return try element(&budget)
    }

    /// Passes over the element that has just begun; its end is not told.
    package func skip() throws(XMLFileError) {
        if owesEnd {
            owesEnd = false
            return
        }
        var open = 1
        while open > 0 {
            guard try advance() else { throw failure("the file ends too soon") }
            switch xmlTextReaderNodeType(reader) {
            case Int32(XML_READER_TYPE_ELEMENT.rawValue): open += xmlTextReaderIsEmptyElement(reader) == 1 ? 0 : 1
            case Int32(XML_READER_TYPE_END_ELEMENT.rawValue): open -= 1
            default: continue
            }
        }
    }

    // MARK: Parts

    private struct Budget {
        var bytes = maximumBytes
        var elements = maximumElements
    }

    private func advance() throws(XMLFileError) -> Bool {
        switch xmlTextReaderRead(reader) {
        case 1: break
        case 0: return false
        default: throw failure(Self.message())
        }
        switch xmlTextReaderNodeType(reader) {
        case Int32(XML_READER_TYPE_DOCUMENT_TYPE.rawValue), Int32(XML_READER_TYPE_ENTITY_REFERENCE.rawValue):
            throw failure("declares a document type, which is not taken")
        default: return true
        }
    }

    /// libxml2's words, without the line break at their end.
    private static func message() -> String {
        guard let text = xmlGetLastError()?.pointee.message else { return "not well-formed" }
        return String(cString: text).filter { !$0.isNewline }
    }

    private func head() -> (String, String, [XMLAttribute]) {
        let name = Self.string(xmlTextReaderConstLocalName(reader))
        let namespace = Self.string(xmlTextReaderConstNamespaceUri(reader))
        isEmpty = xmlTextReaderIsEmptyElement(reader) == 1
        var attributes: [XMLAttribute] = []
        while xmlTextReaderMoveToNextAttribute(reader) == 1 {
            guard xmlTextReaderIsNamespaceDecl(reader) != 1 else { continue }
            attributes.append(
                XMLAttribute(
                    name: Self.string(xmlTextReaderConstLocalName(reader)),
                    namespace: Self.string(xmlTextReaderConstNamespaceUri(reader)),
                    value: Self.string(xmlTextReaderConstValue(reader))))
        }
        xmlTextReaderMoveToElement(reader)
        return (name, namespace, attributes)
    }

    private func element(_ budget: inout Budget) throws(XMLFileError) -> XMLElement {
        let (name, namespace, attributes) = head()
        owesEnd = false
        budget.elements -= 1
        budget.bytes -= name.utf8.count + attributes.reduce(0) { $0 + $1.name.utf8.count + $1.value.utf8.count }
        var nodes: [XMLNode] = []
        var isOpen = !isEmpty
        while isOpen {
            guard budget.bytes >= 0, budget.elements >= 0 else { throw failure("the element is too large") }
            guard try advance() else { throw failure("the file ends too soon") }
            switch xmlTextReaderNodeType(reader) {
            case Int32(XML_READER_TYPE_ELEMENT.rawValue): nodes.append(.element(try element(&budget)))
            case Int32(XML_READER_TYPE_END_ELEMENT.rawValue): isOpen = false
            case Int32(XML_READER_TYPE_TEXT.rawValue), Int32(XML_READER_TYPE_CDATA.rawValue),
                Int32(XML_READER_TYPE_WHITESPACE.rawValue), Int32(XML_READER_TYPE_SIGNIFICANT_WHITESPACE.rawValue):
                let text = Self.string(xmlTextReaderConstValue(reader))
                budget.bytes -= text.utf8.count
                nodes.append(.text(text))
            default: continue
            }
        }
        return XMLElement(name: name, namespace: namespace, attributes: attributes, nodes: nodes)
    }

    private static func string(_ text: UnsafePointer<xmlChar>?) -> String {
        guard let text else { return "" }
        return String(cString: text)
    }
}
