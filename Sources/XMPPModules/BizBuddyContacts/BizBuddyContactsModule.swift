//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

package import XMPPCore
package import XMPPServer

/// An address of a host that customers write to, and that a component speaks for.
package struct BizBuddyContact: Sendable, Equatable {
    /// Bare JID.
    package var address: JID
    package var name: String
    /// The roster group employees find it in.
    package var rosterGroup: String
    /// Those whose members have the contact in their rosters.
    package var members: [AccountGroup]
    /// The domain of the component that the contact is delegated to.
    package var component: String

    package init(
        _ address: JID, name: String, rosterGroup: String = "BizBuddy", members: [AccountGroup], component: String
    ) {
        self.address = address.bare
        self.name = name
        self.rosterGroup = rosterGroup
        self.members = members
        self.component = component
    }
}

/// Declares BizBuddy contacts: takes all stanzas for them to the bridge, and puts them into employees' rosters.
package struct BizBuddyContactsModule: ServerModule {
    package let id = "bizbuddy-contacts"
    private let contacts: [BizBuddyContact]
    private let confidential: ConfidentialMessages?

    /// With `confidential`, what must not be kept is taken out of messages to contacts and to their components.
    package init(_ contacts: [BizBuddyContact], confidential: ConfidentialMessages? = nil) {
        self.contacts = contacts
        self.confidential = confidential
    }

    package func register(in registrar: inout ModuleRegistrar) {
        guard !contacts.isEmpty else { return }
        for contact in contacts {
            let component = contact.component
            registrar.address(contact.address) { [confidential] stanza, server in
                Self.hand(stanza, to: component, confidential, server)
            }
        }
        if let confidential {
            let components = Dictionary(contacts.map { ($0.address.bareString, $0.component) }) { first, _ in first }
            let domains = Set(contacts.map(\.component))
            registrar.stanza(.message, .rewrite) { message, _, server in
                guard let to = message.to else { return .pass }
                guard let component = components[to.bareString] ?? (domains.contains(to.domain) ? to.domain : nil)
                else { return .pass }
                return confidential.hook(&message, to: component, server)
            }
            // Of other servers, gateways and whoever else, no client's hook has seen anything.
            registrar.delegation { message, component in
                guard domains.contains(component), confidential.look(at: message).isChange else { return nil }
                return { Self.hand($0, to: component, confidential, $1) }
            }
        }
        let shared = contacts.map { SharedContact($0) }
        registrar.roster { account in
            let domain = account.domain
            return shared.compactMap { $0.hosts.contains(domain) || $0.accounts.contains(account) ? $0.item : nil }
        }
    }

    /// What means something after a while waits in the store until the component has it; what doesn't goes now or not
    /// at all.
    private static func hand(
        _ stanza: Stanza, to component: String, _ confidential: ConfidentialMessages?, _ server: ServerCore
    ) -> Deferred? {
        switch stanza.kind {
        case .message:
            switch confidential?.look(at: stanza) ?? .unchanged {
            case .unchanged: return server.delegate(stanza, to: component)
            case .changed(let changed): return server.delegate(changed, to: component)
            case .unstored(let answer):
                if server.forward(answer, toComponent: component) { return nil }
                return server.bounce(answer, ConfidentialMessages.notNow)
            }
        case .presence where stanza.type.isSubscription:
            return server.delegate(stanza, to: component)
        case .presence:
            _ = server.forward(stanza, toComponent: component)
            return nil
        case .iq:
            if server.forward(stanza, toComponent: component) { return nil }
            return server.bounce(stanza, ConfidentialMessages.notNow)
        }
    }
}

/// A contact as rosters have it, and whose.
private struct SharedContact: Sendable {
    let item: RosterItem
    let accounts: Set<JID>
    let hosts: Set<String>

    init(_ contact: BizBuddyContact) {
        item = RosterItem(
            jid: contact.address, name: contact.name, groups: [contact.rosterGroup], subscription: .both,
            isShared: true)
        accounts = contact.members.reduce(into: []) { $0.formUnion($1.accounts) }
        hosts = contact.members.reduce(into: []) { $0.formUnion($1.hosts) }
    }
}
