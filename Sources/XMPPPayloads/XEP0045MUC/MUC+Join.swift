//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

package import XMPPCore

extension MUC {
    /// The wish to enter a room, in presence to an occupant address (XEP-0045 §7.2).
    package struct Join: Payload, Equatable {
        package var password: String?
        /// Nil leaves the amount of history to the room.
        package var history: History?

        package init(password: String? = nil, history: History? = nil) {
            self.password = password
            self.history = history
        }

        package init(_ element: XMLElement) throws(PayloadError) {
            try element.expect("x", MUC.namespace)
            password = element.childText("password")
            if let history = element.child("history", MUC.namespace) { self.history = try History(history) }
        }

        package var element: XMLElement {
            XMLElement("x", MUC.namespace) {
                if let history { history.element }
                if let password { XMLElement("password", MUC.namespace, text: password) }
            }
        }
    }

    /// How much of what was said before to send; the tightest limit counts (XEP-0045 §7.2.14).
    package struct History: Payload, Equatable {
        /// Characters of complete stanzas, mark-up included; 0 means no history.
        package var maximumCharacters: Int?
        package var maximumStanzas: Int?
        /// Age in seconds.
        package var seconds: Int?
        package var since: Timestamp?

        package init(
            maximumCharacters: Int? = nil, maximumStanzas: Int? = nil, seconds: Int? = nil, since: Timestamp? = nil
        ) {
            self.maximumCharacters = maximumCharacters
            self.maximumStanzas = maximumStanzas
            self.seconds = seconds
            self.since = since
        }

        package init(_ element: XMLElement) throws(PayloadError) {
            try element.expect("history", MUC.namespace)
            maximumCharacters = try element.number("maxchars", in: 0...Int.max)
            maximumStanzas = try element.number("maxstanzas", in: 0...Int.max)
            seconds = try element.number("seconds", in: 0...Int.max)
            since = try element.timestamp("since")
        }

        package var element: XMLElement {
            XMLElement(
                "history", MUC.namespace,
                [
                    "maxchars": maximumCharacters.map { String($0) }, "maxstanzas": maximumStanzas.map { String($0) },
                    "seconds": seconds.map { String($0) }, "since": since?.description,
                ])
        }
    }
}
