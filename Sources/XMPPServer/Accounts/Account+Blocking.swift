//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

internal import Synchronization
package import XMPPCore

extension Account {
    /// Those the account wants nothing to do with; nobody until that has been read.
    package var blockList: BlockList {
        state.withLock { $0.blockList ?? BlockList() }
    }

    /// Whether the account wants nothing to do with an address.
    package func blocks(_ address: JID) -> Bool {
        state.withLock { $0.blockList?.blocks(address) ?? false }
    }

    package var knowsBlockList: Bool {
        state.withLock { $0.blockList != nil }
    }

    /// Takes the list as it was read for a new session, unless a change has come before.
    package func setBlockListIfUnknown(_ list: BlockList) {
        state.withLock { state in
            if state.blockList == nil { state.blockList = list }
        }
    }

    /// Takes a committed change; to be called in the order of the commits.
    ///
    /// - Returns: the list before and after; nil if it is not known, and so remains.
    package func changeBlockList(_ change: (inout BlockList) -> Void) -> (old: BlockList, new: BlockList)? {
        state.withLock { state in
            guard let old = state.blockList else { return nil }
            var new = old
            change(&new)
            state.blockList = new
            return (old, new)
        }
    }

    /// The resources that asked for the block list, which are told of changes (XEP-0191 §3.3).
    package var blockListReaders: [SessionHandle] {
        state.withLock { state in state.sessions.filter(\.readsBlockList).map(\.handle) }
    }
}
