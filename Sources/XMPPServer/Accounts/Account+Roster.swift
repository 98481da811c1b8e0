//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

internal import Synchronization
internal import XMPPCore

extension Account {
    /// Takes a committed change, unless the snapshot holds it already.
    ///
    /// - Returns: the item as it is now and the version to tell; nil if there is nothing to tell.
    func apply(_ change: RosterChange) -> (item: RosterItem?, version: String)? {
        state.withLock { state in
            guard change.version > state.roster.version else { return nil }
            let item = state.roster.apply(change.item, contact: change.contact, version: change.version)
            return (item, state.roster.versionString)
        }
    }

    /// Replaces the snapshot by one that was read anew; false if it has moved on meanwhile.
    func replaceRoster(_ roster: Roster) -> Bool {
        state.withLock { state in
            guard state.roster.version <= roster.version else { return false }
            state.roster = roster
            state.isRosterSettled = true
            return true
        }
    }

    /// Whether the snapshot misses nothing: no roster at all had changed when this is asked first.
    func isRosterSettled(clock: Int64) -> Bool {
        state.withLock { state in
            if state.roster.readAt == clock { state.isRosterSettled = true }
            return state.isRosterSettled
        }
    }
}
