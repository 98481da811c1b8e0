//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

internal import Logging
internal import XMPPCore
internal import XMPPStorage

extension ServerCore {
    /// How long the end of a session is remembered, in milliseconds: two days (XEP-0198 §5 asks for any time).
    private static let memoryOfEnded: Int64 = 172_800_000

    /// Writes a session that may be resumed from now on. Its client does not wait for it: until it is written, only the
    /// death of the process takes it away.
    func insert(_ session: StoredSession, then completion: @escaping @Sendable (_ isWritten: Bool) -> Void) {
        database.submit(bytes: 256) { [sessions] context in
            try sessions.insert(session, in: context)
        } completion: { [log] result in
            switch result {
            case .success: completion(true)
            case .failure(let error):
                log.error("A session could not be written", metadata: ["error": "\(error)"])
                completion(false)
            }
        }
    }

    /// Shows a session how things stand with everybody whose presence it may see, and who asks for its own: after the server died nobody knows what
    /// its client has missed. Who is no account of ours is asked (RFC 6121 §4.3), and says so himself if he has gone.
    func tellPresence(to session: SessionHandle) -> Deferred? {
        guard let account = accounts.online(session.jid),
            account.session(session.jid.resource ?? "")?.isAvailable == true
        else { return nil }
        var work = PendingWork()
        for other in account.availableSessions where other.handle != session {
            session.deliver(other.presence, as: session.jid)
        }
        for item in account.roster.items.values where item.subscription.includesTo {
            let online = accounts.online(item.jid)
            guard online != nil || isAccountAddress(item.jid) else {
                probe(item.jid, for: session, of: account, &work)
                continue
            }
            // Nobody sees those he has blocked, nor those who have blocked him (XEP-0191 §3.3).
            var available: [BoundSession] = []
            if let online, online.isSeen(by: account.jid), !online.blocks(session.jid), !account.blocks(item.jid) {
                available = online.availableSessions
            }
            for other in available { session.deliver(other.presence, as: session.jid) }
            guard available.isEmpty else { continue }
            session.deliver(Stanza(.presence, .unavailable, from: item.jid, to: session.jid))
        }
        tellRequests(to: session, of: account, &work)
        return work.deferred
    }

    /// Tells a session again what has changed since it began to be kept: the server has died, and pushes that its client had
    /// not had died with it. To be told twice harms nobody.
    ///
    /// - Returns: false if that could not be read.
    func tellMissedChanges(to session: SessionHandle, rosterSince version: Int64) async -> Bool {
        guard let account = accounts.online(session.jid) else { return false }
        if account.session(session.jid.resource ?? "")?.isInterested == true {
            do {
                var since = version
                repeat {
                    let changes = try await rosters.store.changes(account.jid.bareString, since: since)
                    since = rosters.tell(changes, of: account, to: session, self)
                    // What was pushed meanwhile may have come before what is older.
                } while account.roster.version > since
            } catch {
                log.error("A roster could not be read", metadata: ["account": "\(account.jid)", "error": "\(error)"])
                return false
            }
        }
        await notify(.missedChanges(session))?()
        return true
    }
}
