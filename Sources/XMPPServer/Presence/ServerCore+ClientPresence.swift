//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

internal import Logging
package import XMPPCore
internal import XMPPStorage

extension ServerCore {
    /// Takes a presence that a client sends (RFC 6121 §4); its `from` is the session's full JID. `directed` are the
    /// addresses that have had the session's presence beside its contacts.
    package func clientPresence(
        _ stanza: Stanza, from session: SessionHandle, directed: DirectedPresence
    ) -> Deferred? {
        guard let account = accounts.online(session.jid) else { return nil }
        guard let to = stanza.to else {
            switch stanza.type {
            case .available: return becomeAvailable(stanza, session, account)
            case .unavailable: return becomeUnavailable(stanza, session, account, directed)
            // Nobody is asked.
            case .subscribe, .subscribed, .unsubscribe, .unsubscribed, .probe:
                return bounce(stanza, StanzaError(.badRequest, text: "This type of presence needs an addressee."))
            default: return nil
            }
        }
        switch stanza.type {
        case .subscribe, .subscribed, .unsubscribe, .unsubscribed:
            return sendSubscription(stanza, from: session, to: to)
        case .available:
            guard directed.add(to, limit: configuration.limits.directedPresence) else {
                return bounce(stanza, StanzaError(.resourceConstraint, text: "Directed presence to too many."))
            }
            var seen = tables.rewritten(stanza, of: account.jid, self)
            seen.to = to
            return route(seen)
        case .unavailable:
            directed.remove(to)
            return route(stanza)
        default:
            return route(stanza)
        }
    }

    private func becomeAvailable(_ stanza: Stanza, _ session: SessionHandle, _ account: Account) -> Deferred? {
        let priority: Int
        do throws(StanzaError) {
            priority = try PresencePriority.read(stanza)
        } catch {
            return bounce(stanza, error)
        }
        let presence = tables.rewritten(stanza, of: account.jid, self)
        if priority >= 0, account.session(session.jid.resource ?? "")?.takesMessages == false {
            account.expectOffline(session)
        }
        let before = account.update(session) { session -> (isAvailable: Bool, priority: Int) in
            defer {
                session.ownPresence = stanza
                session.presence = presence
                session.priority = priority
            }
            if priority >= 0, !session.takesMessages { session.takesSince = ArchiveClock.arrivals() }
            return (session.isAvailable, session.priority)
        }
        guard let before else { return nil }
        let takesWaiting = priority >= 0 && (!before.isAvailable || before.priority < 0)
        guard !before.isAvailable else {
            var work = PendingWork()
            broadcast(presence, of: account, &work)
            if takesWaiting {
                work.add(notify(.becameAvailable(session)))
                work.add { [self] in await deliverOffline(to: account) }
            }
            return work.deferred
        }
        account.forgetReplaced(session.jid.resource ?? "")
        guard let settling = rosters.settle(account, server: self) else {
            return announce(presence, session, account, takesWaiting: takesWaiting)
        }
        return { [self] in
            await settling()
            await announce(presence, session, account, takesWaiting: takesWaiting)?()
        }
    }

    /// Initial presence (RFC 6121 §4.2.2): everybody who may see it gets it, and the session gets what it may see.
    private func announce(
        _ presence: Stanza, _ session: SessionHandle, _ account: Account, takesWaiting: Bool
    ) -> Deferred? {
        var work = PendingWork()
        broadcast(presence, of: account, &work)
        for other in account.availableSessions where other.handle != session {
            session.deliver(other.presence, as: session.jid)
        }
        for item in account.roster.items.values where item.subscription.includesTo {
            probe(item.jid, for: session, of: account, &work)
        }
        tellRequests(to: session, of: account, &work)
        work.add(notify(.becameAvailable(session)))
        if takesWaiting, let reading = beginOffline(session, account) {
            work.add { [self] in await deliverOffline(reading, of: account) }
        }
        return work.deferred
    }

    /// Shows a session who waits for an answer (RFC 6121 §3.1.3).
    func tellRequests(to session: SessionHandle, of account: Account, _ work: inout PendingWork) {
        guard account.roster.items.values.contains(where: { $0.pendingIn && !$0.isShared }) else { return }
        work.add { [self] in
            for request in await rosters.pendingRequests(account.jid, server: self) {
                if let from = request.from, account.blocks(from) { continue }
                session.deliver(request)
            }
        }
    }

    /// RFC 6121 §4.5: unavailable without an addressee.
    private func becomeUnavailable(
        _ stanza: Stanza, _ session: SessionHandle, _ account: Account, _ directed: DirectedPresence
    ) -> Deferred? {
        let told = directed.take()
        var work = PendingWork()
        let wasAvailable = account.update(session) { session -> Bool in
            defer {
                session.ownPresence = nil
                session.presence = nil
                session.priority = 0
            }
            return session.isAvailable
        }
        if wasAvailable == true {
            broadcast(stanza, of: account, &work)
            // §4.5.2: also to the resource itself.
            session.deliver(stanza, as: session.jid)
        }
        withdraw(stanza, from: told, of: account, wasBroadcast: wasAvailable == true, &work)
        if wasAvailable == true {
            work.add(notify(.becameUnavailable(session, stanza)))
        }
        return work.deferred
    }
}

extension SessionHandle {
    /// Delivers a copy of a stanza with this addressee.
    func deliver(_ stanza: Stanza?, as addressee: JID) {
        guard var copy = stanza else { return }
        copy.to = addressee
        deliver(copy)
    }
}
