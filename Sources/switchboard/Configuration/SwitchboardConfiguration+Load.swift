//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

import FoundationEssentials
import XMPPCore

extension SwitchboardConfiguration {
    /// What the configuration is for: the bridge alone needs no hosts.
    enum Purpose: Sendable {
        case server
        case bridge
        /// Whichever of the two the file can be for.
        case any
    }

    /// Reads and checks a configuration file.
    ///
    /// - Throws: every problem that was found.
    static func load(
        file: String, for purpose: Purpose, environment: [String: String]
    ) throws(InvalidConfiguration) -> SwitchboardConfiguration {
        guard let text = ConfigurationText.contents(ofFile: file) else {
            let isThere = FileManager.default.fileExists(atPath: file)
            let reason =
                isThere
                ? "cannot be read: check its permissions, and that it is UTF-8 text"
                : "there is no such file: name one with --config"
            throw InvalidConfiguration(problems: [
                ConfigurationProblem(file: file, origin: nil, path: [], reason: reason)
            ])
        }
        return try load(yaml: text, file: file, for: purpose, environment: environment)
    }

    /// Reads and checks the text of a configuration file; `file` names it in messages and gives the folder for relative paths.
    static func load(
        yaml text: String, file: String, for purpose: Purpose, environment: [String: String]
    ) throws(InvalidConfiguration) -> SwitchboardConfiguration {
        let root = try ConfigurationNode.parse(yaml: text, file: file)
        let workingFolder = FileManager.default.currentDirectoryPath
        let folder = ConfigurationText.folder(of: ConfigurationText.path(file, in: workingFolder))
        let variables = ConfigurationEnvironment(environment)

        // Paths below depend on the data folder, so it is looked up first; its problems are reported on the second reading.
        var first = ConfigurationReading(
            file: file, configurationFolder: folder, dataFolder: workingFolder, environment: variables)
        var configuration = SwitchboardConfiguration()
        schema.read(into: &configuration, root, [], &first)

        var reading = ConfigurationReading(
            file: file, configurationFolder: folder, dataFolder: configuration.data.path, environment: variables)
        configuration = SwitchboardConfiguration()
        schema.read(into: &configuration, root, [], &reading)
        configuration.checkReferences(for: purpose, &reading)
        reading.reportUnknownVariables()
        guard reading.problems.isEmpty else { throw InvalidConfiguration(problems: reading.problemsInOrder) }
        configuration.connectBridge(for: purpose)
        return configuration
    }

    /// Fills in what the bridge in the server's process takes from the server: where to connect, and a secret both know.
    private mutating func connectBridge(for purpose: Purpose) {
        guard purpose != .bridge, var bridge, bridge.inProcess, let domain = bridge.domain else { return }
        var component = components[domain.bareString] ?? Component(domain: domain)
        let secret = component.secret ?? bridge.secret ?? Self.processSecret
        component.secret = secret
        component.setsPresenceStates = true
        components[domain.bareString] = component
        bridge.secret = secret
        if let listener = listeners.values.first(where: { $0.kind == .component }) {
            bridge.server.address = ["::": "::1", "0.0.0.0": "127.0.0.1"][listener.address] ?? listener.address
            bridge.server.port = listener.port
        }
        self.bridge = bridge
    }

    /// The secret between a server and the bridge in the same process. One for the process, so that a reload sees no change.
    private static let processSecret = Secret.random()
}

extension ConfigurationReading {
    /// The problems as a reader of the file meets them, those of the environment and of missing keys last.
    var problemsInOrder: [ConfigurationProblem] {
        problems.enumerated().sorted { first, second in
            (first.element.place, first.offset) < (second.element.place, second.offset)
        }.map(\.element)
    }
}

extension ConfigurationProblem {
    /// Line and column as one number, for sorting.
    fileprivate var place: Int {
        guard case .file(let line, let column) = origin else { return .max }
        return line << 20 | min(column, 1 << 20 - 1)
    }
}
