//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

import ArgumentParser
import BizBuddyCore
import FoundationEssentials

/// `switchboard board`: how the departments are doing, while the service runs.
struct BoardCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "board", abstract: "How the departments are doing, live.",
        discussion: "Shows the board anew every few seconds until Ctrl-C; with --once or --json one time.")

    @Flag(help: "Show it once.") var once = false
    @Flag(help: "Write JSON, once.") var json = false
    @Option(help: ArgumentHelp("Seconds between two looks.", valueName: "seconds")) var every = 2
    @OptionGroup var option: ConfigurationOption

    func validate() throws {
        guard (1...3600).contains(every) else { throw ValidationError("--every must be between 1 and 3600.") }
    }

    func run() async throws {
        let administration = try ReportAdministration(option.load(for: .any))
        if json {
            let text = try ReportAdministration.json(await administration.board())
            return print(text)
        }
        while true {
            let board = AgentTexts.board(try await administration.board())
            if once { return print(board) }
            // Home, and clear what was there.
            StandardStream.write("\u{1B}[H\u{1B}[2J\(board)\n", to: .output)
            try await Task.sleep(for: .seconds(every))
        }
    }
}
