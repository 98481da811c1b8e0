//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

internal import NIOCore
internal import XMPPCore
internal import XMPPStorage

extension ServerCore {
    /// What contacts see of a change of an account's block list (XEP-0191 §3.3, §3.4): who is blocked now sees the
    /// account's sessions go, who is no longer sees them come, and the account sees him, if they may see one another.
    package func showBlocking(of account: Account, from old: BlockList, to new: BlockList) -> Deferred? {
        var work = PendingWork()
        let roster = account.roster
        let sessions = account.availableSessions
        for (target, item) in Self.changed(from: old, to: new, roster) {
            let isBlocked = new.blocks(target)
            if item.subscription.includesFrom {
                for session in sessions {
                    guard var presence = isBlocked ? session.unavailable : session.presence else { continue }
                    presence.to = target
                    work.add(route(presence))
                }
            }
            // What has changed on the other side meanwhile has not been let through.
            if !isBlocked, item.subscription.includesTo {
                for session in sessions { probe(target, for: session.handle, of: account, &work) }
            }
        }
        for session in account.sessions { withdrawDirected(session.handle, old, new, roster) }
        return work.deferred
    }

    /// The contacts for whom a change of the list makes a difference, and resources of contacts that were named
    /// themselves.
    private static func changed(from old: BlockList, to new: BlockList, _ roster: Roster) -> [(JID, RosterItem)] {
        var result: [(JID, RosterItem)] = []
        for item in roster.items.values where old.blocks(item.jid) != new.blocks(item.jid) {
            result.append((item.jid, item))
        }
        for address in old.addresses.symmetricDifference(new.addresses) where !address.isBare {
            guard let item = roster[address.bare], old.blocks(address) != new.blocks(address),
                old.blocks(item.jid) == new.blocks(item.jid)
            else { continue }
            result.append((address, item))
        }
        return result
    }

    /// Those who had the session's presence beside its contacts and are blocked now see it go (RFC 6121 §4.6).
    private func withdrawDirected(_ handle: SessionHandle, _ old: BlockList, _ new: BlockList, _ roster: Roster) {
        handle.withSession { session in
            for address in session.directed.take(where: { !old.blocks($0) && new.blocks($0) })
            where roster[address.bare]?.subscription.includesFrom != true {
                let gone = Stanza(.presence, .unavailable, from: handle.jid, to: address)
                if let work = session.server.route(gone) { session.server.background(work) }
            }
        }
    }
}

extension BoundSession {
    fileprivate var unavailable: Stanza? {
        isAvailable ? Stanza(.presence, .unavailable, from: handle.jid) : nil
    }
}
