//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

package import XMPPCore

/// Who may write to everybody, and who everybody is.
package struct AnnouncementsConfiguration: Sendable, Equatable {
    /// The domain of the addresses: `broadcast.acme.example`.
    package var domain: JID
    /// The host whose people are meant by `all` and `online`.
    package var host: String
    /// Accounts that may broadcast.
    package var senders: Set<JID>
    /// Shared roster groups and departments. Those of one name, in any case, are one.
    package var groups: [AccountGroup]
    /// How long acknowledgements are waited for; afterwards the sender gets the last report.
    package var acknowledgementLifetime: Duration = .seconds(7 * 86_400)
    /// When acknowledgements are told of after they come, the first time and the following ones: those that come meanwhile
    /// are told of together. That all have acknowledged is told at once.
    package var reportDelays: [Duration] = [2, 15, 60, 300, 1800, 3600].map { .seconds($0) }

    package init(domain: JID, host: String, senders: Set<JID>, groups: [AccountGroup]) {
        self.domain = domain
        self.host = host
        self.senders = Set(senders.map(\.bare))
        self.groups = groups
    }
}
