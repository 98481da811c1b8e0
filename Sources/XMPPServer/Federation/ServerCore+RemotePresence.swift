//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

internal import XMPPCore

extension ServerCore {
    /// Tells domains that could not be reached for a while how the accounts of hosts of ours are, and asks for what they
    /// may see there (RFC 6121 §4.3): presence that was told meanwhile is lost. `domains` are given by host.
    package func renewPresence(with domains: [String: Set<String>]) async {
        for account in accounts.all {
            guard let others = domains[account.jid.domain] else { continue }
            let sessions = account.availableSessions
            guard !sessions.isEmpty else { continue }
            for item in account.roster.items.values where others.contains(item.jid.domain) {
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
