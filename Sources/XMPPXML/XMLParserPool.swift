//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

internal import XMPPCore

/// Parsers that stand between two stanzas, for all connections of one event loop: an idle connection holds none
/// (16 KB saved each). Not thread-safe: each loop has its own.
package final class XMLParserPool {
    /// Parsers kept at most: about as many stanzas as can be half received at a time without making new ones.
    private static let maximum = 64

    private var client: [SAXParser] = []
    private var component: [SAXParser] = []

    package init() {}

    /// A parser that has read a plain header of this content namespace.
    func borrow(_ namespace: XMLToken, _ limits: XMLLimits) -> SAXParser? {
        let pooled = namespace == .componentNamespace ? component.popLast() : client.popLast()
        if let pooled {
            pooled.beginLoan(limits)
            return pooled
        }
        let tag = "<stream:stream xmlns='\(namespace.string)' xmlns:stream='\(Namespace.streams)'>"
        guard let parser = SAXParser(openingTag: tag) else { return nil }
        parser.beginLoan(limits)
        return parser
    }

    /// Parsers that wait to be lent.
    var count: Int { client.count + component.count }

    /// Takes an idle parser of a plain header back, unless it has grown.
    func giveBack(_ parser: SAXParser) {
        guard parser.isIdle, parser.isPlainHeader, !parser.hasGrown else { return }
        if parser.contentNamespace == .clientNamespace, client.count < Self.maximum {
            client.append(parser)
        } else if parser.contentNamespace == .componentNamespace, component.count < Self.maximum {
            component.append(parser)
        }
    }
}
