//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

package import BizBuddyCore
package import BizBuddyStorage
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
        /// Who answers. With more than one, customers are asked which one they want.
        package var departments: [DepartmentID]
        package var card: Card
        /// Of contact lists, in which it stands.
        package var group = "BizBuddy"
        /// Bare addresses that see the contact by configuration, besides subscribers and agents: the members of the
        /// shared roster groups it stands in.
        package var audience: [JID]
        /// What an agent must know to be asked about its customers.
        package var skills: [String]
        /// Goes before others of the same department; more is earlier.
        package var priority: Int
        /// How much of an agent a conversation takes, in hundredths of one.
        package var weight: Int
        /// Sentences that differ from the company's.
        package var texts: TextCatalogue.Changes

        package init(
            address: JID, name: String, departments: [DepartmentID], card: Card = Card(), audience: [JID] = [],
            skills: [String] = [], priority: Int = 0, weight: Int = 100, texts: TextCatalogue.Changes = [:]
        ) {
            self.address = address.bare
            self.name = name
            self.departments = departments
            self.card = card
            self.audience = audience
            self.skills = skills
            self.priority = priority
            self.weight = weight
            self.texts = texts
        }

        package init(
            address: JID, name: String, department: DepartmentID, card: Card = Card(), audience: [JID] = []
        ) {
            self.init(address: address, name: name, departments: [department], card: card, audience: audience)
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
        package var rules: DepartmentRules

        package init(
            id: DepartmentID, name: String, agents: [JID], capacity: Int = 3, offerTimeout: Duration = .seconds(30),
            hours: OpeningHours = .always, rules: DepartmentRules = DepartmentRules()
        ) {
            self.id = id
            self.name = name
            self.agents = agents
            self.capacity = capacity
            self.offerTimeout = offerTimeout
            self.hours = hours
            self.rules = rules
        }
    }

    package var component: ComponentSettings
    package var contacts: [Contact]
    package var departments: [Department]
    package var presenceStates: PresenceStateCatalogue
    /// Ready answers by name, with places for `{customer}`, `{agent}` and `{department}`.
    package var canned: [String: String] = [:]
    /// What agents do with one word, as they would type it line by line.
    package var macros: [String: [String]] = [:]
    /// Limits, patience and words; its departments are made from `departments` and `contacts`.
    package var service: ServiceConfiguration
    package var privacy = Privacy()
    /// Whether customers' own cards (XEP-0054) are asked for.
    package var asksForCards = false
    /// Whether customers who have one contact are suggested all of them (XEP-0144), and others given a link (XEP-0147).
    package var suggestsContacts = true
    package var linksInGreeting = false
    /// Whether a routing hook is asked about new customers.
    package var hasRouter = false
    /// Customers who are answered within it are served in time.
    package var serviceLevel: Duration = .seconds(60)

    /// What agents may see of customers.
    package struct Privacy: Sendable, Equatable {
        /// Agents who see public fields only: people of other companies.
        package var limited: Set<AgentID> = []
        /// Who may look at sensitive fields; nil is everybody who is not limited.
        package var revealers: Set<AgentID>?
        /// Takes out of texts what must not be kept.
        package var redactor = Redactor()
        package var retention = RetentionPolicy()
        /// Whether customers' wishes for a copy or a deletion are kept until somebody sees to them.
        package var takesRequests = false
        /// Where the terms of service are.
        package var terms: String?

        package init() {}

        func mayReveal(_ agent: AgentID) -> Bool {
            !limited.contains(agent) && revealers?.contains(agent) != false
        }
    }

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
            let own = contacts.filter { $0.departments == [department.id] }.map(\.address.bareString)
            let workgroup = "\(department.id)@\(component.domain)"
            return DepartmentConfiguration(
                id: department.id, name: department.name,
                contacts: (own + (own.contains(workgroup) ? [] : [workgroup])).map { ContactAddress($0) },
                agents: department.agents.map { AgentID($0.bareString) }, capacity: department.capacity,
                offerTimeout: department.offerTimeout, hours: department.hours, rules: department.rules)
        }
        for contact in contacts {
            let address = ContactAddress(contact.address.bareString)
            result.routing.contacts[address] = ContactSettings(
                departments: contact.departments, skills: contact.skills, priority: contact.priority,
                weight: contact.weight)
            if !contact.texts.isEmpty { result.catalogue.contacts[address] = contact.texts }
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
        for contact in contacts where contact.departments.isEmpty {
            problems.append("contact \(contact.address): at least one department is needed")
        }
        return problems
    }
}
