//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

package import XMPPCore

extension ServerCore {
    /// Takes a session out of its account and tells everybody who saw it (RFC 6121 §4.5.3, §4.6.3). `directed` are
    /// the addresses that have had its presence beside its contacts.
    package func sessionEnded(_ session: SessionHandle, directed: Set<JID>) -> Deferred? {
        var work = PendingWork()
        let unavailable = Stanza(.presence, .unavailable, from: session.jid)
        if let account = accounts.online(session.jid) {
            let last = account.takeEnded(session)
            let wasReceiving = account.isReceivingOffline(session)
            accounts.remove(session)
            let wasAvailable = last?.isAvailable ?? false
            if wasAvailable { broadcast(unavailable, of: account, &work) }
            // Contacts see a successor with the same resource, if there is one.
            withdraw(
                unavailable, from: directed, of: account, wasBroadcast: last?.isAvailable ?? true, &work)
            if wasAvailable {
                work.add(notify(.becameUnavailable(session, unavailable)))
            }
            // What it had not taken goes to another one.
            if wasReceiving, account.takesMessages { work.add { [self] in await deliverOffline(to: account) } }
        }
        work.add(notify(.ended(session)))
        return work.deferred
    }
}
