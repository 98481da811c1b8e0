//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

import BizBuddyCore
import XMPPCore
import XMPPPayloads

/// Who sees a contact, and what they see.
extension BridgeCore {
    /// Subscriptions are approved, probes answered: what a contact shows is for everybody.
    mutating func subscription(_ presence: Stanza, department: DepartmentID, _ turn: inout Turn) {
        guard let from = presence.from, let contact = presence.to?.bare else { return }
        let peer = from.bare
        let isAgent = isAgent(from, of: department)
        switch presence.type {
        case .subscribe:
            turn.send(Stanza(.presence, .subscribed, from: contact, to: peer))
            setSubscribed(peer, to: contact, true, &turn)
            turn.send(self.presence(of: contact, department, to: peer))
            if isAgent { ask(peer, from: contact, &turn) }
        case .unsubscribe:
            setSubscribed(peer, to: contact, false, &turn)
            turn.send(Stanza(.presence, .unavailable, from: contact, to: peer))
            turn.send(Stanza(.presence, .unsubscribed, from: contact, to: peer))
        case .probe:
            turn.send(self.presence(of: contact, department, to: from))
        case .subscribed:
            if isAgent { turn.send(Stanza(.presence, .probe, from: contact, to: peer)) }
        case .unsubscribed:
            // The answer to a probe where there is no subscription (RFC 6121 §4.3.2): ask for one, once.
            if isAgent, addresses.watchtower(of: department) == contact { ask(peer, from: contact, &turn) }
        default: return
        }
    }

    /// Asks an agent for presence; elsewhere than on our own server nobody has arranged that for us.
    private mutating func ask(_ agent: JID, from contact: JID, _ turn: inout Turn) {
        guard asked.insert("\(contact) \(agent)").inserted else { return }
        turn.send(Stanza(.presence, .subscribe, from: contact, to: agent))
    }

    private mutating func setSubscribed(_ peer: JID, to contact: JID, _ isSubscribed: Bool, _ turn: inout Turn) {
        let isNews =
            isSubscribed
            ? subscribers[contact.bareString, default: []].insert(peer.bareString).inserted
            : subscribers[contact.bareString]?.remove(peer.bareString) != nil
        guard isNews else { return }
        turn.subscriptions.append(
            Turn.SubscriptionChange(
                contact: contact.bareString, subscriber: peer.bareString, isSubscribed: isSubscribed))
    }

    // MARK: What they see

    /// To everybody who sees the department's contacts.
    mutating func publish(_ status: DepartmentStatus, _ turn: inout Turn) {
        unpublished.remove(status.department)
        for contact in status.contacts {
            guard let address = try? JID(contact.rawValue) else { continue }
            for peer in audience(of: address, status.department) {
                turn.send(presence(of: address, status.department, to: peer))
            }
        }
    }

    /// Subscribers, agents and those who have the contact by configuration, each once and in a fixed order.
    private func audience(of contact: JID, _ department: DepartmentID) -> [JID] {
        var all = subscribers[contact.bareString] ?? []
        if let declared = addresses.contact(ContactAddress(contact.bareString)) {
            all.formUnion(declared.audience.map(\.bareString))
            all.formUnion(service.configuration[department: department]?.agents.map(\.rawValue) ?? [])
        }
        return all.sorted().compactMap { try? JID($0) }
    }

    /// The department's presence from the contact's bare address.
    func presence(of contact: JID, _ department: DepartmentID, to peer: JID) -> Stanza? {
        guard let status = service.published[department]?.status else { return nil }
        return Stanza(.presence, .available, from: contact, to: peer) { status.presenceContent }
    }

    /// The service goes down in good order: nobody shall write to what is not there.
    func withdrawContacts(_ turn: inout Turn) {
        for department in configuration.departments {
            for contact in service.configuration[department: department.id]?.contacts ?? [] {
                guard let address = try? JID(contact.rawValue) else { continue }
                for peer in audience(of: address, department.id) {
                    turn.send(Stanza(.presence, .unavailable, from: address, to: peer))
                }
            }
        }
    }
}

extension DepartmentStatus {
    /// What stands in a presence: the state, in words for people and exactly for programs.
    var presenceContent: [XMLNode] {
        let (state, show): (BizBuddyDepartment.State, String?) =
            switch state {
            case .open: (.open, nil)
            case .busy: (.busy, "away")
            case .closed: (.closed, "xa")
            }
        let payload = BizBuddyDepartment(
            state, wait: wait.flatMap { BizBuddyDepartment.Wait(rawValue: $0.rawValue) },
            reopens: reopens.map { Timestamp(milliseconds: $0.milliseconds) })
        let elements = [
            show.map { XMLElement("show", Namespace.client, text: $0) },
            XMLElement("status", Namespace.client, text: text), payload.element,
        ]
        return elements.compactMap { $0 }.map { .element($0) }
    }
}
