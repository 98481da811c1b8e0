//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

package import XMPPCore

/// Text that is not one well-formed element.
package struct XMLParsingError: Error, Sendable, Equatable {
    package let condition: StreamError.Condition
}

extension XMLElement {
    /// Parses one element that stands alone, as ``xmlString`` writes it, under the same fence as a stream.
    package init(parsing text: String, limits: XMLLimits = .stored) throws(XMLParsingError) {
        try self.init(parsing: Array(text.utf8), limits: limits)
    }

    package init(parsing bytes: [UInt8], limits: XMLLimits = .stored) throws(XMLParsingError) {
        guard bytes.count <= limits.bytes, let parser = SAXParser() else {
            throw XMLParsingError(condition: .policyViolation)
        }
        parser.beginLoan(limits)
        Array("<x>".utf8).withUnsafeBytes { parser.feed($0) }
        bytes.withUnsafeBytes { parser.feed($0) }
        Array("</x>".utf8).withUnsafeBytes { parser.feed($0) }
        if let failure = parser.failure { throw XMLParsingError(condition: failure.condition) }
        var elements: [XMLElement] = []
        var isClosed = false
        parser.drain { event in
            switch event {
            case .opened: break
            case .element(let element): elements.append(element)
            case .closed: isClosed = true
            }
        }
        guard isClosed, elements.count == 1, let element = elements.first else {
            throw XMLParsingError(condition: .notWellFormed)
        }
        self = element
    }
}
