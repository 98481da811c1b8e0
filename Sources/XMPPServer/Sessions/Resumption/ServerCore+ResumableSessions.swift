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
    func insert(_ session: StoredSession) {
        database.submit(bytes: 256) { [sessions] context in
            try sessions.insert(session, in: context)
        } completion: { [log] result in
            if case .failure(let error) = result {
                log.error("A session could not be written", metadata: ["error": "\(error)"])
            }
        }
    }

    /// Shows a session how things stand with everybody whose presence it may see: after the server died nobody knows what
    /// its client has missed.
    func tellPresence(to session: SessionHandle) {
        guard let account = accounts.online(session.jid),
            account.session(session.jid.resource ?? "")?.isAvailable == true
        else { return }
        for other in account.availableSessions where other.handle != session {
            session.deliver(other.presence, as: session.jid)
        }
        for item in account.roster.items.values where item.subscription.includesTo {
            let available =
                accounts.online(item.jid).map { $0.isSeen(by: account.jid) ? $0.availableSessions : [] } ?? []
            for other in available { session.deliver(other.presence, as: session.jid) }
            guard available.isEmpty else { continue }
            session.deliver(Stanza(.presence, .unavailable, from: item.jid, to: session.jid))
        }
    }
}
