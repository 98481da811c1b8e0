//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

package import XMPPCore

/// What a specification puts into stanzas, as a value: read from an element, written as one.
///
/// What `element` writes, `init` reads as an equal value. Children and attributes a payload does not know are left
/// out unless it says otherwise, as RFC 6120 §8.4 wants unknown content ignored.
package protocol Payload: Sendable {
    /// Reads the element; throws when it is another one or not what its specification says.
    init(_ element: XMLElement) throws(PayloadError)

    /// The payload as it goes on the wire.
    var element: XMLElement { get }
}
