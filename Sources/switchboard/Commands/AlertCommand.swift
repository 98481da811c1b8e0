//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

import ArgumentParser

/// `switchboard alert`: tells customers who asked about a topic.
struct AlertCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "alert", abstract: "Tell all customers who asked about a topic.",
        discussion: """
            By the running service, as /publish does: in quiet hours it waits for their end, and nobody gets more in a day than the \
            configuration says.
            """)

    /// Characters of an alert.
    private static let textLength = 2_000

    @Argument(help: "The topic (bridge.alerts.topics).") var topic: String
    @Argument(help: "What to tell them.") var text: String
    @OptionGroup var option: ConfigurationOption

    func validate() throws {
        guard !text.isEmpty, text.count <= Self.textLength else {
            throw ValidationError("The text must have between 1 and \(Self.textLength) characters.")
        }
    }

    func run() async throws {
        let configuration = try option.load(for: .any)
        let answer = try await ControlClient.askIfRunning(
            BridgeOffice.publish(topic, text), configuration.data, .bridge)
        guard let answer else {
            throw CommandFailure("The customer service does not run with this configuration: nobody can be told.")
        }
        print(answer)
    }
}
