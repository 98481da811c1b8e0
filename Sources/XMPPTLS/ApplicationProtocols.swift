//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

/// A list of protocol names for ALPN (RFC 7301), in order of preference, held in the form the wire wants.
///
/// Made once per listener: it belongs to the port, while certificates belong to names.
package struct ApplicationProtocols: Sendable, Equatable, ExpressibleByArrayLiteral {
    /// Client-to-server streams (XEP-0368).
    package static let xmppClient: ApplicationProtocols = ["xmpp-client"]
    /// Server-to-server streams (XEP-0368).
    package static let xmppServer: ApplicationProtocols = ["xmpp-server"]
    /// No negotiation: what a peer offers is ignored.
    package static let none: ApplicationProtocols = []

    package let names: [String]
    /// Each name with a length byte before it.
    let wire: [UInt8]

    /// Names must have 1 to 255 bytes; others are left out.
    package init(_ names: [String]) {
        self.names = names.filter { 1...255 ~= $0.utf8.count }
        self.wire = self.names.flatMap { [UInt8($0.utf8.count)] + Array($0.utf8) }
    }

    package init(arrayLiteral elements: String...) {
        self.init(elements)
    }

    /// The range, within a client's wire list, of the name we prefer; nil if there is none in common.
    func choose(from offered: UnsafeBufferPointer<UInt8>) -> Range<Int>? {
        for name in names {
            var index = 0
            while index < offered.count {
                let start = index + 1
                let end = start + Int(offered[index])
                guard end <= offered.count else { return nil }
                if offered[start..<end].elementsEqual(name.utf8) { return start..<end }
                index = end
            }
        }
        return nil
    }
}
