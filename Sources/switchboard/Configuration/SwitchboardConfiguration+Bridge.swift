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
        /// Spoken to customers who have not said a language.
        var language = "en"
        var texts = CustomerTextChanges()

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

    /// A queue of customers and those who serve them.
    struct Department: Sendable, Equatable {
        /// What customers read.
        var name = ""
        var agents: [AgentReference] = []
        /// Conversations of this department that an agent has at once.
        var capacity = 3
        var offerTimeout: Duration = .seconds(30)
        var timeZone: TimeZoneName?
        var hours: [DailyHours] = []
        var specialDays: [SpecialDay] = []
        var closures: [LocalClosure] = []
        var whenClosed = WhenClosed.message
        var otherDepartment: String?
        var maximumLength: Int?
        var maximumWait: Duration?
        var ladder: [LadderStep] = [.faq, .callback, .message]
        var faq: String?
        var overflow: NamedValues<Overflow> = [:]
        var offersToAll = false
        var priority = 0
        var silenceWarning: Duration?
        var silenceGrace: Duration = .seconds(300)
        var wrapUp: Duration = .zero
        var dispositions: [String] = []

        /// What becomes of customers who come outside of the hours.
        enum WhenClosed: String, Sendable, CaseIterable {
            case message, callback, department
        }

        /// What is offered when too many wait.
        enum LadderStep: String, Sendable, CaseIterable {
            case faq, callback, message
        }

        /// A department that helps out.
        struct Overflow: Sendable, Equatable {
            var after: Duration = .seconds(60)

            static let schema = SectionSchema<Overflow>([
                Field(
                    "after_seconds", \.after, .seconds(1...86_400),
                    "How long a customer waits before this department is asked as well, in seconds.")
            ])

            static let reader: ValueReader<NamedValues<Overflow>> = .map(
                .identifier("department id"), named: "sales", { _ in Overflow() }, name: \.self, exampleKey: "sales",
                schema)
        }

        static let schema = SectionSchema<Department>(
            [
                Field("name", \.name, .text, required: true, example: "Support", "What customers read."),
                Field(
                    "agents", \.agents, .list(of: .agent), required: true, example: "[alice@acme.example, Support]",
                    "Who works here: addresses of people, and names of groups (see groups) for all their accounts."),
                Field(
                    "capacity", \.capacity, .integer(1...100),
                    "Conversations of this department that an agent has at once."),
                Field(
                    "offer_timeout_seconds", \.offerTimeout, .seconds(1...3600),
                    "How long an agent has to answer an offer before the next one is asked, in seconds."),
                Field(
                    "offer_to_all", \.offersToAll, .boolean,
                    "Whether everybody who could take a customer is asked at once. The first who accepts has the customer."
                ),
                Field(
                    "priority", \.priority, .integer(-100...100),
                    "Customers of a department with more of it go first, with agents who work for several."),
                Field(
                    "hours", \.hours, .list(of: .dailyHours),
                    example: "[\"mon-fri 09:00-12:00 13:00-18:00\", \"sat 10:00-14:00\"]",
                    """
                    When the department serves: days and intervals. An interval may end after midnight (22:00-02:00). Without hours it serves \
                    whenever an agent is on duty.
                    """),
                Field(
                    "time_zone", \.timeZone, .optional(.timeZone), example: "Europe/Berlin",
                    "The time zone of hours, special_days and closed_between. Default: UTC."),
                Field(
                    "special_days", \.specialDays, .list(of: .specialDay),
                    example: "[\"12-25 closed\", \"2026-12-24 09:00-12:00\"]",
                    "Days with other hours, or none: of one year, or of every year."),
                Field(
                    "closed_between", \.closures, .list(of: .closure),
                    example: "[\"2026-12-01T10:00 2026-12-01T12:00\"]",
                    "Exceptional closures: from one moment to another, whatever the hours say."),
                Field(
                    "when_closed", \.whenClosed, .choice,
                    """
                    What becomes of customers outside of the hours: message keeps what they write for when it opens, callback lets them keep a \
                    place and writes to them when it is their turn, department lets when_closed_department answer while that is open.
                    """),
                Field(
                    "when_closed_department", \.otherDepartment, .optional(.identifier("department id")),
                    example: "sales",
                    "The department that answers instead, for when_closed: department."),
                Field(
                    "maximum_length", \.maximumLength, .optional(.integer(1...50_000)), example: "20",
                    "Customers in line from which on others are offered the ladder. Without it there is no bound."),
                Field(
                    "maximum_wait_minutes", \.maximumWait, .optional(.minutes(1...1440)), example: "30",
                    "Wait from which on a customer is offered the ladder, in minutes. Without it there is none."),
                Field(
                    "ladder", \.ladder, .list(of: .choice),
                    """
                    What a customer is offered instead of waiting: the text of faq, to be written to when it is his turn, to be answered \
                    later. An empty list turns customers away once maximum_length is reached.
                    """),
                Field(
                    "faq", \.faq, .optional(.text), example: "\"Opening hours and prices: https://acme.example/faq\"",
                    "What the step faq of the ladder says."),
                Field(
                    "silence_warning_minutes", \.silenceWarning, .optional(.minutes(1...1440)), example: "30",
                    "How long a customer may leave an agent's words unanswered before a warning, in minutes. Without it there is none."
                ),
                Field(
                    "silence_close_minutes", \.silenceGrace, .minutes(1...1440),
                    "How long after the warning the conversation is closed, in minutes."),
                Field(
                    "wrap_up_seconds", \.wrapUp, .seconds(0...3600),
                    "How long an agent is offered nobody after closing a conversation, in seconds. /duty on ends it early."
                ),
                Field(
                    "dispositions", \.dispositions, .list(of: .text), example: "[solved, sold, not ours]",
                    "How conversations can end. With any of them, /close needs one."),
                Field(
                    "overflow", \.overflow, Overflow.reader,
                    "Other departments whose agents are asked as well when a customer waits too long."),
            ],
            finish: { department, path, reading in
                if department.hours.isEmpty {
                    for (key, isGiven) in [
                        ("special_days", !department.specialDays.isEmpty),
                        ("closed_between", !department.closures.isEmpty),
                    ] where isGiven {
                        reading.report("has no effect without hours", at: path + [key])
                    }
                }
                if department.whenClosed == .department, department.otherDepartment == nil {
                    reading.report("give when_closed_department as well", at: path + ["when_closed"])
                }
            })

        static let reader: ValueReader<NamedValues<Department>> = .map(
            .identifier("department id"), named: "support", { _ in Department() }, name: \.self,
            exampleKey: "support", schema)
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

    /// Those meant by references, each once.
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
