//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

import ArgumentParser

/// `switchboard federation`: other servers, as this one sees them.
struct FederationCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "federation", abstract: "Look at the way to other servers.",
        subcommands: [FederationCheckCommand.self, FederationStatusCommand.self])
}
