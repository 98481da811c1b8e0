//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

import ArgumentParser
import FoundationEssentials

/// `switchboard check`: what is wrong with the configuration and with what it needs, before it is used.
struct CheckCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "check",
        abstract: "Check the configuration, certificates, ports and folders, and say how to mend what is wrong.",
        discussion: "Ends with 78 if the configuration is bad, with 1 if something it needs is.")

    @OptionGroup var option: ConfigurationOption

    @Flag(help: "Write the findings as JSON.")
    var json = false

    @Flag(help: "Write the reference of all keys instead, as a configuration file.")
    var reference = false

    func run() async throws {
        guard !reference else {
            print(ConfigurationReference.render(), terminator: "")
            return
        }
        let file = option.file
        let findings = InstallationCheck(try option.load(for: .any), file: file).run()
        print(json ? try InstallationCheck.json(findings) : InstallationCheck.text(findings, file: file))
        if findings.contains(where: { $0.severity == .error }) { throw ExitCode.failure }
    }
}
