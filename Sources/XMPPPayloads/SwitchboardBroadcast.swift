//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

package import XMPPCore

/// Messages to everybody of a group (Switchboard, Broadcast).
package enum Broadcast {
    package static let namespace = "urn:switchboard:broadcast:1"

    /// Who wrote a message that comes from a broadcast address.
    package struct Sender: Payload, Equatable {
        package var jid: JID

        package init(_ jid: JID) {
            self.jid = jid
        }

        package init(_ element: XMLElement) throws(PayloadError) {
            try element.expect("sender", namespace)
            jid = try element.requiredJID("jid")
        }

        package var element: XMLElement { XMLElement("sender", namespace, ["jid": jid.description]) }
    }

    /// How much a message presses, and whether its sender wants to know who read it.
    package struct Priority: Payload, Equatable {
        package enum Level: String, Sendable, CaseIterable {
            case normal
            case urgent
        }

        package var level: Level
        package var wantsAcknowledgement: Bool

        package init(_ level: Level, wantsAcknowledgement: Bool = false) {
            self.level = level
            self.wantsAcknowledgement = wantsAcknowledgement
        }

        package init(_ element: XMLElement) throws(PayloadError) {
            try element.expect("priority", namespace)
            guard let level = Level(rawValue: element.trimmedText) else { throw PayloadError("priority", "unknown") }
            self.init(level, wantsAcknowledgement: try element.boolean("ack"))
        }

        package var element: XMLElement {
            XMLElement("priority", namespace, ["ack": wantsAcknowledgement.attribute], text: level.rawValue)
        }
    }
}
