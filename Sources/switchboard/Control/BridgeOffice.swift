//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

import BizBuddyBridge
import FoundationEssentials
import Logging

/// What commands of this program ask the running customer service to do, by way of its socket.
enum BridgeOffice {
    private static let eraseTask = "erase"
    private static let publishTask = "publish"

    private struct Alert: Codable {
        let topic: String
        let text: String
    }

    static func service(_ bridge: Bridge, _ folder: DataFolder, _ log: Logger) -> ControlService {
        ControlService(
            folder, .bridge,
            tasks: [
                eraseTask: { try await bridge.ask(.erase($0, isConfirmed: true)) },
                publishTask: { text in
                    let alert = try JSONDecoder().decode(Alert.self, from: Data(text.utf8))
                    return try await bridge.ask(.publish(topic: alert.topic, text: alert.text))
                },
            ], log: log)
    }

    static func erase(_ address: String) -> String { "\(eraseTask) \(address)" }

    static func publish(_ topic: String, _ text: String) throws -> String {
        "\(publishTask) \(String(decoding: try JSONEncoder().encode(Alert(topic: topic, text: text)), as: UTF8.self))"
    }
}
