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

    /// Who has read a message that asked for acknowledgement, and who has not.
    package struct Report: Payload, Equatable {
        /// Somebody who has read it.
        package struct Reader: Sendable, Equatable {
            package var jid: JID
            package var time: Timestamp

            package init(_ jid: JID, at time: Timestamp) {
                self.jid = jid
                self.time = time
            }
        }

        /// The id of the message.
        package var id: String
        /// How many it went to.
        package var recipients: Int
        /// How many of them have read it; ``readers`` may name fewer of them.
        package var readCount: Int
        package var readers: [Reader]
        /// Those who have not, perhaps not all of them.
        package var waiting: [JID]

        package init(id: String, recipients: Int, readCount: Int, readers: [Reader], waiting: [JID]) {
            self.id = id
            self.recipients = recipients
            self.readCount = readCount
            self.readers = readers
            self.waiting = waiting
        }

        package init(_ element: XMLElement) throws(PayloadError) {
            try element.expect("report", namespace)
            id = try element.required("id")
            guard let recipients = try element.number("recipients", in: 0...Int.max),
                let readCount = try element.number("read", in: 0...Int.max)
            else { throw PayloadError("report", "no counts") }
            self.recipients = recipients
            self.readCount = readCount
            readers = []
            waiting = []
            for child in element.children("read", namespace) {
                guard let time = try child.timestamp("at") else { throw PayloadError("read", "no 'at'") }
                readers.append(Reader(try child.requiredJID("jid"), at: time))
            }
            for child in element.children("waiting", namespace) { waiting.append(try child.requiredJID("jid")) }
        }

        package var element: XMLElement {
            XMLElement(
                "report", namespace, ["id": id, "recipients": String(recipients), "read": String(readCount)]
            ) {
                readers.map {
                    XMLElement("read", namespace, ["jid": $0.jid.description, "at": $0.time.description])
                }
                waiting.map { XMLElement("waiting", namespace, ["jid": $0.description]) }
            }
        }
    }
}
