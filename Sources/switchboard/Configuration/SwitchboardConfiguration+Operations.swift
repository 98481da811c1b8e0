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
