//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

import BizBuddyCore
import XMPPClient
import XMPPCore

/// What an address of ours stands for.
enum Addressee {
    /// The component's own domain.
    case component
    /// Customers write here; so may agents, as customers.
    case contact(BridgeConfiguration.Contact)
    /// A department's address at the component's domain: agents give commands here, all others are customers.
    case workgroup(DepartmentID)
    /// The room of a conversation, whether there is one or not.
    case conversation(ConversationID)
    case nobody
}

/// The bridge's addresses and who is who.
struct AddressBook {
    /// The component's own address.
    let component: JID
    private let domain: String
    private let contacts: [String: BridgeConfiguration.Contact]
    private let workgroups: [String: DepartmentID]
    /// Where a department's agents show their presence: the delegated contact, else the workgroup itself.
    private let watchtowers: [DepartmentID: JID]

    /// Stands where the configuration names no domain at all, which its check reports.
    private static let invalid: JID = {
        guard let address = try? JID("component.invalid") else { preconditionFailure("a constant") }
        return address
    }()

    init(_ configuration: BridgeConfiguration) {
        let domain = configuration.component.domain
        let component = (try? JID(local: nil, domain: domain)) ?? Self.invalid
        self.component = component
        self.domain = component.domain
        var contacts: [String: BridgeConfiguration.Contact] = [:]
        var workgroups: [String: DepartmentID] = [:]
        var watchtowers: [DepartmentID: JID] = [:]
        for department in configuration.departments {
            guard let address = try? JID(local: department.id.rawValue, domain: domain) else { continue }
            workgroups[address.bareString] = department.id
            watchtowers[department.id] = address
        }
        for contact in configuration.contacts.reversed() {
            contacts[contact.address.bareString] = contact
            // Not one that stands for several: there would be no telling whose agents are seen.
            if contact.address.domain != self.domain, contact.departments.count == 1 {
                watchtowers[contact.departments[0]] = contact.address
            }
        }
        self.contacts = contacts
        self.workgroups = workgroups
        self.watchtowers = watchtowers
    }

    func addressee(_ address: JID) -> Addressee {
        if let department = workgroups[address.bareString] { return .workgroup(department) }
        if let contact = contacts[address.bareString] { return .contact(contact) }
        guard address.domain == domain else { return .nobody }
        return if let local = address.local { .conversation(ConversationID(local)) } else { .component }
    }

    func workgroup(of department: DepartmentID) -> JID? {
        try? JID(local: department.rawValue, domain: domain)
    }

    func watchtower(of department: DepartmentID) -> JID? {
        watchtowers[department]
    }

    func room(of conversation: ConversationID) -> JID? {
        try? JID(local: conversation.rawValue, domain: domain)
    }

    func contact(_ address: ContactAddress) -> BridgeConfiguration.Contact? {
        contacts[address.rawValue]
    }

    /// Contacts that stand for several departments, one of them this, in a fixed order.
    func joint(_ department: DepartmentID) -> [BridgeConfiguration.Contact] {
        allContacts.filter { $0.departments.count > 1 && $0.departments.contains(department) }
    }

    /// The departments behind an address; empty if it is none of a contact or a workgroup.
    func departments(at address: JID) -> [DepartmentID] {
        switch addressee(address) {
        case .contact(let contact): contact.departments
        case .workgroup(let department): [department]
        case .component, .conversation, .nobody: []
        }
    }

    /// Contacts in a fixed order.
    var allContacts: [BridgeConfiguration.Contact] {
        contacts.sorted { $0.key < $1.key }.map(\.value)
    }
}
