//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

import ArgumentParser
import FoundationEssentials
import XMPPCore
import XMPPStorage

/// `switchboard export`: accounts with all they keep, for another server or a later day (XEP-0227).
struct ExportCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "export", abstract: "Write accounts into a file that other servers read (XEP-0227).",
        discussion: """
            Rosters, cards, block lists, private data, waiting messages and archives, and SCRAM keys, from which passwords can be \
            guessed: keep the file to yourself. The server may run meanwhile.
            """)

    @Option(help: "One account only, name@host.") var account: String?
    @Option(help: "All accounts of a host. Default: of all hosts.") var host: String?
    @Option(name: .shortAndLong, help: "The file. Default: standard output.", completion: .file()) var output: String?
    @OptionGroup var option: ConfigurationOption

    func validate() throws {
        if account != nil, host != nil { throw ValidationError("Give --account or --host, not both.") }
    }

    func run() async throws {
        let configuration = try option.load(for: .server)
        let database = try AccountAdministration.open(configuration, creates: false)
        let accounts = AccountAdministration(configuration, database: database)
        let only = try account.map { try accounts.address($0) }
        var hosts = configuration.hosts.names
        if let host {
            guard configuration.hosts[host] != nil else { throw CommandFailure("\(host) is no host of this server.") }
            hosts = [host]
        }
        if let only { hosts = [only.domain] }
        let export = AccountExport(configuration, database: database)
        let file = try output.map { try PrivateFile($0) }
        let count = try await export.write(hosts: hosts, only: only) { text in
            if let file { try file.write(text) } else { StandardStream.write(text, to: .output) }
        }
        try file?.close()
        if let output { print("\(count) accounts are in \(output).") }
    }
}

/// `switchboard import`: accounts of another server.
struct ImportCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "import", abstract: "Take accounts from an export of this or another server (XEP-0227).",
        discussion: """
            Accounts that exist are left out, and hosts that are none of this server's. What cannot be taken is told, and the command \
            then ends with 1. The server may run meanwhile.
            """)

    @Argument(help: "The file; it may include others.", completion: .file(extensions: ["xml"])) var file: String
    @Flag(help: "Only tell what would be done.") var dryRun = false
    @OptionGroup var option: ConfigurationOption

    func run() async throws {
        let configuration = try option.load(for: .server)
        let database = dryRun ? nil : try AccountAdministration.open(configuration, creates: true)
        let outcome = try await AccountImport(configuration, database: database).read(file)
        for problem in outcome.problems { StandardStream.write(problem + "\n", to: .error) }
        print(
            """
            \(dryRun ? "Would be taken" : "Taken"): \(outcome.accounts) accounts, \(outcome.contacts) contacts, \
            \(outcome.offlineMessages) waiting messages, \(outcome.archivedMessages) archived messages.
            """)
        await database?.close()
        if !outcome.problems.isEmpty { throw ExitCode(ProgramExit.failure.rawValue) }
    }
}
