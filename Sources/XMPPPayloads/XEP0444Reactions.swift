//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

package import XMPPCore

/// What somebody feels about a message; all of it, in place of what was said before (XEP-0444 Message Reactions §4).
package struct MessageReactions: Payload, Equatable {
    package static let namespace = "urn:xmpp:reactions:0"

    /// The message they are about.
    package var id: String
    /// Each once; none takes everything back.
    package var reactions: [String]

    package init(_ id: String, _ reactions: [String]) {
        self.id = id
        self.reactions = reactions
    }

    package init(_ element: XMLElement) throws(PayloadError) {
        try element.expect("reactions", Self.namespace)
        var seen: Set<String> = []
        self.init(
            try element.required("id"),
            element.children("reaction", Self.namespace).map(\.trimmedText).filter {
                !$0.isEmpty && seen.insert($0).inserted
            })
    }

    package var element: XMLElement {
        XMLElement("reactions", Self.namespace, ["id": id]) {
            reactions.map { XMLElement("reaction", Self.namespace, text: $0) }
        }
    }
}
