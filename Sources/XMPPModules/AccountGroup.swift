//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

package import XMPPCore

/// A named group of accounts, as configured: a shared roster group or the agents of a department.
package struct AccountGroup: Sendable, Equatable {
    /// Unique among groups of a kind, as people write it.
    package var name: String
    /// What contact lists show.
    package var label: String
    /// The members, by bare JID.
    package var accounts: [JID]
    /// Hosts all of whose accounts are members.
    package var hosts: Set<String>

    package init(_ name: String, label: String? = nil, accounts: [JID] = [], hosts: Set<String> = []) {
        self.name = name
        self.label = label ?? name
        self.accounts = accounts.map(\.bare)
        self.hosts = hosts
    }
}
