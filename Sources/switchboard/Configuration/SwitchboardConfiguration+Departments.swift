//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

import XMPPCore

extension SwitchboardConfiguration {
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
        var reopenWindow: Duration?
        var surveyPercent: Int?
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
                    "reopen_minutes", \.reopenWindow, .optional(.minutes(1...1440)), example: "10",
                    """
                    How long after the end of a conversation a word of the customer goes straight back to the same agent, in minutes, if \
                    the agent is on duty and has room. Without it there is a new offer, to the same agent first.
                    """),
                Field(
                    "survey_percent", \.surveyPercent, .optional(.integer(1...100)), example: "20",
                    "How many of a hundred customers are asked after a conversation what they thought of it. Without it none is."
                ),
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
}
