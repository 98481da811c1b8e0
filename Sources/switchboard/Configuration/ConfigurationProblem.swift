//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

/// Where a configuration value was written, so that an error can point at it.
enum ConfigurationOrigin: Sendable, Equatable {
    /// A place in the file; line and column count from 1, columns in Unicode scalars.
    case file(line: Int, column: Int)
    /// A `SWITCHBOARD_…` environment variable.
    case environment(variable: String)
}

/// One thing that is wrong with a configuration, with all that is needed to mend it.
struct ConfigurationProblem: Sendable, Equatable, CustomStringConvertible {
    /// The configuration file as it was named on the command line.
    var file: String
    /// Where the bad value stands; nil when something is missing from the whole file.
    var origin: ConfigurationOrigin?
    /// The key from the top of the file, `limits.stanza_bytes`.
    var path: [String]
    /// What is wrong, as a clause without a full stop.
    var reason: String
    /// The known key or value that was probably meant.
    var suggestion: String?

    /// `switchboard.yaml:12:5: limits.stanza_byte: unknown key. Did you mean "stanza_bytes"?`
    ///
    /// An override is named by its variable: `SWITCHBOARD_LIMITS_DEPTH: limits.depth: …`.
    var description: String {
        var place =
            switch origin {
            case .file(let line, let column): "\(file):\(line):\(column)"
            case .environment(let variable): variable
            case nil: file
            }
        if !path.isEmpty { place += ": " + path.joined(separator: ".") }
        let hint = suggestion.map { ". Did you mean \"\($0)\"?" } ?? ""
        return "\(place): \(reason)\(hint)"
    }
}

/// The configuration cannot be used. Holds every problem found, in the order of the file.
struct InvalidConfiguration: Error, Equatable, CustomStringConvertible {
    var problems: [ConfigurationProblem]

    var description: String {
        problems.map(\.description).joined(separator: "\n")
    }
}
