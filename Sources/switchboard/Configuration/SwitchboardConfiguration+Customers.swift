//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

import XMPPCore

extension SwitchboardConfiguration {
    /// An external component (XEP-0114).
    struct Component: Sendable, Equatable {
        let domain: JID
        /// Set in every loaded configuration.
        var secret: Secret?
        /// Whether it may set people's presence states on their behalf (`<for jid='…'/>`).
        var setsPresenceStates = false

        static let schema = SectionSchema<Component>(
            [
                Field(
                    "secret", \.secret, .optional(.secret), example: "change-me-please",
                    "The secret both sides know."),
                Field(
                    "secret_file", \.secret, .optional(.secretFile), example: "secrets/care",
                    "A file that holds the secret, instead of secret. Relative to the folder of this file."),
                Field(
                    "sets_presence_states", \.setsPresenceStates, .boolean,
                    """
                    Whether the component may set the company presence state of a person who asked it to. The bridge needs it for its \
                    command /status.
                    """),
            ],
            finish: { component, path, reading in
                reading.checkSecret(component.secret, "secret", in: path, isRequired: true)
            })

        static let reader: ValueReader<NamedValues<Component>> = .map(
            .domain, named: "care.acme.example", { Component(domain: $0) }, name: \.bareString,
            exampleKey: JID.sample, schema)
    }

    /// A BizBuddy contact: an address customers write to.
    struct Contact: Sendable, Equatable {
        let address: JID
        var name = ""
        /// The departments that answer, by id.
        var departments: [String] = []
        /// The roster group employees find it in.
        var group = "BizBuddy"
        /// Shared roster groups whose members have the contact in their rosters.
        var rosterGroups: [String] = []
        var skills: [String] = []
        var priority = 0
        var weight = 100
        var retentionDays: Int?
        var texts = CustomerTextChanges()
        var vCard = VCard()

        static let schema = SectionSchema<Contact>(
            [
                Field(
                    "name", \.name, .text, required: true, example: "Acme Support",
                    "What contact lists show."),
                Field(
                    "departments", \.departments, .list(of: .identifier("department id")), required: true,
                    example: "[support]",
                    "The departments of the bridge that answer. With more than one, customers are asked which one they want."
                ),
                Field("group", \.group, .text, "The group of the contact list that employees find the contact in."),
                Field(
                    "roster_groups", \.rosterGroups, .list(of: .text), example: "[Support]",
                    "Shared roster groups (see groups) whose members have the contact in their contact lists."),
                Field(
                    "skills", \.skills, .list(of: .identifier("skill")), example: "[french]",
                    "What agents must know (bridge.agent_skills) to be offered its customers."),
                Field(
                    "priority", \.priority, .integer(-100...100),
                    "Customers of a contact with more of it go before others of the same department."),
                Field(
                    "weight_percent", \.weight, .integer(1...1000),
                    "How much of an agent's capacity a conversation takes: 50 is half of one, 300 as much as three."),
                Field(
                    "texts", \.texts, .customerTexts, example: "{en: {greeting: Welcome!}}",
                    "As bridge.texts, for this contact."),
                Field(
                    "retention_days", \.retentionDays, .optional(.integer(1...36_500)), example: "30",
                    "How long its closed conversations are kept, in days, instead of bridge.privacy.conversation_days."),
                Field("vcard", \.vCard, .section(VCard(), VCard.schema), "The contact's card (XEP-0054)."),
            ],
            finish: { contact, path, reading in
                if reading.isGiven(path + ["departments"]), contact.departments.isEmpty {
                    reading.report("at least one department is needed", at: path + ["departments"])
                }
            })

        static let reader: ValueReader<NamedValues<Contact>> = .map(
            .account, named: "support@acme.example", { Contact(address: $0) }, name: \.bareString,
            exampleKey: JID.sample, schema)
    }

    /// The texts of a contact's card.
    struct VCard: Sendable, Equatable {
        var organisation: String?
        var description: String?
        var url: String?
        var email: String?
        var telephone: String?

        static let schema = SectionSchema<VCard>([
            Field("organisation", \.organisation, .optional(.text), example: "Acme", "The company."),
            Field(
                "description", \.description, .optional(.text), example: "We are here to help.",
                "What customers may expect."),
            Field("url", \.url, .optional(.text), example: "\"https://acme.example/support\"", "A web page."),
            Field("email", \.email, .optional(.text), example: "support@acme.example", "A mail address."),
            Field("telephone", \.telephone, .optional(.text), example: "\"+1 555 0100\"", "A telephone number."),
        ])
    }
}
