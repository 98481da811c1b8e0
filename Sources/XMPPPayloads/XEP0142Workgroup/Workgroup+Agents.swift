//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

package import XMPPCore

/// What agents say and hear about each other (XEP-0142 §4.2.1, §4.2.3).
extension Workgroup {
    /// That somebody is an agent, in presence to the workgroup; about a colleague, in presence from it.
    package struct AgentStatus: Payload, Equatable {
        package var maximumChats: Int?
        package var currentChats: Int?
        /// The workgroup this is about, in Fastpath's presence about colleagues.
        package var workgroup: JID?

        package init(maximumChats: Int? = nil, currentChats: Int? = nil, workgroup: JID? = nil) {
            self.maximumChats = maximumChats
            self.currentChats = currentChats
            self.workgroup = workgroup
        }

        package init(_ element: XMLElement) throws(PayloadError) {
            try element.expect("agent-status", namespace)
            workgroup = try element.jid("jid")
            // The second is how Smack writes it, and with it Spark.
            let wish = try element.childNumber("max-chats", in: 0...Int.max)
            maximumChats = try wish == nil ? element.childNumber("max_chats", in: 0...Int.max) : wish
            // Fastpath lists the chats where the XEP has their number.
            if let chats = element.child("current-chats", namespace), chats.trimmedText.isEmpty {
                currentChats = chats.children.count { $0.name == "chat" }
            } else {
                currentChats = try element.childNumber("current-chats", in: 0...Int.max)
            }
        }

        package var element: XMLElement {
            XMLElement("agent-status", namespace, ["jid": workgroup?.description]) {
                number("current-chats", currentChats)
                number("max-chats", maximumChats)
            }
        }
    }

    /// Who the agents are, asked for or told.
    package struct AgentStatusRequest: Payload, Equatable {
        package var agents: [JID]

        package init(agents: [JID] = []) {
            self.agents = agents
        }

        package init(_ element: XMLElement) throws(PayloadError) {
            try element.expect("agent-status-request", namespace)
            agents = []
            for agent in element.children("agent", namespace) { agents.append(try agent.requiredJID("jid")) }
        }

        package var element: XMLElement {
            XMLElement("agent-status-request", namespace) {
                agents.map { XMLElement("agent", namespace, ["jid": $0.description]) }
            }
        }
    }

    /// How the agents of a workgroup are doing together, in presence to each of them.
    package struct NotifyAgents: Payload, Equatable {
        package var available: Int?
        package var currentChats: Int?
        package var maximumChats: Int?

        package init(available: Int? = nil, currentChats: Int? = nil, maximumChats: Int? = nil) {
            self.available = available
            self.currentChats = currentChats
            self.maximumChats = maximumChats
        }

        package init(_ element: XMLElement) throws(PayloadError) {
            try element.expect("notify-agents", namespace)
            available = try element.childNumber("available", in: 0...Int.max)
            currentChats = try element.childNumber("current-chats", in: 0...Int.max)
            maximumChats = try element.childNumber("max-chats", in: 0...Int.max)
        }

        package var element: XMLElement {
            XMLElement("notify-agents", namespace) {
                number("available", available)
                number("current-chats", currentChats)
                number("max-chats", maximumChats)
            }
        }
    }
}
