//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

package import XMPPCore

/// A copy of a message for another client of its sender or its recipient (XEP-0280 Message Carbons).
package enum Carbons {
    package static let namespace = "urn:xmpp:carbons:2"
    /// XEP-0297
    package static let forwardNamespace = "urn:xmpp:forward:0"

    /// Which way the message went that was copied.
    package enum Direction: String, Sendable, CaseIterable {
        case sent
        case received
    }

    /// The wrapping message (§7, §8), from the account to whichever of its clients it is given to.
    package static func copy(_ message: Stanza, _ direction: Direction, of account: JID) -> Stanza {
        Stanza(.message, message.type, from: account) {
            XMLElement(direction.rawValue, namespace) {
                XMLElement("forwarded", forwardNamespace) { message.element }
            }
        }
    }

    /// What a message is a copy of; nil if it is none.
    package static func original(of message: Stanza) -> (message: Stanza, direction: Direction)? {
        for child in message.content.children where child.namespace == namespace {
            guard let direction = Direction(rawValue: child.name), let copied = child.firstChild?.firstChild,
                let original = try? Stanza(copied)
            else { continue }
            return (original, direction)
        }
        return nil
    }

    /// Whether an element is what only one's own server may send (§11).
    package static func isWrapper(_ element: XMLElement) -> Bool {
        element.namespace == namespace && Direction(rawValue: element.name) != nil
    }

    /// The sender wants no copies made of the message (§9).
    package static func isPrivate(_ message: XMLElement) -> Bool {
        message.child("private", namespace) != nil
    }
}
