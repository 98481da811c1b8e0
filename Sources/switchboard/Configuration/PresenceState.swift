//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

extension SwitchboardConfiguration {
    /// One of the company's presence states.
    struct PresenceState: Sendable, Equatable {
        /// `<show/>` (RFC 6121 §4.7.2.1).
        enum Show: String, Sendable, CaseIterable {
            case none, chat, away, xa, dnd
        }

        /// What people read, and may type as their status text.
        var labels = LocalizedText()
        var show = Show.none
        /// XEP-0108: `general` or `general/specific`, such as `eating/having_lunch`.
        var activity: String?
        var takesCustomers = false
        /// Back to `available` after so long.
        var returnAfter: Duration?

        static let defaults: NamedValues<PresenceState> = [
            "available": PresenceState(labels: LocalizedText("Available"), takesCustomers: true),
            "lunch": PresenceState(labels: LocalizedText("At Lunch"), show: .away, activity: "eating/having_lunch"),
            "busy": PresenceState(labels: LocalizedText("Busy"), show: .dnd),
            "meeting": PresenceState(
                labels: LocalizedText("Meeting"), show: .dnd, activity: "working/in_a_meeting"),
            "training": PresenceState(labels: LocalizedText("Training"), show: .dnd, activity: "working/studying"),
            "away": PresenceState(labels: LocalizedText("Away"), show: .away),
        ]

        static let schema = SectionSchema<PresenceState>([
            Field(
                "label", \.labels, .localizedText, required: true, example: "{en: At Lunch, de: Mittagspause}",
                """
                What people read, and what sets the state when it is typed as a status text, in any case and language. One text, or a \
                map from language to text.
                """),
            Field("show", \.show, .choice, example: "away", "The <show/> that goes with it."),
            Field(
                "activity", \.activity, .optional(.activity), example: "eating/having_lunch",
                "The activity (XEP-0108) that goes with it, general or general/specific. Kept for clients that show one; not published yet."
            ),
            Field(
                "takes_customers", \.takesCustomers, .boolean,
                "Whether an agent in this state is offered customers."),
            Field(
                "return_after_minutes", \.returnAfter, .optional(.minutes(1...1440)), example: "60",
                "Return to available by itself after so many minutes. Without it the state stays until it is changed."),
        ])

        static let reader: ValueReader<NamedValues<PresenceState>> = .map(
            .identifier("state id"), named: "lunch", { _ in PresenceState() }, name: \.self, exampleKey: "lunch",
            schema)
    }
}

extension ValueReader where Value == String {
    /// A XEP-0108 activity; both parts are element names in lower case.
    static var activity: ValueReader {
        ValueReader(
            scalar: "activity", render: { $0 },
            read: { text, path, reading in
                let parts = text.split(separator: "/", omittingEmptySubsequences: false)
                let isName = parts.allSatisfy { part in
                    !part.isEmpty
                        && part.utf8.allSatisfy {
                            (UInt8(ascii: "a")...UInt8(ascii: "z")).contains($0) || $0 == UInt8(ascii: "_")
                        }
                }
                guard isName, parts.count <= 2 else {
                    reading.report(
                        "\"\(text)\" is no activity: write general or general/specific as in XEP-0108", at: path)
                    return nil
                }
                return text
            })
    }
}
