//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

package import XMPPCore

/// What agents hear about the line (XEP-0142 §4.2.2).
extension Workgroup {
    /// The line in a few numbers, in presence to each agent.
    package struct NotifyQueue: Payload, Equatable {
        /// Whether the queue takes people. The schema lists the roles of rooms here by mistake.
        package enum Status: String, Sendable, CaseIterable {
            case open
            /// Serves those in line and takes nobody else.
            case active
            case closed
            /// Fastpath's word for open and idle.
            case ready
        }

        /// How many wait.
        package var count: Int?
        /// When the one who waits longest joined.
        package var oldest: Timestamp?
        /// Average wait in seconds.
        package var time: Int?
        package var status: Status?

        package init(count: Int? = nil, oldest: Timestamp? = nil, time: Int? = nil, status: Status? = nil) {
            self.count = count
            self.oldest = oldest
            self.time = time
            self.status = status
        }

        package init(_ element: XMLElement) throws(PayloadError) {
            try element.expect("notify-queue", namespace)
            count = try element.childNumber("count", in: 0...Int.max)
            oldest = try Workgroup.time("oldest", in: element)
            time = try element.childNumber("time", in: 0...Int.max)
            if let text = element.child("status", namespace)?.trimmedText {
                guard let status = Status(rawValue: text) else { throw PayloadError("status", "unknown") }
                self.status = status
            }
        }

        package var element: XMLElement {
            XMLElement("notify-queue", namespace) {
                number("count", count)
                Workgroup.time("oldest", oldest)
                number("time", time)
                if let status { XMLElement("status", namespace, text: status.rawValue) }
            }
        }
    }

    /// Everybody in the line, in presence to each agent.
    package struct NotifyQueueDetails: Payload, Equatable {
        package struct User: Equatable, Sendable {
            package var jid: JID
            package var position: Int?
            /// Seconds this person is likely to wait.
            package var time: Int?
            package var joined: Timestamp?

            package init(_ jid: JID, position: Int? = nil, time: Int? = nil, joined: Timestamp? = nil) {
                self.jid = jid
                self.position = position
                self.time = time
                self.joined = joined
            }
        }

        package var users: [User]

        package init(users: [User] = []) {
            self.users = users
        }

        package init(_ element: XMLElement) throws(PayloadError) {
            try element.expect("notify-queue-details", namespace)
            users = []
            for user in element.children("user", namespace) {
                users.append(
                    User(
                        try user.requiredJID("jid"), position: try user.childNumber("position", in: 0...Int.max),
                        time: try user.childNumber("time", in: 0...Int.max),
                        joined: try Workgroup.time("join-time", in: user)))
            }
        }

        package var element: XMLElement {
            XMLElement("notify-queue-details", namespace) {
                users.map { user in
                    XMLElement("user", namespace, ["jid": user.jid.description]) {
                        number("position", user.position)
                        number("time", user.time)
                        Workgroup.time("join-time", user.joined)
                    }
                }
            }
        }
    }
}
