//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

import BizBuddyCore
import XMPPClient
import XMPPCore
import XMPPPayloads

/// Suggests the company's contacts for customers' contact lists: once, to whoever has one of them already and uses a client
/// that knows such suggestions (XEP-0144). Others may find a link in their first greeting.
extension BridgeCore {
    /// A client that may be a customer's has been heard.
    mutating func heard(_ client: JID, at contact: JID, _ turn: inout Turn) {
        guard configuration.suggestsContacts, client.resource != nil else { return }
        introductions.heard(client)
        askWhetherItTakesContacts(client, at: contact, &turn)
    }

    /// A customer sees a contact from now on.
    mutating func hasSubscribed(_ customer: JID, to contact: JID, _ turn: inout Turn) {
        guard configuration.suggestsContacts, let client = introductions.client(of: customer) else { return }
        askWhetherItTakesContacts(client, at: contact, &turn)
    }

    private mutating func askWhetherItTakesContacts(_ client: JID, at contact: JID, _ turn: inout Turn) {
        guard !introductions.hasAsked(client), isToGetContacts(client), introductions.ask(client) else { return }
        let request = Stanza(.iq, .get, id: freshID(), from: contact.bare, to: client) {
            XMLElement("query", DiscoveryInfo.namespace)
        }
        requests.register(
            request, for: .introduction(contact: contact.bare, client: client),
            deadline: turn.now.milliseconds + Self.requestTimeout)
        turn.send(request)
    }

    /// A client has said what it can do; `answer` is nil if it has not.
    mutating func introduce(_ client: JID, to contact: JID, _ answer: Stanza?, _ turn: inout Turn) {
        let features = answer?.type == .result ? answer?.payload?.children("feature", DiscoveryInfo.namespace) : nil
        let takes = features?.contains { $0["var"] == RosterExchange.namespace } ?? false
        introductions.answered(client, takesSuggestions: takes)
        guard takes, isToGetContacts(client) else { return }
        note(.exchange, client.bareString, &turn)
        let items = addresses.allContacts.prefix(Introductions.maximumItems)
            .map { RosterExchange.Item($0.address, name: $0.name, groups: [$0.group]) }
        guard !items.isEmpty else { return }
        turn.send(
            Stanza(.iq, .set, id: freshID(), from: contact, to: client) { RosterExchange(items: items).element })
    }

    /// Somebody who has a contact by subscription, and was not given the others.
    private func isToGetContacts(_ client: JID) -> Bool {
        let customer = client.bareString
        return configuration.suggestsContacts && introductions.made[customer]?.contains(.exchange) != true
            && hasContact(customer) && !isColleague(customer)
    }

    private func hasContact(_ customer: String) -> Bool { subscribers.values.contains { $0.contains(customer) } }

    /// Colleagues have the contacts by configuration.
    private func isColleague(_ address: String) -> Bool {
        service.configuration.isStaff(AgentID(address))
            || configuration.contacts.contains { $0.audience.contains { $0.bareString == address } }
    }

    private mutating func note(_ way: Introduction, _ customer: String, _ turn: inout Turn) {
        introductions.made[customer, default: []].insert(way)
        turn.introductions.append((CustomerAddress(customer), way))
    }

    // MARK: Link

    /// What a customer is told, with the link below if it is the first greeting of somebody who gets no suggestion.
    mutating func textWithLink(_ delivery: CustomerDelivery, _ turn: inout Turn) -> String {
        guard configuration.linksInGreeting, case .notice(let notice) = delivery.kind, notice.isGreeting,
            let link = link(to: delivery.contact, for: delivery.customer.rawValue)
        else { return delivery.text }
        note(.link, delivery.customer.rawValue, &turn)
        let texts = service.configuration.catalogue.texts(language: delivery.language, contact: delivery.contact)
        return delivery.text + "\n" + texts.text(.contactLink, ["link": link.description])
    }

    private func link(to contact: ContactAddress, for customer: String) -> RosterLink? {
        guard introductions.made[customer] == nil, !isColleague(customer),
            let declared = addresses.contact(contact)
        else { return nil }
        // Who has the contact may be about to get a suggestion.
        let waits = configuration.suggestsContacts && hasContact(customer) && !introductions.isUnable(customer)
        return waits ? nil : RosterLink(declared.address, name: declared.name, group: declared.group)
    }
}

extension CustomerNotice {
    /// Whether it is the first answer to somebody who has written.
    fileprivate var isGreeting: Bool {
        switch self {
        case .greeting, .place, .closed: true
        default: false
        }
    }
}
