//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

package import XMPPCore

/// Messages between servers of ours that are taken once, however often they come: each names itself by a mark, and whoever
/// has taken it drops what comes under the same mark again. XEP-0198 alone counts no further than a stream goes.
///
/// The receiving side says in its features that it can; the side that has made the stream answers with the same element,
/// and then both mark what they send.
package enum TakenOnce {
    package static let namespace = "urn:switchboard:federation:1"

    package static let feature = XMLElement("once", namespace)
    package static let request = XMLElement("once", namespace)

    /// More than this of a mark is not remembered, so such a mark counts as none.
    package static let maximumMarkBytes = 64

    /// As text; marks of ours have nothing in them that would have to be escaped.
    package static func mark(_ id: String) -> String { "<sent xmlns='\(namespace)' id='\(id)'/>" }

    /// The mark of a stanza, if it has one that can be remembered.
    package static func id(of stanza: Stanza) -> String? {
        guard let id = stanza.child("sent", namespace)?["id"], !id.isEmpty, id.utf8.count <= maximumMarkBytes else {
            return nil
        }
        return id
    }
}
