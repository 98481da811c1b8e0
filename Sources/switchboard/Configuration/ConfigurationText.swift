//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

import FoundationEssentials

/// What relative paths of a configuration are relative to.
enum ConfigurationFolder: Sendable {
    /// The folder of the configuration file: for what the administrator provides.
    case configuration
    /// The folder named by `data`: for what the program writes.
    case data

    func resolve(_ path: String, _ reading: ConfigurationReading) -> String {
        let folder =
            switch self {
            case .configuration: reading.configurationFolder
            case .data: reading.dataFolder
            }
        return ConfigurationText.path(path, in: folder)
    }
}

/// Texts and paths as they stand in a configuration file.
enum ConfigurationText {
    /// The content of a file as UTF-8, nil if it cannot be read or is something else.
    static func contents(ofFile path: String) -> String? {
        guard let data = FileManager.default.contents(atPath: path) else { return nil }
        return String(data: data, encoding: .utf8)
    }

    /// An absolute path without `.` and `..`.
    static func path(_ path: String, in folder: String) -> String {
        let whole = path.hasPrefix("/") ? path : folder + "/" + path
        var parts: [Substring] = []
        for part in whole.split(separator: "/") where part != "." {
            if part == ".." {
                _ = parts.popLast()
            } else {
                parts.append(part)
            }
        }
        return "/" + parts.joined(separator: "/")
    }

    /// The folder a file is in.
    static func folder(of path: String) -> String {
        let parts = path.split(separator: "/").dropLast()
        return "/" + parts.joined(separator: "/")
    }

    /// Replaces `${NAME}` and `${NAME:-fallback}`; an unset variable without a fallback is a problem.
    static func expanded(_ text: String, at path: [String], _ reading: inout ConfigurationReading) -> String? {
        var result = ""
        var rest = Substring(text)
        while let start = rest.firstRange(of: "${") {
            result += rest[..<start.lowerBound]
            guard let end = rest[start.upperBound...].firstIndex(of: "}") else {
                reading.report("\"${\" without \"}\"", at: path)
                return nil
            }
            let inside = rest[start.upperBound..<end]
            let separator = inside.firstRange(of: ":-")
            let name = String(inside[..<(separator?.lowerBound ?? inside.endIndex)])
            let value = reading.environment.variables[name] ?? ""
            if !value.isEmpty {
                result += value
            } else if let separator {
                result += inside[separator.upperBound...]
            } else {
                reading.report("the environment variable \(name) is not set", at: path)
                return nil
            }
            rest = rest[rest.index(after: end)...]
        }
        return result + rest
    }

    /// The text as a YAML scalar on one line, in quotes if it needs them.
    static func quoted(_ text: String) -> String {
        let isPlain = text.unicodeScalars.allSatisfy { scalar in
            scalar.properties.isAlphabetic || ("0"..."9").contains(scalar) || "-_./@ ".unicodeScalars.contains(scalar)
        }
        let startsWell = text.unicodeScalars.first?.properties.isAlphabetic ?? false
        guard !isPlain || !startsWell || text.hasSuffix(" ") || ["true", "false", "null"].contains(text) else {
            return text
        }
        let escaped = text.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"").replacing("\n", with: "\\n")
        return "\"\(escaped)\""
    }
}
