//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

import ArgumentParser
import Glibc

/// The program `switchboard`: one executable, a subcommand for each task.
@main
struct Switchboard: AsyncParsableCommand {
    static let version = "0.1.0"

    static let configuration = CommandConfiguration(
        commandName: "switchboard",
        abstract: "An XMPP server for a company and its customers.",
        discussion: """
            Exit status: 0 good, 1 failed, 2 wrong usage, 78 bad configuration.
            """,
        version: version,
        subcommands: [
            ServeCommand.self, BridgeCommand.self, CheckCommand.self, UserCommand.self, InviteCommand.self,
            CustomersCommand.self, AlertCommand.self, AuditCommand.self, ReportCommand.self, BoardCommand.self,
            FederationCommand.self,
            BackupCommand.self, ExportCommand.self, ImportCommand.self,
        ])

    /// Runs the command line. ArgumentParser's own entry would end with 64 on wrong usage; ours is 2.
    static func main() async {
        do {
            var command = try parseAsRoot()
            if var command = command as? any AsyncParsableCommand {
                try await command.run()
            } else {
                try command.run()
            }
        } catch {
            Glibc.exit(ProgramExit.report(error).rawValue)
        }
    }
}
