//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

package import XMPPCore
package import XMPPStorage

/// A message that has come for a local account, for those who tell its owner by other ways (XEP-0357).
package struct MessageArrival: Sendable {
    /// The bare JID.
    package let account: JID
    package let message: Stanza
    /// Its name in the account's archive, if it is there.
    package let archiveID: ArchiveID?

    package init(account: JID, message: Stanza, archiveID: ArchiveID?) {
        self.account = account
        self.message = message
        self.archiveID = archiveID
    }
}

/// Watches messages that come for local accounts. Called on event loops, after delivery: it must not wait.
package typealias MessageObserver = @Sendable (MessageArrival, ServerCore) -> Void
