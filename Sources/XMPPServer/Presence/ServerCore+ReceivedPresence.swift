//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

internal import Logging
package import XMPPCore
internal import XMPPStorage

extension ServerCore {
    /// Takes a presence for an address of a local account (RFC 6121 §8.5); `account` if it is online.
    package func receivePresence(_ stanza: Stanza, to: JID, account: Account?) -> Deferred? {
        switch stanza.type {
        case .subscribe, .subscribed, .unsubscribe, .unsubscribed:
            guard let from = stanza.from, from.bare != to.bare else { return nil }
            return receiveSubscription(stanza, from: from, to: to)
        case .probe:
            return answerProbe(stanza, to: to.bare, account: account)
        case .available, .unavailable:
            if let resource = to.resource {
                _ = account?.deliver(stanza, toResource: resource)
            } else {
                account?.deliverPresence(stanza)
            }
            return nil
        case .error:
            // §8.5.2.1.2 has none for the bare JID.
            if let resource = to.resource { _ = account?.deliver(stanza, toResource: resource) }
            return nil
        default:
            return nil
        }
    }

    /// RFC 6121 §4.3.2.
    private func answerProbe(_ stanza: Stanza, to: JID, account: Account?) -> Deferred? {
        guard let from = stanza.from else { return nil }
        let isOwn = from.bareString == to.bareString
        if let account, isOwn || account.isSeen(by: from.bare) {
            var work = PendingWork()
            let sessions = account.availableSessions
            for session in sessions {
                guard var presence = session.presence else { continue }
                presence.to = from
                work.add(route(presence))
            }
            if sessions.isEmpty { work.add(route(Stanza(.presence, .unavailable, from: to, to: from))) }
            return work.deferred
        }
        // Whoever is local sees in his own roster what he may see.
        guard !isAccountAddress(from) else { return nil }
        if account != nil { return answer(Stanza(.presence, .unsubscribed, from: to, to: from.bare)) }
        return { [self] in
            do {
                let isShown = try await isOfflineAccount(to, seenBy: from.bare)
                // An account that doesn't exist answers like one that doesn't want to.
                let answer =
                    isShown
                    ? Stanza(.presence, .unavailable, from: to, to: from)
                    : Stanza(.presence, .unsubscribed, from: to, to: from.bare)
                await self.answer(answer)?()
            } catch {
                log.error("A probe could not be answered", metadata: ["error": "\(error)"])
            }
        }
    }

    /// Whoever asks from elsewhere and is gone when the answer comes asks again: nobody fills a disk with answers.
    private func answer(_ presence: Stanza) -> Deferred? {
        guard let to = presence.to, !isOwn(to.domain), let remote = tables.remote else { return route(presence) }
        return remote.send(presence, self, isKept: false)
    }

    /// Whether an account that has no session exists and shows its presence to the contact. Reads one item of its roster.
    package func isOfflineAccount(_ account: JID, seenBy contact: JID) async throws -> Bool {
        guard try await profiles.load(account, server: self).exists else { return false }
        if tables.sharedItems(for: account).contains(where: { $0.jid == contact }) { return true }
        let item = try await rosters.store.item(contact.bareString, of: account.bareString)
        return item?.state.from ?? false
    }
}
