//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

package import BizBuddyCore
package import XMPPCore
import XMPPPayloads

/// The company's presence states as far as the bridge needs them: to read a presence, and to know who takes customers.
package struct PresenceStateCatalogue: Sendable, Equatable {
    package struct State: Sendable, Equatable {
        package var id: String
        /// By language; the first is the default.
        package var labels: [String]
        package var takesCustomers: Bool

        package init(id: String, labels: [String], takesCustomers: Bool) {
            self.id = id
            self.labels = labels
            self.takesCustomers = takesCustomers
        }
    }

    package var states: [State]

    package init(states: [State]) {
        self.states = states
    }

    /// What a company has that declared nothing.
    package static let standard = PresenceStateCatalogue(states: [
        State(id: "available", labels: ["Available"], takesCustomers: true),
        State(id: "lunch", labels: ["At Lunch"], takesCustomers: false),
        State(id: "busy", labels: ["Busy"], takesCustomers: false),
        State(id: "meeting", labels: ["Meeting"], takesCustomers: false),
        State(id: "training", labels: ["Training"], takesCustomers: false),
        State(id: "away", labels: ["Away"], takesCustomers: false),
    ])

    /// The state of that id or label, in any case.
    package func state(named name: String) -> State? {
        let wanted = name.lowercased()
        return states.first { $0.id.lowercased() == wanted }
            ?? states.first { $0.labels.contains { $0.lowercased() == wanted } }
    }

    /// Reads an available presence: our server's own `<state/>`, else a known label, else `<show/>`.
    package func agentResource(of presence: Stanza) -> AgentResource {
        if let id = presence.child("state", CompanyPresenceState.namespace)?["id"],
            let state = states.first(where: { $0.id == id })
        {
            return AgentResource(state: state.id, takesCustomers: state.takesCustomers)
        }
        if let status = presence.child("status", Namespace.client)?.text, let state = state(named: status) {
            return AgentResource(state: state.id, takesCustomers: state.takesCustomers)
        }
        let show = presence.child("show", Namespace.client)?.text
        let id =
            switch show {
            case "away", "xa": "away"
            case "dnd": "busy"
            default: "available"
            }
        let state = states.first { $0.id == id }
        return AgentResource(
            state: state?.id, takesCustomers: state?.takesCustomers ?? (show == nil || show == "chat"))
    }
}
