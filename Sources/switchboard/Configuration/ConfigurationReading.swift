//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

/// The state of one walk over a configuration: what was read where, and all that was wrong.
struct ConfigurationReading: Sendable {
    /// The file as named by the user, for messages.
    let file: String
    /// The folder that certificates, secrets and other given files are relative to.
    let configurationFolder: String
    /// The folder that what the program writes is relative to; known once the key `data` has been read.
    var dataFolder: String
    let environment: ConfigurationEnvironment
    private(set) var problems: [ConfigurationProblem] = []
    /// Where each value was written, by path.
    private var origins: [[String]: ConfigurationOrigin] = [:]
    /// Every environment variable that would have been looked at, to tell a misspelt one.
    private(set) var knownVariables: Set<String> = []

    init(
        file: String, configurationFolder: String, dataFolder: String,
        environment: ConfigurationEnvironment
    ) {
        self.file = file
        self.configurationFolder = configurationFolder
        self.dataFolder = dataFolder
        self.environment = environment
    }

    /// The node to read at `path`: the environment's if there is an override, else the file's.
    mutating func node(_ node: ConfigurationNode?, at path: [String], overridable: Bool) -> ConfigurationNode? {
        var found = node
        if overridable {
            knownVariables.insert(environment.variable(for: path))
            if let (variable, text) = environment.override(for: path) {
                found = ConfigurationNode(scalar: text, origin: .environment(variable: variable))
            }
        }
        if let found { origins[path] = found.origin }
        return found
    }

    mutating func note(_ origin: ConfigurationOrigin, at path: [String]) {
        origins[path] = origin
    }

    /// Whether the file or the environment gave a value for the key.
    func isGiven(_ path: [String]) -> Bool {
        origins[path] != nil
    }

    /// Records a problem at a place that is known.
    mutating func report(
        _ reason: String, at path: [String], origin: ConfigurationOrigin, suggestion: String? = nil
    ) {
        problems.append(
            ConfigurationProblem(file: file, origin: origin, path: path, reason: reason, suggestion: suggestion))
    }

    /// Records a problem with a value that has been read; the place is that of the key or of the nearest one above it.
    mutating func report(_ reason: String, at path: [String], suggestion: String? = nil) {
        var place = path
        while origins[place] == nil, !place.isEmpty { place.removeLast() }
        problems.append(
            ConfigurationProblem(
                file: file, origin: origins[place], path: path, reason: reason, suggestion: suggestion))
    }

    /// Records each variable of our name space that stands for no key of this configuration.
    mutating func reportUnknownVariables() {
        for variable in environment.ours where !knownVariables.contains(variable) {
            report(
                "this environment variable overrides no key of the configuration", at: [],
                origin: .environment(variable: variable),
                suggestion: Spelling.nearest(to: variable, among: knownVariables.sorted()))
        }
    }
}
