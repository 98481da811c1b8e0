//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

package import XMPPCore
package import XMPPStorage

/// What the server must know of a local account, online or not, to take a stanza to it without asking the store.
package struct AccountProfile: Sendable, Equatable {
    package var exists: Bool
    /// May not log in; what comes for it is kept as for anybody who is offline.
    package var isDisabled: Bool
    /// Those it wants nothing from.
    package var blocked: BlockList
    /// With whom its messages are archived.
    package var archive: ArchivePreferences

    package init(
        exists: Bool = true, isDisabled: Bool = false, blocked: BlockList = BlockList(),
        archive: ArchivePreferences = ArchivePreferences()
    ) {
        self.exists = exists
        self.isDisabled = isDisabled
        self.blocked = blocked
        self.archive = archive
    }

    /// An account that isn't there.
    package static let absent = AccountProfile(exists: false)
}

/// Reads a feature's part of a profile.
package typealias ProfileLoader =
    @Sendable (_ account: JID, _ profile: inout AccountProfile, _ server: ServerCore) async throws -> Void
