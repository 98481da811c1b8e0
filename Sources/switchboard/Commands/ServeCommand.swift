//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

import ArgumentParser

/// `switchboard serve`: the server, with the bridge in the same process unless the configuration says otherwise.
struct ServeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "serve", abstract: "Run the server in the foreground.",
        discussion: "SIGTERM or Ctrl-C stops it cleanly; SIGHUP reloads configuration and certificates.")

    @OptionGroup var option: ConfigurationOption

    func run() async throws {
        let option = option
        try await runServer(option.load(for: .server)) { try option.load(for: .server) }
    }
}

/// `switchboard bridge`: the customer-service bridge alone, as a component of any server.
struct BridgeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "bridge", abstract: "Run the customer-service bridge alone, in front of any XMPP server.",
        discussion: "SIGTERM or Ctrl-C stops it cleanly.")

    @OptionGroup var option: ConfigurationOption

    func run() async throws {
        let option = option
        try await runBridge(option.load(for: .bridge)) { try option.load(for: .bridge) }
    }
}
