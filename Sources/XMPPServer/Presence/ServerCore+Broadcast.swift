//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

internal import Logging
internal import XMPPCore
internal import XMPPStorage

extension ServerCore {
    /// Sends a session's presence to the contacts that may see it and to the account's own available resources, the
    /// session itself among them (RFC 6121 §4.2.2, §4.4.2, §4.5.2).
    func broadcast(_ presence: Stanza, of account: Account, _ work: inout PendingWork) {
        for own in account.availableSessions { own.handle.deliver(presence, as: own.handle.jid) }
        let blocked = account.blockList
        for item in account.roster.items.values where item.subscription.includesFrom {
            // XEP-0191 §3.3: whom the user has blocked sees nothing of him.
            if blocked.blocks(item.jid) { continue }
            if let contact = accounts.online(item.jid) {
                guard contact.sees(account.jid) else { continue }
                var copy = presence
                copy.to = item.jid
                if let profile = profiles.cached(item.jid.bareString) {
                    guard !refuses(copy, to: item.jid, profile) else { continue }
                    contact.deliverPresence(copy)
                } else {
                    work.add(route(copy))
                }
            } else if !isAccountAddress(item.jid) {
                var copy = presence
                copy.to = item.jid
                work.add(route(copy))
            }
        }
    }

    /// Asks for a contact's presence on behalf of a session (RFC 6121 §4.3). Accounts of ours answer at once.
    func probe(_ contact: JID, for session: SessionHandle, of account: Account, _ work: inout PendingWork) {
        // Nobody asks those he has blocked, nor is he answered by those who have blocked him (XEP-0191 §3.3).
        guard !account.blocks(contact) else { return }
        if let online = accounts.online(contact) {
            guard online.isSeen(by: account.jid), !online.blocks(session.jid) else { return }
            for other in online.availableSessions { session.deliver(other.presence, as: session.jid) }
        } else if !isAccountAddress(contact) {
            work.add(route(Stanza(.presence, .probe, from: session.jid, to: contact)))
        }
    }

    /// Tells those who had directed presence that the session is unavailable, unless they have been told as contacts
    /// (RFC 6121 §4.6.3).
    func withdraw(
        _ stanza: Stanza, from told: Set<JID>, of account: Account, wasBroadcast: Bool, _ work: inout PendingWork
    ) {
        guard !told.isEmpty else { return }
        let roster = account.roster
        for address in told {
            if wasBroadcast {
                if address.bareString == account.jid.bareString { continue }
                if roster[address.bare]?.subscription.includesFrom == true { continue }
            }
            var copy = stanza
            copy.to = address
            work.add(route(copy))
        }
    }

    /// Shows the presence of all sessions of an account anew, after something that features add to it has changed.
    package func rebroadcastPresence(of account: Account) {
        var work = PendingWork()
        for session in account.availableSessions {
            guard let own = session.ownPresence else { continue }
            let presence = tables.rewritten(own, of: account.jid, self)
            let isCurrent = account.update(session.handle) { session -> Bool in
                guard session.isAvailable else { return false }
                session.presence = presence
                return true
            }
            if isCurrent == true { broadcast(presence, of: account, &work) }
        }
        if let deferred = work.deferred { background(deferred) }
    }
}
