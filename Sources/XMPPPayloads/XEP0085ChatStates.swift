//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

package import XMPPCore

/// What somebody does in a chat (XEP-0085 Chat State Notifications §4).
package enum ChatState: String, Payload, CaseIterable {
    case active
    case inactive
    case gone
    case composing
    case paused

    package static let namespace = "http://jabber.org/protocol/chatstates"

    package init(_ element: XMLElement) throws(PayloadError) {
        guard element.namespace == Self.namespace, let state = ChatState(rawValue: element.name) else {
            throw PayloadError(element.name, "no chat state")
        }
        self = state
    }

    /// The chat state a message has in it.
    package init?(in message: XMLElement) {
        let states = message.children.lazy.filter { $0.namespace == Self.namespace }
        guard let state = states.compactMap({ ChatState(rawValue: $0.name) }).first else { return nil }
        self = state
    }

    package var element: XMLElement { XMLElement(rawValue, Self.namespace) }
}
