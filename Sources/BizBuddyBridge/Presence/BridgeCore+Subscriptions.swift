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
    mutating func subscription(_ presence: Stanza, of departments: [DepartmentID], _ turn: inout Turn) {
        guard let from = presence.from, let contact = presence.to?.bare else { return }
        let peer = from.bare
        let isAgent = departments.contains { self.isStaff(from, of: $0) }
        switch presence.type {
        case .subscribe:
            turn.send(Stanza(.presence, .subscribed, from: contact, to: peer))
            setSubscribed(peer, to: contact, true, presence.content.language, &turn)
            turn.send(self.presence(of: contact, departments, to: peer))
            if isAgent { ask(peer, from: contact, &turn) }
            hasSubscribed(peer, to: contact, &turn)
        case .unsubscribe:
            setSubscribed(peer, to: contact, false, nil, &turn)
            turn.send(Stanza(.presence, .unavailable, from: contact, to: peer))
            turn.send(Stanza(.presence, .unsubscribed, from: contact, to: peer))
        case .probe:
            turn.send(self.presence(of: contact, departments, to: from))
            heard(from, at: contact, &turn)
        case .subscribed:
            if isAgent { turn.send(Stanza(.presence, .probe, from: contact, to: peer)) }
        case .unsubscribed:
            // The answer to a probe where there is no subscription (RFC 6121 §4.3.2): ask for one, once.
            if isAgent, departments.contains(where: { addresses.watchtower(of: $0) == contact }) {
                ask(peer, from: contact, &turn)
            }
        default: return
        }
    }

    /// A customer who is forgotten sees no contact any more.
    mutating func unsubscribe(_ customer: CustomerAddress, _ turn: inout Turn) {
        introductions.forget(customer.rawValue)
        guard let peer = try? JID(customer.rawValue) else { return }
        for name in subscribers.keys.sorted() {
            guard subscribers[name]?.contains(peer.bareString) == true, let contact = try? JID(name) else { continue }
            setSubscribed(peer, to: contact, false, nil, &turn)
            turn.send(Stanza(.presence, .unavailable, from: contact, to: peer))
            turn.send(Stanza(.presence, .unsubscribed, from: contact, to: peer))
        }
    }

    /// Asks an agent for presence; elsewhere than on our own server nobody has arranged that for us.
    private mutating func ask(_ agent: JID, from contact: JID, _ turn: inout Turn) {
        guard asked.insert("\(contact) \(agent)").inserted else { return }
        turn.send(Stanza(.presence, .subscribe, from: contact, to: agent))
    }

    private mutating func setSubscribed(
        _ peer: JID, to contact: JID, _ isSubscribed: Bool, _ language: String?, _ turn: inout Turn
    ) {
        let isNews =
            isSubscribed
            ? subscribers[contact.bareString, default: []].insert(peer.bareString).inserted
            : subscribers[contact.bareString]?.remove(peer.bareString) != nil
        let spoken =
            isSubscribed ? spoken(language, at: contact) ?? languages[contact.bareString]?[peer.bareString] : nil
        let isOther = languages[contact.bareString]?[peer.bareString] != spoken
        languages[contact.bareString, default: [:]][peer.bareString] = spoken
        guard isNews || isOther else { return }
        turn.subscriptions.append(
            Turn.SubscriptionChange(
                contact: contact.bareString, subscriber: peer.bareString, isSubscribed: isSubscribed, language: spoken))
    }

    /// A subscriber has spoken: from now on the contact is shown in that language first.
    mutating func spoke(_ language: String?, _ peer: JID, to contact: JID, _ turn: inout Turn) {
        guard language != nil, subscribers[contact.bareString]?.contains(peer.bareString) == true else { return }
        let address = ContactAddress(contact.bareString)
        let standard = service.configuration.catalogue.texts(language: nil, contact: address).language
        let before = languages[contact.bareString]?[peer.bareString] ?? standard
        setSubscribed(peer, to: contact, true, language, &turn)
        guard languages[contact.bareString]?[peer.bareString] ?? standard != before else { return }
        turn.send(presence(of: contact.bare, addresses.departments(at: contact), to: peer.bare))
    }

    /// The language of the catalogue that a customer is answered in; nil if nothing was said.
    private func spoken(_ language: String?, at contact: JID) -> String? {
        guard let language else { return nil }
        return service.configuration.catalogue.texts(language: language, contact: ContactAddress(contact.bareString))
            .language
    }

    // MARK: What they see

    /// To everybody who sees the department's contacts.
    mutating func publish(_ status: DepartmentStatus, _ turn: inout Turn) {
        unpublished.remove(status.department)
        for contact in status.contacts {
            guard let address = try? JID(contact.rawValue) else { continue }
            show(address, [status.department], &turn)
        }
        for contact in addresses.joint(status.department) {
            let combined = combinedStatus(of: contact.departments)
            guard jointStatuses.updateValue(combined, forKey: contact.address.bareString) != combined else { continue }
            show(contact.address, contact.departments, &turn)
        }
    }

    /// To everybody who sees a contact.
    private func show(_ contact: JID, _ departments: [DepartmentID], _ turn: inout Turn) {
        guard let status = combinedStatus(of: departments) else { return }
        var presence = ContactPresence(status, at: contact, service.configuration)
        for peer in audience(of: contact, departments) {
            turn.send(presence.stanza(to: peer, language: languages[contact.bareString]?[peer.bareString]))
        }
    }

    /// What a contact shows that stands for several departments: the best that any of them has.
    func combinedStatus(of departments: [DepartmentID]) -> DepartmentStatus? {
        let all = departments.compactMap { service.published[$0]?.status }
        guard let first = all.first else { return nil }
        for state in [DepartmentStatus.State.open, .busy] {
            let best = all.filter { $0.state == state }.min { ($0.wait ?? .overTwenty) < ($1.wait ?? .overTwenty) }
            if let best { return best }
        }
        // All are closed: the one that opens first.
        return all.filter { $0.reopens != nil }
            .min { ($0.reopens?.milliseconds ?? .max) < ($1.reopens?.milliseconds ?? .max) } ?? first
    }

    /// Subscribers, agents and those who have the contact by configuration, each once and in a fixed order.
    private func audience(of contact: JID, _ departments: [DepartmentID]) -> [JID] {
        var all = subscribers[contact.bareString] ?? []
        if let declared = addresses.contact(ContactAddress(contact.bareString)) {
            all.formUnion(declared.audience.map(\.bareString))
            for department in departments {
                all.formUnion(service.configuration[department: department]?.agents.map(\.rawValue) ?? [])
            }
        }
        return all.sorted().compactMap { try? JID($0) }
    }

    /// The departments' presence from the contact's bare address.
    func presence(of contact: JID, _ departments: [DepartmentID], to peer: JID) -> Stanza? {
        guard let status = combinedStatus(of: departments) else { return nil }
        var presence = ContactPresence(status, at: contact, service.configuration)
        return presence.stanza(to: peer, language: languages[contact.bareString]?[peer.bareString])
    }

    /// The service goes down in good order: nobody shall write to what is not there.
    func withdrawContacts(_ turn: inout Turn) {
        let workgroups = configuration.departments.compactMap { addresses.workgroup(of: $0.id) }
        let contacts = addresses.allContacts.map(\.address).filter { !workgroups.contains($0) }
        for address in workgroups + contacts {
            for peer in audience(of: address, addresses.departments(at: address)) {
                turn.send(Stanza(.presence, .unavailable, from: address, to: peer))
            }
        }
    }
}
