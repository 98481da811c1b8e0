//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

internal import XMPPCore
internal import XMPPServer

extension ServerCore {
    /// Whether somebody may know about an account what its presence tells: its owner, and who may see it. Nobody may of
    /// an account that does not exist. The answer comes without waiting for accounts that are online.
    func mayKnowPresence(_ asking: JID, of account: JID) async -> Bool {
        if let known = mayKnowPresenceNow(asking, of: account) { return known }
        return (try? await isOfflineAccount(account, seenBy: asking.bare)) ?? false
    }

    /// The same if it can be told without reading the store.
    func mayKnowPresenceNow(_ asking: JID, of account: JID) -> Bool? {
        if asking.bareString == account.bareString { return true }
        return accounts.online(account)?.isSeen(by: asking.bare)
    }
}
