//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

extension SwitchboardConfiguration {
    /// The server's database.
    struct Storage: Sendable, Equatable {
        /// SQLite's `synchronous` setting.
        enum Synchronous: String, Sendable, CaseIterable {
            case full, normal, off
        }

        var path = "switchboard.sqlite"
        var synchronous = Synchronous.full

        static let schema = SectionSchema<Storage>([
            Field(
                "path", \.path, .path("path", in: .data),
                "The database file. A relative path is taken from the data folder."),
            Field(
                "synchronous", \.synchronous, .choice,
                """
                When a write counts as done. full: when it is on the disk, so nothing that was acknowledged is lost even if the power \
                fails. normal: a power failure can lose the last moments. off: for tests only.
                """),
        ])
    }

    /// The people's message archives.
    struct Archive: Sendable, Equatable {
        var isEnabled = true
        /// 0 is for ever.
        var days = 0
        /// 0 is no limit.
        var messagesPerAccount = 1_000_000
        /// 0 is no limit.
        var bytesPerAccount = 1_073_741_824
        var pageSize = 50
        var largestPage = 250

        static let schema = SectionSchema<Archive>([
            Field(
                "enabled", \.isEnabled, .boolean,
                """
                Whether conversations are archived, so that people find them on all their devices. Everybody can say in his client with \
                whom not.
                """),
            Field("days", \.days, .integer(0...36_500), "Days until an archived message is removed; 0 is never."),
            Field(
                "messages_per_account", \.messagesPerAccount, .integer(0...1_000_000_000),
                "Messages in one account's archive; the oldest make room for more. 0 is no limit."),
            Field(
                "bytes_per_account", \.bytesPerAccount, .integer(0...1_099_511_627_776),
                "Bytes of messages in one account's archive; the oldest make room for more. 0 is no limit."),
            Field(
                "page_size", \.pageSize, .integer(1...1000),
                "Messages in an answer to a client that does not say how many it wants."
            ),
            Field("largest_page", \.largestPage, .integer(1...1000), "Most messages in one answer."),
        ])
    }

    /// The program's own log.
    struct Logging: Sendable, Equatable {
        enum Level: String, Sendable, CaseIterable {
            case trace, debug, info, notice, warning, error, critical
        }

        enum Format: String, Sendable, CaseIterable {
            case text, json
        }

        var level = Level.info
        var format = Format.text

        static let schema = SectionSchema<Logging>([
            Field("level", \.level, .choice, "What is logged: this and everything more severe."),
            Field("format", \.format, .choice, "One line of text, or one JSON object a line, for each entry."),
        ])
    }

    /// Figures for Prometheus.
    struct Metrics: Sendable, Equatable {
        var isEnabled = true

        static let schema = SectionSchema<Metrics>([
            Field("enabled", \.isEnabled, .boolean, "Whether /metrics is served on the http listeners.")
        ])
    }
}
