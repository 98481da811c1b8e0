//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

import FoundationEssentials
import Logging

/// One line for each event, for people. What comes from elsewhere stands in it as data: nobody writes a line, a name or a
/// value of his own.
struct TextLogHandler: LogHandler {
    let label: String
    var logLevel = Logger.Level.info
    var metadata: Logger.Metadata = [:]
    var metadataProvider: Logger.MetadataProvider?

    init(label: String) {
        self.label = label
    }

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    func log(event: LogEvent) {
        let all = metadata.merging(metadataProvider?.get() ?? [:]) { $1 }.merging(event.metadata ?? [:]) { $1 }
        let line = Self.line(
            label: label, level: event.level, message: event.message.description,
            metadata: all.mapValues(\.description))
        StandardStream.write("\(Date().ISO8601Format()) \(line)\n", to: .error)
    }

    /// Without the time.
    static func line(label: String, level: Logger.Level, message: String, metadata: [String: String]) -> String {
        let pairs = metadata.sorted { $0.key < $1.key }.map { " \($0.key)=\(value($0.value))" }
        return "\(level.rawValue) \(label):\(pairs.joined()) \(LogText.escaped(message))"
    }

    /// In quotes where it could be taken for more than one value.
    private static func value(_ text: String) -> String {
        let isPlain = !text.isEmpty && !text.contains { " =\"\\".contains($0) || $0.isWhitespace }
        return isPlain ? LogText.escaped(text) : "\"\(LogText.escaped(text, quotes: true))\""
    }
}
