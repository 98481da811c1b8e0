//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

package import BizBuddyCore
package import XMPPClient
package import XMPPCore

/// Everything the bridge is told; the composition root fills it from the company's configuration.
package struct BridgeConfiguration: Sendable {
    /// A company's address that customers write to.
    package struct Contact: Sendable, Equatable {
        /// Bare; of the company's domain (then the server delegates it) or of the component's own.
        package var address: JID
        /// What a buddy list shows ("Acme Support").
        package var name: String
        package var department: DepartmentID
        package var card: Card
        /// Bare addresses that see the contact by configuration, besides subscribers and agents: the members of the
        /// shared roster groups it stands in.
        package var audience: [JID]

        package init(
            address: JID, name: String, department: DepartmentID, card: Card = Card(), audience: [JID] = []
        ) {
            self.address = address.bare
            self.name = name
            self.department = department
            self.card = card
            self.audience = audience
        }
    }

    /// The texts of a contact's card (XEP-0054).
    package struct Card: Sendable, Equatable {
        package var organisation: String?
        /// What customers may expect.
        package var about: String?
        package var url: String?
        package var email: String?
        package var telephone: String?

        package init(
            organisation: String? = nil, about: String? = nil, url: String? = nil, email: String? = nil,
            telephone: String? = nil
        ) {
            self.organisation = organisation
            self.about = about
            self.url = url
            self.email = email
            self.telephone = telephone
        }
    }

    /// People who answer, and how they are asked.
    package struct Department: Sendable, Equatable {
        /// Also the local part of the workgroup's address at the component's domain.
        package var id: DepartmentID
        package var name: String
        /// Bare addresses.
        package var agents: [JID]
        /// Conversations of this department an agent has at once.
        package var capacity: Int
        package var offerTimeout: Duration
        package var hours: OpeningHours

        package init(
            id: DepartmentID, name: String, agents: [JID], capacity: Int = 3, offerTimeout: Duration = .seconds(30),
            hours: OpeningHours = .always
        ) {
            self.id = id
            self.name = name
            self.agents = agents
            self.capacity = capacity
            self.offerTimeout = offerTimeout
            self.hours = hours
        }
    }

    package var component: ComponentSettings
    package var contacts: [Contact]
    package var departments: [Department]
    package var presenceStates: PresenceStateCatalogue
    /// Limits, patience and words; its departments are made from `departments` and `contacts`.
    package var service: ServiceConfiguration

    package init(
        component: ComponentSettings, contacts: [Contact], departments: [Department],
        presenceStates: PresenceStateCatalogue = .standard, service: ServiceConfiguration = ServiceConfiguration()
    ) {
        self.component = component
        self.contacts = contacts
        self.departments = departments
        self.presenceStates = presenceStates
        self.service = service
    }

    /// The queue's configuration: a workgroup's own address is one of its department's contacts.
    package var serviceConfiguration: ServiceConfiguration {
        var result = service
        result.departments = departments.map { department in
            let own = contacts.filter { $0.department == department.id }.map(\.address.bareString)
            let workgroup = "\(department.id)@\(component.domain)"
            return DepartmentConfiguration(
                id: department.id, name: department.name,
                contacts: (own + (own.contains(workgroup) ? [] : [workgroup])).map { ContactAddress($0) },
                agents: department.agents.map { AgentID($0.bareString) }, capacity: department.capacity,
                offerTimeout: department.offerTimeout, hours: department.hours)
        }
        return result
    }

    /// What is wrong, in words for the person who wrote it; empty when all is well.
    package var problems: [String] {
        var problems = serviceConfiguration.problems
        for department in departments {
            let isLocalPart =
                (try? JID(local: department.id.rawValue, domain: component.domain))?.local == department.id.rawValue
            if !isLocalPart {
                problems.append("department \(department.id): the name cannot stand before the @ of an address")
            }
        }
        for contact in contacts where !departments.contains(where: { $0.id == contact.department }) {
            problems.append("contact \(contact.address): there is no department \(contact.department)")
        }
        return problems
    }
}
