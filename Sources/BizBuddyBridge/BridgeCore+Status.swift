//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

import BizBuddyCore
import XMPPClient
import XMPPCore
import XMPPPayloads

/// `/status STATE`: the agent's server sets the company's presence state where it knows how; elsewhere only the duty
/// follows.
extension BridgeCore {
    mutating func setStatus(_ agent: AgentID, _ name: String, from origin: Origin, _ turn: inout Turn) {
        guard let state = configuration.presenceStates.state(named: name) else {
            let all = configuration.presenceStates.states.map(\.id).joined(separator: ", ")
            return answer(origin, "There is no such state. There are: \(all).", &turn)
        }
        guard let address = address(of: agent) else { return }
        let request = Stanza(.iq, .set, id: freshID(), from: addresses.component, to: address.domainJID) {
            AdHocCommand(
                node: CompanyPresenceState.setCommandNode, action: .execute,
                form: DataForm(
                    .submit, formType: CompanyPresenceState.namespace,
                    fields: [DataForm.Field("state", values: [state.id])]),
                payloads: [CompanyPresenceState.Principal(address).element]
            ).element
        }
        requests.register(
            request, for: .status(agent, state, origin), deadline: turn.now.milliseconds + Self.requestTimeout)
        turn.send(request)
    }

    mutating func statusIsSet(
        _ agent: AgentID, _ state: PresenceStateCatalogue.State, _ answer: Stanza, _ origin: Origin,
        _ turn: inout Turn
    ) {
        let note = answer.payload.flatMap { try? AdHocCommand($0) }?.notes.first { $0.kind != .info }
        let whose = isOwn(agent, origin) ? "Your" : "\(agent)'s"
        self.answer(origin, note?.text ?? "\(whose) state is \(state.labels.first ?? state.id).", &turn)
    }

    mutating func statusIsNotSet(
        _ agent: AgentID, _ state: PresenceStateCatalogue.State, _ origin: Origin, _ turn: inout Turn
    ) {
        if let person = origin.client.map({ AgentID($0.bareString) }), person != agent {
            apply(.setDuty(person: person, agent: agent, isOn: state.takesCustomers), from: origin, &turn)
            answer(origin, "\(agent)'s server does not let us set presence states: only the duty has changed.", &turn)
            return
        }
        apply(.duty(agent: agent, isOn: state.takesCustomers), from: origin, &turn)
        answer(
            origin,
            "Your server does not let us set your presence state: only your duty has changed.", &turn)
    }

    private func isOwn(_ agent: AgentID, _ origin: Origin) -> Bool {
        origin.client.map { $0.bareString == agent.rawValue } ?? true
    }
}
