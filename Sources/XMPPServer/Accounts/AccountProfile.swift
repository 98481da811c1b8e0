//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

package import XMPPCore
package import XMPPStorage

/// What the server must know of a local account, online or not, to take a stanza to it without asking the store.
///
/// One reference: every message looks at two of them, and hardly anybody changes one.
package struct AccountProfile: Sendable {
    private struct Content: Sendable, Equatable {
        var exists: Bool
        var isDisabled: Bool
        var hasArchive: Bool
        var blocked: BlockList
        var archive: ArchivePreferences
    }

    private final class Box: Sendable {
        let content: Content

        init(_ content: Content) { self.content = content }
    }

    private var box: Box

    package var exists: Bool { box.content.exists }

    /// May not log in; what comes for it is kept as for anybody who is offline.
    package var isDisabled: Bool {
        get { box.content.isDisabled }
        set { change { $0.isDisabled = newValue } }
    }

    /// Whether its host keeps archives at all.
    package var hasArchive: Bool {
        get { box.content.hasArchive }
        set { change { $0.hasArchive = newValue } }
    }

    /// Those it wants nothing from.
    package var blocked: BlockList {
        get { box.content.blocked }
        set { change { $0.blocked = newValue } }
    }

    /// With whom its messages are archived.
    package var archive: ArchivePreferences {
        get { box.content.archive }
        set { change { $0.archive = newValue } }
    }

    package init(
        exists: Bool = true, isDisabled: Bool = false, hasArchive: Bool = false, blocked: BlockList = BlockList(),
        archive: ArchivePreferences = ArchivePreferences()
    ) {
        box = Box(
            Content(
                exists: exists, isDisabled: isDisabled, hasArchive: hasArchive, blocked: blocked, archive: archive))
    }

    private mutating func change(_ body: (inout Content) -> Void) {
        var content = box.content
        body(&content)
        box = Box(content)
    }

    /// An account that isn't there.
    package static let absent = AccountProfile(exists: false)
}

extension AccountProfile: Equatable {
    package static func == (left: AccountProfile, right: AccountProfile) -> Bool {
        left.box === right.box || left.box.content == right.box.content
    }
}

/// Reads a feature's part of a profile.
package typealias ProfileLoader =
    @Sendable (_ account: JID, _ profile: inout AccountProfile, _ server: ServerCore) async throws -> Void
