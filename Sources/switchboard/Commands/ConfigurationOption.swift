//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

import ArgumentParser
import FoundationEssentials

/// `--config FILE`, for every command that needs the configuration.
struct ConfigurationOption: ParsableArguments {
    /// Where the file is if neither the option nor `SWITCHBOARD_CONFIG` says.
    static let usualFile = "/etc/switchboard/switchboard.yaml"

    @Option(
        name: .customLong("config"),
        help: ArgumentHelp(
            "The configuration file.",
            discussion: "Default: the environment variable SWITCHBOARD_CONFIG, else \(usualFile).", valueName: "file"),
        completion: .file(extensions: ["yaml", "yml"]))
    var given: String?

    var file: String { Self.file(given, environment: ProcessInfo.processInfo.environment) }

    static func file(_ given: String?, environment: [String: String]) -> String {
        given ?? environment["SWITCHBOARD_CONFIG"] ?? usualFile
    }

    /// Reads and checks the file.
    func load(for purpose: SwitchboardConfiguration.Purpose) throws(InvalidConfiguration) -> SwitchboardConfiguration {
        try SwitchboardConfiguration.load(
            file: file, for: purpose, environment: ProcessInfo.processInfo.environment)
    }
}
