//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

internal import CoreMetrics
internal import Logging
internal import NIOCore
internal import Synchronization
internal import XMPPCore
internal import XMPPPayloads
internal import XMPPStorage
internal import XMPPXML

/// A session as it is left when the server stops.
struct SessionAtRest: Sendable {
    var session: StoredSession
    /// What of its queue is not in the store yet, and the places of what is.
    var queue: [StoredQueueEntry] = []
    var stored: [Int64] = []
    /// Places between which all is in the store.
    var ranges: [ClosedRange<Int64>] = []
    /// What of that nobody has had to whom it was given.
    var open: [Int64] = []
    /// What of `stored` another session has had.
    var taken: [Int64] = []
    /// Rows of the offline store that are in the queue.
    var offlineRows: [Int64] = []

    /// `last`: the stretch's place.
    mutating func add(_ stretch: OutboundQueue.Stretch, through last: Int64) {
        switch stretch.source {
        case .missed(_, let after, let through):
            queue.append(
                StoredQueueEntry(missedAfter: after, through: through, ordinal: last, arrived: stretch.arrived))
        case .references(_, let shared):
            guard stretch.first <= last else { return }
            ranges.append(stretch.first...last)
            open += shared.filter { !$1.isTaken }.keys
        }
    }
}

/// Sessions over the end of the process and its new beginning (decision 0007).
extension ServerCore {
    /// Writes all sessions that wait for their clients as they are. Nothing may come for them any more.
    func putSessionsToRest() async {
        await settleLoops()
        let handles = accounts.all.flatMap { $0.sessions.filter(\.isDetached).map(\.handle) }
        guard !handles.isEmpty else { return }
        let written = await withTaskGroup(of: Bool.self) { group in
            for handle in handles { group.addTask { await self.putToRest(handle) } }
            return await group.reduce(0) { $0 + ($1 ? 1 : 0) }
        }
        log.info("Sessions wait for their clients", metadata: ["sessions": "\(written)"])
    }

    private func putToRest(_ handle: SessionHandle) async -> Bool {
        let resting = await withCheckedContinuation { continuation in
            handle.link.perform { continuation.resume(returning: $0.rest()) }
        }
        guard let resting else { return false }
        do {
            try await database.write(bytes: resting.queue.reduce(256) { $0 + $1.stanza.utf8.count }) {
                [sessions] context in
                try sessions.rest(
                    resting.session, queue: resting.queue, keeping: resting.stored, ranges: resting.ranges,
                    open: resting.open, taken: resting.taken, offline: resting.offlineRows, in: context)
            }
            return true
        } catch {
            log.error("A session could not be written", metadata: ["error": "\(error)"])
            return false
        }
    }

    /// Brings back the sessions of the last run: their accounts are online as before, and nobody is told anything.
    func wakeSessions(on resources: [LoopResources]) async throws {
        sessionKeys.store(try await sessions.lastKey() + 1, ordering: .relaxed)
        let stored = try await sessions.all()
        guard !stored.isEmpty else { return }
        try await database.write { [self] context in
            for session in stored {
                if session.rest != nil {
                    try sessions.wake(session.key, in: context)
                } else {
                    try putBack(session, in: context)
                    // New places may come to lie on both sides of them.
                    try sessions.forgetArchived(of: session.key, in: context)
                }
            }
        }
        var count = 0
        var rest = stored[...]
        var missing: Set<JID> = []
        while let first = rest.first {
            let siblings = rest.prefix { $0.account == first.account }
            rest = rest.dropFirst(siblings.count)
            // All of their queues first: what one leaves depends on what the others have.
            for waking in inTurn(await queues(of: Array(siblings))) {
                if waking.outbound.beginsWithMissed, let jid = waking.jid { missing.insert(jid) }
                do {
                    try await wake(waking, on: resources[count % resources.count])
                    count += 1
                } catch {
                    waking.backlog.giveUp(waking.session)
                    reportLost(waking.session, error)
                }
            }
        }
        log.info("Sessions wait for their clients", metadata: ["sessions": "\(count)"])
        // After a crash all wait that had a connection.
        for account in Set(stored.map(\.account)) {
            if let jid = try? JID(account), let online = accounts.online(jid) { limitWaiting(of: online) }
        }
        // What waits in the store was there first: nothing new goes to a session before that. Of a server that died the
        // queues hold that already; and what was missed then goes behind it once the client is there.
        var flushed: Set<String> = []
        for session in stored where session.rest != nil && flushed.insert(session.account).inserted {
            if let jid = try? JID(session.account), let account = accounts.online(jid),
                let receiver = account.offlineReceiver, !missing.contains(receiver.jid)
            {
                await deliverOffline(to: account)
            }
        }
    }

    /// What had waited in the offline store before a session began, and had left it for the session's queue, goes back: it
    /// comes before all that was missed since.
    private func putBack(_ session: StoredSession, in context: WriteContext) throws {
        guard session.status.presence != nil, try accountStore.account(session.account, in: context) != nil else {
            return
        }
        for row in try sessions.unarchived(before: session.began / 1000, of: session.key, in: context) {
            guard row.holdsMessage else { continue }
            let left = NewOfflineStanza(
                account: session.account, content: .stanza(row.stanza), stamp: row.arrived, isLeft: true)
            do throws(StorageError) {
                offlineRows.commit(try offline.append(left, in: context))
            } catch {
                guard error == .quotaExceeded else { throw error }
                return
            }
            try sessions.remove(row.ordinal, of: session.key, in: context)
        }
    }

    private func reportLost(_ session: StoredSession, _ error: any Error) {
        log.error(
            "A session could not be brought back", metadata: ["account": "\(session.account)", "error": "\(error)"])
    }

    /// A session of the last run with what waits for its client.
    private struct Waking {
        let session: StoredSession
        let outbound: OutboundQueue
        let storedThrough: Int64?
        let gate: Int64?
        let backlog: Backlog

        var jid: JID? { try? JID(session.account).with(resource: session.resource) }
    }

    /// Those that end at once come last, but for those whose resource a later one had taken when the server died.
    private func inTurn(_ sessions: [Waking]) -> [Waking] {
        let staying = sessions.filter { $0.session.seconds > 0 }
        let ending = sessions.filter { $0.session.seconds <= 0 }
        let replaced = ending.filter { old in
            staying.contains { $0.session.resource == old.session.resource && $0.session.key > old.session.key }
        }
        return replaced + staying
            + ending.filter { one in !replaced.contains { $0.session.key == one.session.key } }
    }

    /// The sessions of one account.
    private func queues(of sessions: [StoredSession]) async -> [Waking] {
        let backlog = Backlog(sessions)
        var deliveries = RestoredDeliveries()
        var waking: [Waking] = []
        for session in sessions {
            do {
                waking.append(try await queue(of: session, backlog, &deliveries))
            } catch {
                backlog.giveUp(session)
                reportLost(session, error)
            }
        }
        return waking
    }

    private func wake(_ waking: Waking, on resources: LoopResources) async throws {
        let stored = waking.session
        let account = try JID(stored.account)
        let jid = try account.with(resource: stored.resource)
        guard isHost(jid.domain), try await accountStore.exists(stored.account) else {
            waking.backlog.giveUp(waking.session)
            return try await database.write { [sessions] context in
                try sessions.end(
                    stored.key, id: stored.seconds > 0 ? stored.id : nil, account: stored.account,
                    handled: stored.counters.handled,
                    ended: Timestamp.now().milliseconds, in: context)
            }
        }
        let roster = try await rosters.load(account: account, server: self)
        let blocked = try await profiles.load(account, server: self).blocked
        let own = try stored.status.presence.map { try Stanza(XMLElement(parsing: $0)) }
        let counters = stored.counters
        var resumption = Resumption(
            id: stored.id, key: stored.key, seconds: stored.seconds,
            position: ArchivePosition(counters.position, recent: counters.recent), began: stored.began,
            rosterVersion: stored.rosterVersion)
        resumption.since = stored.status.since
        resumption.marked = counters.handled
        resumption.durable = counters.handled
        resumption.status = stored.status
        resumption.storedThrough = waking.storedThrough
        resumption.backlog = waking.backlog
        resumption.needsPresence = stored.rest.map { $0.written == SessionRest.unknown } ?? true
        let directed = Set(stored.status.directed.compactMap { try? JID($0) })
        resumption.needsChanges = resumption.needsPresence
        let id = nextSessionID()
        let priority = own.flatMap { try? PresencePriority.read($0) } ?? 0
        resumption.wasGiven(messages: own != nil && priority >= 0, copies: stored.status.hasCarbons, stored.status)
        let woken = resumption
        try await resources.loop.submit { [self] in
            let handle = SessionHandle(id: id, jid: jid, link: SessionLink(EndedSession(self, jid), on: resources))
            let (online, replaced) = accounts.add(handle, roster: roster)
            // Its resource had been taken when the server died.
            replaced?.end(StreamError(.conflict))
            online.setBlockListIfUnknown(blocked)
            let presence = own.map { tables.rewritten($0, of: account, self) }
            let now = Timestamp.now().milliseconds
            online.update(handle) { session in
                session.device = stored.device
                session.isYoung = own == nil
                session.hasOutlivedServer = true
                if stored.status.messagesSince > 0 { session.takesSince = stored.status.messagesSince }
                session.resumption = woken.isOffered ? stored.id : nil
                session.isInterested = stored.status.isInterested
                // Not kept by itself: a change told to who has not asked is better than one that is missed.
                session.readsBlockList = stored.status.isInterested
                session.carbons = stored.status.hasCarbons
                session.usesArchive = stored.status.usesArchive
                session.archivedRows = stored.status.archivedRows
                session.ownPresence = own
                session.presence = presence
                session.priority = priority
                session.detachedSince = now
            }
            var outbound = waking.outbound
            if let gate = waking.gate { outbound.shut(at: gate, for: online.awaitOffline(handle)) }
            let state = ResumableState(
                handle: handle, resumption: woken, handled: counters.handled, outbound: outbound,
                directed: directed)
            DetachedSession(self, on: resources, state).begin(seconds: stored.rest?.remaining ?? stored.seconds)
        }.get()
    }

    /// What waits for a session's client: all of it after a clean stop, else what no archive holds, and from the archive
    /// what the client has not had. No more is read than what stays in memory.
    private func queue(
        of stored: StoredSession, _ backlog: Backlog, _ deliveries: inout RestoredDeliveries
    ) async throws -> Waking {
        var queue = QueueAsLeft(stored, backlog, memory: configuration.limits.queueMemory / 2)
        queue.namesInMemory = configuration.limits.queueNames
        queue.storedThrough = try await sessions.lastPlace(of: stored.key)
        // Of a session whose server died, what the archive holds comes from there, with all that came later.
        let isWhole = stored.rest != nil
        if !isWhole, let start = backlog.start(of: stored.key),
            let end = try await archive.metadata(stored.account)?.end
        {
            queue.miss(after: .first(at: start), through: end)
        }
        var next = Int64.min
        while true {
            let page =
                isWhole
                ? try await sessions.queue(of: stored.key, from: next, limit: Self.queuePage)
                : try await sessions.unarchivedQueue(of: stored.key, from: next, limit: Self.queuePage)
            for row in page { try queue.add(row, &deliveries) }
            guard let last = page.last, page.count == Self.queuePage else { break }
            next = last.ordinal + 1
        }
        return Waking(
            session: stored, outbound: queue.outbound, storedThrough: queue.storedThrough, gate: queue.gate,
            backlog: backlog)
    }
}

extension Entitlement.Form {
    /// The stanza that a session is given: the message of the archive, or a copy of what another one of the account has
    /// sent or received (XEP-0280).
    func stanza(_ message: Stanza, isOutgoing: Bool, for jid: JID) -> Stanza {
        guard self == .copy else { return message }
        var copy = Carbons.copy(message, isOutgoing ? .sent : .received, of: jid.bare)
        copy.to = jid
        return copy
    }
}
