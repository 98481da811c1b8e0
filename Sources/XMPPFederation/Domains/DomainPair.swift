//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

/// A domain of ours and one of others: what streams between servers are proven for.
package struct DomainPair: Hashable, Sendable, CustomStringConvertible {
    package let local: String
    package let remote: String

    package init(local: String, remote: String) {
        self.local = local
        self.remote = remote
    }

    package var description: String { "\(local) ↔ \(remote)" }

    /// Begins the names under which marks of other servers are remembered; no component's name has a blank in it.
    static let inboxPrefix = "s2s "

    /// Under which the marks of what the remote domain has sent to the local one are remembered.
    var inboxName: String { "\(Self.inboxPrefix)\(local) \(remote)" }

    /// Reads ``inboxName``.
    init?(inboxName: String) {
        let parts = inboxName.split(separator: " ", omittingEmptySubsequences: false)
        guard parts.count == 3, inboxName.hasPrefix(Self.inboxPrefix) else { return nil }
        self.init(local: String(parts[1]), remote: String(parts[2]))
    }
}
