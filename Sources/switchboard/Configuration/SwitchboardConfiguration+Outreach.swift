//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

extension SwitchboardConfiguration {
    /// A ready answer.
    struct Canned: Sendable, Equatable {
        var text = ""

        static let schema = SectionSchema<Canned>([
            Field(
                "text", \.text, .text, required: true, example: "\"Hello {customer}, this is {department}.\"",
                "What is sent; {customer}, {agent} and {department} are filled in.")
        ])

        static let reader: ValueReader<NamedValues<Canned>> = .map(
            .identifier("name"), named: "hello", { _ in Canned() }, name: \.self, exampleKey: "hello", schema)
    }

    /// Several things at once.
    struct Macro: Sendable, Equatable {
        var steps: [String] = []

        static let schema = SectionSchema<Macro>([
            Field(
                "steps", \.steps, .list(of: .text), required: true,
                example: "[\"/note refunded\", \"Your money is on its way.\", \"/close solved\"]",
                "Lines as an agent would type them in a conversation.")
        ])

        static let reader: ValueReader<NamedValues<Macro>> = .map(
            .identifier("name"), named: "refund", { _ in Macro() }, name: \.self, exampleKey: "refund", schema)
    }

    /// What customers are told of the company's own accord.
    struct Alerts: Sendable, Equatable {
        var topics: NamedValues<Topic> = [:]
        var perDay = 3
        var quietFrom: Int?
        var quietTo: Int?
        var timeZone: TimeZoneName?

        static let schema = SectionSchema<Alerts>(
            [
                Field(
                    "topics", \.topics, Topic.reader,
                    """
                    What customers may ask to be told about, by the word they type after "alert". They are asked once more, and "stop" ends \
                    it. Supervisors publish with /publish TOPIC TEXT.
                    """),
                Field(
                    "per_day", \.perDay, .integer(1...1000),
                    "Alerts that one customer gets in a day; what is more is left out."),
                Field(
                    "quiet_from_hour", \.quietFrom, .optional(.integer(0...23)), example: "21",
                    "The hour from which alerts wait. Without it they never do."),
                Field(
                    "quiet_to_hour", \.quietTo, .optional(.integer(0...23)), example: "8",
                    "The hour at which alerts that waited go out."),
                Field(
                    "time_zone", \.timeZone, .optional(.timeZone), example: "Europe/Berlin",
                    "The time zone of the quiet hours. Default: UTC."),
            ],
            finish: { alerts, path, reading in
                if (alerts.quietFrom == nil) != (alerts.quietTo == nil) {
                    reading.report("give quiet_from_hour and quiet_to_hour", at: path)
                }
            })
    }

    /// Something customers may ask to be told about.
    struct Topic: Sendable, Equatable {
        var title = ""

        static let schema = SectionSchema<Topic>([
            Field(
                "title", \.title, .text, required: true, example: "\"New gizmos\"", "What it is, as customers read it.")
        ])

        static let reader: ValueReader<NamedValues<Topic>> = .map(
            .identifier("topic"), named: "gizmo", { _ in Topic() }, name: \.self, exampleKey: "gizmo", schema)
    }
}
