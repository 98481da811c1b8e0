//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

package import XMPPCore
import XMPPXML

extension Stanza {
    /// Reads back what ``xmlBytes`` wrote.
    ///
    /// - Throws: ``XMLParsingError`` or `StanzaError` for anything else.
    package init(stored bytes: [UInt8]) throws {
        try self.init(XMLElement(parsing: bytes))
    }
}
