//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

internal import XMPPCore

/// The commands that wait for a form to come back, by requester. Bounded: somebody who opens many loses his oldest, and
/// nobody another's, unless all together are too many.
struct CommandSessions {
    /// Commands that one full JID may have open.
    static let perRequester = 5
    /// Requesters with open commands; beyond it those that have waited too long are looked for.
    static let requesters = 10_000
    /// How long a form may take to be filled in, in milliseconds.
    static let lifetime: Int64 = 30 * 60 * 1000

    private struct Session {
        let id: String
        let node: String
        let opened: Timestamp
    }

    /// Oldest first.
    private var sessions: [JID: [Session]] = [:]

    var count: Int { sessions.values.reduce(0) { $0 + $1.count } }

    /// Opens a session, or renews it.
    mutating func open(_ id: String, of requester: JID, node: String, now: Timestamp) {
        var own = (sessions[requester] ?? []).filter { $0.id != id }
        own.append(Session(id: id, node: node, opened: now))
        sessions[requester] = own.suffix(Self.perRequester)
        guard sessions.count > Self.requesters else { return }
        sessions = sessions.filter { $0.value.contains { !Self.isExpired($0, now) } }
        // Still too many: the new one has to go, its requester will be told that it has expired.
        if sessions.count > Self.requesters { sessions[requester] = nil }
    }

    func isOpen(_ id: String, of requester: JID, node: String, now: Timestamp) -> Bool {
        sessions[requester]?.contains { $0.id == id && $0.node == node && !Self.isExpired($0, now) } ?? false
    }

    mutating func close(_ id: String, of requester: JID) {
        sessions[requester]?.removeAll { $0.id == id }
        if sessions[requester]?.isEmpty ?? false { sessions[requester] = nil }
    }

    private static func isExpired(_ session: Session, _ now: Timestamp) -> Bool {
        now.milliseconds - session.opened.milliseconds > lifetime
    }
}
