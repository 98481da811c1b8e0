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
    /// What of that another session has had.
    var taken: [Int64] = []
    /// Rows of the offline store that are in the queue.
    var offlineRows: [Int64] = []
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
                    resting.session, queue: resting.queue, keeping: resting.stored, taken: resting.taken,
                    offline: resting.offlineRows, in: context)
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
        try await database.write { [sessions] context in
            for session in stored where session.rest != nil { try sessions.wake(session.key, in: context) }
        }
        var count = 0
        var rest = stored[...]
        while let first = rest.first {
            let siblings = rest.prefix { $0.account == first.account }
            rest = rest.dropFirst(siblings.count)
            // All of their queues first: what one leaves depends on what the others have.
            for waking in await queues(of: Array(siblings)) {
                do {
                    try await wake(waking, on: resources[count % resources.count])
                    count += 1
                } catch {
                    reportLost(waking.session, error)
                }
            }
        }
        log.info("Sessions wait for their clients", metadata: ["sessions": "\(count)"])
        // What waits in the store was there first: nothing new goes to a session before that. Of a server that died the
        // queues hold that already.
        var flushed: Set<String> = []
        for session in stored where session.rest != nil && flushed.insert(session.account).inserted {
            if let jid = try? JID(session.account), let account = accounts.online(jid), account.takesMessages {
                await deliverOffline(to: account)
            }
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
    }

    /// The sessions of one account.
    private func queues(of sessions: [StoredSession]) async -> [Waking] {
        let entitlements = sessions.compactMap { try? Entitlement($0) }
        var deliveries = RestoredDeliveries()
        var waking: [Waking] = []
        for session in sessions {
            do {
                waking.append(try await queue(of: session, among: entitlements, &deliveries))
            } catch {
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
            return try await database.write { [sessions] context in
                try sessions.end(
                    stored.key, id: stored.id, account: stored.account, handled: stored.counters.handled,
                    ended: Timestamp.now().milliseconds, in: context)
            }
        }
        let roster = try await rosters.load(account: account, server: self)
        let blocked = try await profiles.load(account, server: self).blocked
        let own = try stored.status.presence.map { try Stanza(XMLElement(parsing: $0)) }
        let counters = stored.counters
        var resumption = Resumption(
            id: stored.id, key: stored.key, seconds: stored.seconds,
            position: ArchivePosition(counters.position, recent: counters.recent), began: stored.began)
        resumption.since = stored.status.since
        resumption.marked = counters.handled
        resumption.durable = counters.handled
        resumption.status = stored.status
        resumption.storedThrough = waking.storedThrough
        resumption.needsPresence = stored.rest.map { $0.written == SessionRest.unknown } ?? true
        let directed = Set(stored.status.directed.compactMap { try? JID($0) })
        let id = nextSessionID()
        let priority = own.flatMap { try? PresencePriority.read($0) } ?? 0
        resumption.wasGiven(messages: own != nil && priority >= 0, copies: stored.status.hasCarbons)
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
                session.resumption = stored.id
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
            let state = ResumableState(
                handle: handle, resumption: woken, handled: counters.handled, outbound: waking.outbound,
                directed: directed)
            DetachedSession(self, on: resources, state).begin(seconds: stored.rest?.remaining ?? stored.seconds)
        }.get()
    }

    /// What waits for a session's client: all of it after a clean stop, else what no archive holds, and from the archive
    /// what the client has not had.
    private func queue(
        of stored: StoredSession, among sessions: [Entitlement], _ deliveries: inout RestoredDeliveries
    ) async throws -> Waking {
        var slots: [(ordinal: Int64, slot: OutboundQueue.Slot)] = []
        var bytes = 0
        var next = Int64.min
        var through: Int64?
        while true {
            let page = try await self.sessions.queue(of: stored.key, from: next, limit: Self.queuePage)
            for row in page {
                through = row.ordinal
                // Of a session whose server died, what the archive holds comes from there, with all that came later.
                if stored.rest == nil, row.archiveID != nil { continue }
                if row.form != .here || bytes > configuration.limits.queueMemory / 2 {
                    if stored.rest == nil, try row.entry().stanza.kind != .message { continue }
                    let spilled = OutboundQueue.Spilled(
                        form: row.form, byteCount: row.stanza.utf8.count, archiveID: row.archiveID,
                        isStored: row.isStored, shared: deliveries.join(row.shared),
                        arrived: row.arrived)
                    slots.append((row.ordinal, .spilled(spilled)))
                    continue
                }
                var entry = try row.entry()
                if stored.rest == nil, entry.stanza.kind != .message { continue }
                entry.shared = deliveries.join(row.shared)
                bytes += entry.byteCount
                slots.append((row.ordinal, .entry(entry)))
            }
            guard let last = page.last, page.count == Self.queuePage else { break }
            next = last.ordinal + 1
        }
        let counters = stored.counters
        guard let rest = stored.rest else {
            var queue = OutboundQueue(slots, written: nil, acknowledged: counters.acknowledged)
            try await addMissed(stored, to: &queue, among: sessions, &deliveries)
            return Waking(session: stored, outbound: queue, storedThrough: through)
        }
        let written = rest.written == SessionRest.unknown ? nil : rest.written
        return Waking(
            session: stored, outbound: OutboundQueue(slots, written: written, acknowledged: counters.acknowledged),
            storedThrough: through)
    }

    /// Messages of an archive read at a time: nobody else is served before all sessions are there.
    private static let missedPage = 1000

    /// Adds what a session whose queue was lost was to be given, by the account's archive (architecture, "The life of a
    /// stanza"). The end of it is left there if it is much.
    private func addMissed(
        _ session: StoredSession, to queue: inout OutboundQueue, among sessions: [Entitlement],
        _ deliveries: inout RestoredDeliveries
    ) async throws {
        let own = try Entitlement(session)
        let account = own.jid.bare
        let others = sessions.filter { $0.jid != own.jid }
        let memory = configuration.limits.queueMemory
        var after = ArchiveID.first(at: own.start)
        while true {
            let page = try await archive.after(session.account, after, limit: Self.missedPage)
            for message in page where !own.isPast(message.id) {
                let (id, isOutgoing) = (message.id, message.isOutgoing)
                if isOutgoing, !session.status.hasCarbons { continue }
                guard let stanza = try? Stanza(XMLElement(parsing: message.stanza)),
                    let form = own.form(of: stanza, id, isOutgoing: isOutgoing, among: sessions)
                else { continue }
                var entry = OutboundQueue.Entry(
                    stanza: form.stanza(stanza.archived(id, by: account), isOutgoing: isOutgoing, for: own.jid),
                    isStored: isOutgoing, archiveID: id, arrived: id.milliseconds)
                if !isOutgoing, !others.isEmpty {
                    let isTaken = others.contains {
                        $0.hasHad(id) && $0.form(of: stanza, id, isOutgoing: false, among: sessions) != nil
                    }
                    entry.shared = deliveries.join(id, isTaken: isTaken)
                }
                queue.append(entry, isWritten: false)
            }
            if queue.bytes > memory { queue.leaveToArchive(keeping: memory / 2) }
            guard let last = page.last, page.count == Self.missedPage else { return }
            after = last.id
        }
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
