//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

internal import XMPPCore

extension ServerCore {
    /// Tells a domain that could not be reached for a while how the accounts of a host of ours are, and asks for what
    /// they may see there (RFC 6121 §4.3): presence that was told meanwhile is lost.
    package func renewPresence(of host: String, with domain: String) async {
        for account in accounts.all where account.jid.domain == host {
            let sessions = account.availableSessions
            guard !sessions.isEmpty else { continue }
            for item in account.roster.items.values where item.jid.domain == domain {
                if account.blocks(item.jid) { continue }
                if item.subscription.includesFrom {
                    for session in sessions {
                        guard var presence = session.presence else { continue }
                        presence.to = item.jid
                        await route(presence)?()
                    }
                }
                if item.subscription.includesTo {
                    await route(Stanza(.presence, .probe, from: account.jid, to: item.jid))?()
                }
            }
        }
    }
}
