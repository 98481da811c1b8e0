//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

import BizBuddyCore
import XMPPCore
import XMPPPayloads

/// Presence that comes in: agents' clients, subscriptions, rooms.
extension BridgeCore {
    mutating func receivePresence(_ presence: Stanza, _ turn: inout Turn) {
        guard let from = presence.from, let to = presence.to else { return }
        switch addresses.addressee(to) {
        case .conversation(let id): receiveRoomPresence(presence, id, &turn)
        case .contact(let contact):
            if presence.type.isSubscription || presence.type == .probe {
                subscription(presence, of: contact.departments, &turn)
            } else {
                agentPresence(presence, from: from, workgroup: nil, &turn)
            }
        case .workgroup(let department):
            if presence.type.isSubscription || presence.type == .probe {
                subscription(presence, of: [department], &turn)
            } else {
                agentPresence(presence, from: from, workgroup: department, &turn)
            }
        case .component, .nobody:
            if presence.type == .subscribe {
                turn.send(Stanza(.presence, .unsubscribed, from: to.bare, to: from.bare))
            }
        }
    }

    /// Presence of an agent's client, by subscription or directed to a workgroup (XEP-0142 §3.1). A stranger's says
    /// nothing to us.
    private mutating func agentPresence(
        _ presence: Stanza, from: JID, workgroup: DepartmentID?, _ turn: inout Turn
    ) {
        let agent = AgentID(from.bareString)
        guard service.configuration.isStaff(agent) else {
            if presence.type == .available, let contact = presence.to { strangerIsHere(from, contact, &turn) }
            return
        }
        guard let resource = from.resource else {
            // The server's word for an account without any client.
            guard presence.type == .unavailable else { return }
            for resource in service.agents[agent]?.resources.keys.sorted() ?? [] {
                gone(agent, resource, &turn)
            }
            return
        }
        switch presence.type {
        case .available:
            if let workgroup, let status = presence.child("agent-status", Workgroup.namespace) {
                here(agent, resource, presence, isDirect: true, &turn)
                workgroupPresence(presence, status, agent, resource, workgroup, &turn)
            } else {
                here(agent, resource, presence, isDirect: false, &turn)
            }
        case .unavailable:
            guard let workgroup else { return gone(agent, resource, &turn) }
            let isLeaving = service.workgroupResources(of: agent, in: workgroup).contains(resource)
            if isLeaving {
                apply(
                    .workgroupPresence(
                        agent: agent, department: workgroup, resource: resource,
                        state: WorkgroupPresence(show: .left)), from: .client(from), &turn)
            }
            // Only leaving the workgroup, unless this is all we ever hear of the client.
            let isAllWeHear =
                directClients.contains(from)
                || addresses.watchtower(of: workgroup)?.bareString
                    == presence.to?.bareString
            let isOnlyLeaving =
                presence.child("agent-status", Workgroup.namespace) != nil
                && !directClients.contains(from)
            if isAllWeHear, !isOnlyLeaving { gone(agent, resource, &turn) }
        default: return
        }
    }

    private mutating func here(
        _ agent: AgentID, _ resource: String, _ presence: Stanza, isDirect: Bool, _ turn: inout Turn
    ) {
        guard let from = presence.from else { return }
        let isKnown = service.agents[agent]?.resources[resource] != nil
        if isDirect {
            // What the client tells the workgroup only narrows; its own presence says more, if we see it.
            if isKnown, !directClients.contains(from) { return }
            directClients.insert(from)
            let states = configuration.presenceStates
            let named =
                presence.child("state", CompanyPresenceState.namespace)?["id"]
                ?? presence.child("status", Namespace.client)?.text
            let state = named.flatMap { states.state(named: $0) }
            agentPresence(
                agent, resource, AgentResource(state: state?.id, takesCustomers: state?.takesCustomers ?? true), &turn)
        } else {
            directClients.remove(from)
            agentPresence(agent, resource, configuration.presenceStates.agentResource(of: presence), &turn)
        }
    }

    private mutating func gone(_ agent: AgentID, _ resource: String, _ turn: inout Turn) {
        if let client = (address(of: agent).flatMap { try? $0.with(resource: resource) }) {
            directClients.remove(client)
            forgetColleagueWatcher(client)
            leaveAllRooms(client, &turn)
        }
        agentPresence(agent, resource, nil, &turn)
    }

    /// Somebody shows up who has no subscription, perhaps: Smack's customers ask in this way whether the workgroup is open. Who
    /// has no resource is a service as we are, and gets no answer, or two would never stop.
    private mutating func strangerIsHere(_ client: JID, _ contact: JID, _ turn: inout Turn) {
        heard(client, at: contact, &turn)
        guard client.resource != nil else { return }
        turn.send(presence(of: contact.bare, addresses.departments(at: contact), to: client))
    }

    private mutating func workgroupPresence(
        _ presence: Stanza, _ status: XMLElement, _ agent: AgentID, _ resource: String, _ department: DepartmentID,
        _ turn: inout Turn
    ) {
        guard let from = presence.from, isAgent(from, of: department) else { return }
        let show = presence.child("show", Namespace.client).flatMap { WorkgroupPresence.Show(rawValue: $0.text) }
        let wish = (try? Workgroup.AgentStatus(status))?.maximumChats
        let mark = turn.outgoing.count
        apply(
            .workgroupPresence(
                agent: agent, department: department, resource: resource,
                state: WorkgroupPresence(show: show == .left ? .chat : show ?? .chat, maxChats: wish)),
            from: .client(from), &turn)
        // Clients wait for an answer, whether there is news or not.
        let isAnswered = turn.outgoing.dropFirst(mark).contains { $0.stanza.kind == .presence && $0.stanza.to == from }
        if !isAnswered, let summary = summaries[department], let workgroup = addresses.workgroup(of: department) {
            let status = service.published[department]?.status
            for stanza in summary.presences(from: workgroup, to: from, status: status, service.configuration) {
                turn.send(stanza)
            }
        }
    }

    /// Asks every agent's server for the agent's presence, once per stream.
    mutating func probeAgents(_ turn: inout Turn) {
        for department in configuration.departments {
            guard let from = addresses.watchtower(of: department.id) else { continue }
            for agent in department.agents {
                turn.send(Stanza(.presence, .probe, from: from, to: agent.bare))
            }
        }
        // Supervisors who are agents nowhere, once.
        guard let first = configuration.departments.first, let from = addresses.watchtower(of: first.id) else { return }
        for person in service.configuration.supervision.supervisors.sorted()
        where !service.configuration.isAgent(person) {
            if let to = address(of: person) { turn.send(Stanza(.presence, .probe, from: from, to: to)) }
        }
    }
}
