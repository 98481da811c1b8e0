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

    private struct Open {
        let session: CommandSession
        let since: Timestamp
    }

    /// Oldest first.
    private var open: [JID: [Open]] = [:]

    var count: Int { open.values.reduce(0) { $0 + $1.count } }

    /// Keeps a session until its requester goes on with it.
    mutating func put(_ session: CommandSession, of requester: JID, now: Timestamp) {
        var own = (open[requester] ?? []).filter { $0.session.id != session.id }
        own.append(Open(session: session, since: now))
        open[requester] = own.suffix(Self.perRequester)
        guard open.count > Self.requesters else { return }
        open = open.filter { $0.value.contains { !Self.isExpired($0, now) } }
        // Still too many: the new one has to go, its requester will be told that it has expired.
        if open.count > Self.requesters { open[requester] = nil }
    }

    /// Takes a session out; nil if there is none of this requester, or it waited too long.
    mutating func take(_ id: String, of requester: JID, now: Timestamp) -> CommandSession? {
        guard let own = open[requester], let found = own.first(where: { $0.session.id == id }) else { return nil }
        let rest = own.filter { $0.session.id != id }
        open[requester] = rest.isEmpty ? nil : rest
        return Self.isExpired(found, now) ? nil : found.session
    }

    /// Forgets all of a requester who is gone.
    mutating func removeAll(of requester: JID) {
        open[requester] = nil
    }

    private static func isExpired(_ open: Open, _ now: Timestamp) -> Bool {
        now.milliseconds - open.since.milliseconds > lifetime
    }
}
