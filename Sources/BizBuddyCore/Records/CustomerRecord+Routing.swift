//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

/// What a record says about who should answer, in fields of these names.
extension CustomerRecord {
    /// Fields that steer the service or are said to agents: nothing that customers know of themselves.
    package static let staffKeys: Set<String> = ["alert", "language", "link", "owner", "priority", "skills"]

    private func value(_ key: String) -> String? {
        fields.first { $0.key.lowercased() == key }?.value
    }

    /// More is earlier; anything but a whole number between -100 and 100 counts as none.
    var priority: Int {
        value("priority").flatMap { Int($0) }.flatMap { (-100...100).contains($0) ? $0 : nil } ?? 0
    }

    /// Words, separated by blanks or commas.
    var skills: [String] {
        (value("skills") ?? "").split { $0.isWhitespace || $0 == "," || $0 == ";" }.map { $0.lowercased() }
    }

    /// The address of the agent who looks after this customer.
    package var owner: AgentID? {
        value("owner").map { AgentID($0.lowercased()) }
    }

    var decidesWhoIsAsked: Bool {
        priority != 0 || !skills.isEmpty || owner != nil
    }

    var language: String? {
        value("language").map { $0.lowercased() }
    }
}
