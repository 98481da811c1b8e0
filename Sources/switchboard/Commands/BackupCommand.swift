//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

import ArgumentParser

/// `switchboard backup`: copies of the databases while the server runs.
struct BackupCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "backup", abstract: "Copy the databases into a folder while the server runs.",
        discussion: "To restore, stop the server and put the folder of copies in place of the data folder.")

    @Argument(help: "The folder for the copies; made if it is not there.", completion: .directory)
    var folder: String

    @OptionGroup var option: ConfigurationOption

    func run() async throws {
        let copies = try await Backup(option.load(for: .any)).run(into: folder)
        for copy in copies { print(copy) }
    }
}
