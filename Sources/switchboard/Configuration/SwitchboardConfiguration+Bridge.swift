//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

import XMPPCore

/// Who works for a department: one person, or all of a group.
enum AgentReference: Sendable, Equatable {
    case account(JID)
    case group(String)

    var text: String {
        switch self {
        case .account(let address): address.bareString
        case .group(let name): name
        }
    }
}

extension SwitchboardConfiguration {
    /// The customer-service bridge.
    struct Bridge: Sendable, Equatable {
        /// Whether `switchboard serve` runs it. `switchboard bridge` does in any case.
        var inProcess = true
        /// The bridge's own domain. Set in every loaded configuration.
        var domain: JID?
        var server = Server()
        /// The component secret. Set in every loaded configuration.
        var secret: Secret?
        var storage = "bridge.sqlite"
        var departments: NamedValues<Department> = [:]
        var records = Records()
        var privacy = Privacy()
        /// Conversations an agent has at once over all departments.
        var agentCapacity = 3
        var agentCapacities: NamedValues<AgentCapacity> = [:]
        var lookupDeadline: Duration = .milliseconds(800)
        var reofferDelay: Duration = .seconds(5)
        var agentGrace: Duration = .seconds(120)
        var missedOffersBeforePause = 3
        var assumedHandlingTime: Duration = .seconds(300)
        var agentSkills: NamedValues<AgentSkills> = [:]
        var stickiness: Duration = .seconds(7 * 86_400)
        var turnPatience: Duration = .seconds(600)
        var questionPatience: Duration = .seconds(600)
        /// Agents or not.
        var supervisors: [AgentReference] = []
        var monitoring = Monitoring.announced
        var floods = Floods()
        var canned: NamedValues<Canned> = [:]
        var macros: NamedValues<Macro> = [:]
        var alerts = Alerts()
        var faqFolder: String?
        var routingHook = RoutingHookSettings()
        /// Customers who are answered within it are served well.
        var serviceLevel: Duration = .seconds(60)
        /// Whether customers who have one contact are suggested all, and others given a link.
        var suggestsContacts = true
        var linksInGreeting = false
        /// Spoken to customers who have not said a language.
        var language = "en"
        var texts = CustomerTextChanges()

        /// Whether supervisors may follow conversations, and when customers are told.
        enum Monitoring: String, Sendable, CaseIterable {
            case off, announced, stated
        }

        static let schema = SectionSchema<Bridge>(
            [
                Field(
                    "in_process", \.inProcess, .boolean,
                    "Whether \"switchboard serve\" runs the bridge. \"switchboard bridge\" runs it in any case."),
                Field(
                    "domain", \.domain, .optional(.domain), required: true, example: "care.acme.example",
                    "The bridge's own domain: workgroups and conversations are addresses of it."),
                Field("server", \.server, .section(Server(), Server.schema), "The server the bridge connects to."),
                Field(
                    "secret", \.secret, .optional(.secret), example: "change-me-please",
                    """
                    The component secret. Not needed in the server's process, which makes one at each start; "switchboard bridge" needs the \
                    one that its server knows.
                    """),
                Field(
                    "secret_file", \.secret, .optional(.secretFile), example: "secrets/care",
                    "A file that holds the secret, instead of secret. Relative to the folder of this file."),
                Field(
                    "storage", \.storage, .path("path", in: .data),
                    "The bridge's database. A relative path is taken from the data folder."),
                Field(
                    "departments", \.departments, Department.reader, required: true,
                    "Queues of customers and the agents who serve them."),
                Field("records", \.records, .section(Records(), Records.schema), "Where customers' records come from."),
                Field(
                    "privacy", \.privacy, .section(Privacy(), Privacy.schema),
                    "Who sees what of customers, and what is kept of it."),
                Field(
                    "agent_capacity", \.agentCapacity, .integer(1...100),
                    "Conversations an agent has at once, over all departments."),
                Field(
                    "agent_capacities", \.agentCapacities, AgentCapacity.reader,
                    "Agents who have another capacity than agent_capacity."),
                Field(
                    "lookup_deadline_milliseconds", \.lookupDeadline, .milliseconds(0...60_000),
                    "How long an offer waits for the customer's record before it goes out with what is there, in milliseconds."
                ),
                Field(
                    "reoffer_delay_seconds", \.reofferDelay, .seconds(1...3600),
                    "Pause before agents who all said no are asked again about the same customer, in seconds."),
                Field(
                    "agent_grace_seconds", \.agentGrace, .seconds(0...86_400),
                    "How long a conversation stays with an agent whose last client has gone, in seconds."),
                Field(
                    "missed_offers_before_pause", \.missedOffersBeforePause, .integer(0...1000),
                    "Offers in a row that an agent may leave unanswered before no more are made; 0 never pauses anybody."
                ),
                Field(
                    "assumed_handling_minutes", \.assumedHandlingTime, .minutes(1...480),
                    "Length of a conversation that waits are estimated with until there are enough finished ones, in minutes."
                ),
                Field(
                    "agent_skills", \.agentSkills, AgentSkills.reader,
                    "What agents know. Customers of a contact with skills are offered only to agents who have all of them."
                ),
                Field(
                    "sticky_hours", \.stickiness, .duration(.seconds(3600), 0...87_600),
                    """
                    How long a customer's last agent is asked first, in hours; 0 asks whoever has most room. An agent whom the customer's \
                    record names in the field owner is asked first in any case.
                    """),
                Field(
                    "turn_minutes", \.turnPatience, .minutes(1...1440),
                    """
                    How long a customer who asked to be written to has to answer "it is your turn", in minutes. Then what was \
                    written is kept as a message.
                    """),
                Field(
                    "question_minutes", \.questionPatience, .minutes(1...1440),
                    "How long a customer may think about which department is meant, in minutes. Then it is the contact's first."
                ),
                Field(
                    "supervisors", \.supervisors, .list(of: .agent), example: "[dave@acme.example]",
                    """
                    Who may look into all conversations, whisper to their agents, take them over, give them to others and set agents' \
                    states: accounts, or groups (see groups).
                    """),
                Field(
                    "monitoring", \.monitoring, .choice,
                    """
                    Whether a supervisor may follow a conversation, which its agent is told in any case. announced tells the customer when it \
                    begins, stated tells every customer when an agent accepts, off forbids it.
                    """),
                Field(
                    "floods", \.floods, .section(Floods(), Floods.schema),
                    "How much one customer, or one domain, may ask of the service."),
                Field(
                    "canned", \.canned, Canned.reader,
                    "Ready answers by name, which agents send with /canned NAME."),
                Field(
                    "macros", \.macros, Macro.reader,
                    "Several things at once by name, which agents do with /macro NAME."),
                Field(
                    "faq_folder", \.faqFolder, .optional(.path("path", in: .configuration)), example: "faq",
                    """
                    A folder of Markdown files with answers to frequent questions, one each: a heading with the question, then the answer. \
                    NAME.de.md is told to those who write German. What fits is told to customers who wait. A relative path is taken from the \
                    folder of this file.
                    """),
                Field(
                    "routing_hook", \.routingHook, .section(RoutingHookSettings(), RoutingHookSettings.schema),
                    "A web service that says where new customers should go. Whatever is wrong with it, they are routed without."
                ),
                Field(
                    "service_level_seconds", \.serviceLevel, .seconds(1...86_400),
                    "Customers who are answered within so many seconds count as served in time, in the metrics."),
                Field(
                    "alerts", \.alerts, .section(Alerts(), Alerts.schema),
                    "What customers may ask to be told about, and when they are told."),
                Field(
                    "suggest_contacts", \.suggestsContacts, .boolean,
                    """
                    Whether a customer who has a contact in the contact list is suggested all contacts, once and only where the customer's \
                    client says that it knows such suggestions (XEP-0144).
                    """),
                Field(
                    "link_in_greeting", \.linksInGreeting, .boolean,
                    """
                    Whether other customers find below their first greeting, once, a link that puts the contact into the contact list \
                    (XEP-0147).
                    """),
                Field(
                    "language", \.language, .text,
                    "The language of what customers read who have not written in one that there are texts in: en, de, or one of texts."
                ),
                Field(
                    "texts", \.texts, .customerTexts, example: "{en: {greeting: \"Welcome to {department}!\"}}",
                    CustomerTextChanges.documentation),
            ],
            finish: { bridge, path, reading in
                reading.checkSecret(bridge.secret, "secret", in: path, isRequired: false)
            })
    }

    /// The server a bridge connects to as a component.
    struct Server: Sendable, Equatable {
        /// An IP address, or a name. In process: the server's own component listener.
        var address = "127.0.0.1"
        var port = 5347

        static let schema = SectionSchema<Server>([
            Field(
                "address", \.address, .text,
                """
                The server's address or name. In the server's process the component listener is used, whatever is written here. The \
                connection has no TLS.
                """),
            Field("port", \.port, .integer(1...65_535), "The server's component port."),
        ])
    }

    /// Bounds on strangers.
    struct Floods: Sendable, Equatable {
        var textsPerMinute = 60
        var conversationsPerCustomer = 5
        var waitingPerDomain: Int?

        static let schema = SectionSchema<Floods>([
            Field(
                "texts_per_minute", \.textsPerMinute, .integer(1...10_000),
                """
                Messages of one customer in a minute, on average; three times as many may come at once. What is more is returned with an \
                error.
                """),
            Field(
                "conversations_per_customer", \.conversationsPerCustomer, .integer(1...1000),
                "Conversations that one customer may have open at once, with different contacts."),
            Field(
                "waiting_per_domain", \.waitingPerDomain, .optional(.integer(1...1_000_000)), example: "500",
                "Customers of one domain who may stand in line at once. Without it there is no bound."),
        ])
    }

    /// What an agent knows.
    struct AgentSkills: Sendable, Equatable {
        let agent: JID
        var skills: [String] = []

        static let schema = SectionSchema<AgentSkills>([
            Field(
                "skills", \.skills, .list(of: .identifier("skill")), required: true, example: "[gold, french]",
                "The agent's skills.")
        ])

        static let reader: ValueReader<NamedValues<AgentSkills>> = .map(
            .account, named: "alice@acme.example", { AgentSkills(agent: $0) }, name: \.bareString,
            exampleKey: JID.sample, schema)
    }

    /// How many conversations one agent has at once.
    struct AgentCapacity: Sendable, Equatable {
        let agent: JID
        var capacity = 3

        static let schema = SectionSchema<AgentCapacity>([
            Field(
                "capacity", \.capacity, .integer(0...100), required: true, example: "5",
                "Conversations this agent has at once; 0 is none.")
        ])

        static let reader: ValueReader<NamedValues<AgentCapacity>> = .map(
            .account, named: "alice@acme.example", { AgentCapacity(agent: $0) }, name: \.bareString,
            exampleKey: JID.sample, schema)
    }

    /// The people of a department, each once, in the order of the configuration.
    func agents(of department: Department) -> [JID] { people(department.agents) }

    /// Those who are meant, each once, in the order of the configuration.
    func people(_ references: [AgentReference]) -> [JID] {
        var agents: [JID] = []
        for reference in references {
            let people =
                switch reference {
                case .account(let address): [address]
                case .group(let name): groups[name]?.accounts ?? []
                }
            for person in people where !agents.contains(person) { agents.append(person) }
        }
        return agents
    }
}
