//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

import FoundationEssentials
import Logging

/// The program's own log, on standard error.
enum ProgramLog {
    /// Sets up logging for the whole process; the first call counts.
    static func start(_ configuration: SwitchboardConfiguration.Logging) -> Logger {
        let level = Logger.Level(rawValue: configuration.level.rawValue) ?? .info
        let isJSON = configuration.format == .json
        LoggingSystem.bootstrap { label in
            var handler: any LogHandler = isJSON ? JSONLogHandler() : TextLogHandler(label: label)
            handler.logLevel = level
            return handler
        }
        return Logger(label: "switchboard")
    }
}

/// One JSON object a line: what a log collector wants.
struct JSONLogHandler: LogHandler {
    var logLevel = Logger.Level.info
    var metadata: Logger.Metadata = [:]
    var metadataProvider: Logger.MetadataProvider?

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    func log(event: LogEvent) {
        var line = #"{"time":\#(Self.quoted(Date().ISO8601Format())),"level":"\#(event.level.rawValue)""#
        line += #","message":\#(Self.quoted(event.message.description))"#
        let all = metadata.merging(metadataProvider?.get() ?? [:]) { $1 }.merging(event.metadata ?? [:]) { $1 }
        for (key, value) in all.sorted(by: { $0.key < $1.key }) {
            line += ",\(Self.quoted(key)):\(Self.quoted(value.description))"
        }
        StandardStream.write(line + "}\n", to: .error)
    }

    /// A JSON string (RFC 8259 §7).
    static func quoted(_ text: String) -> String { "\"" + LogText.escaped(text, quotes: true) + "\"" }
}
