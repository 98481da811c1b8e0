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
                    resting.session, queue: resting.queue, keeping: resting.stored, offline: resting.offlineRows,
                    in: context)
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
        for (index, session) in stored.enumerated() {
            do {
                try await wake(session, on: resources[index % resources.count])
                count += 1
            } catch {
                log.error(
                    "A session could not be brought back",
                    metadata: ["account": "\(session.account)", "error": "\(error)"])
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

    private func wake(_ stored: StoredSession, on resources: LoopResources) async throws {
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
        let (outbound, storedThrough) = try await queue(of: stored)
        let counters = stored.counters
        var resumption = Resumption(
            id: stored.id, key: stored.key, seconds: stored.seconds,
            position: ArchivePosition(counters.position, recent: counters.recent))
        resumption.marked = counters.handled
        resumption.durable = counters.handled
        resumption.status = stored.status
        resumption.storedThrough = storedThrough
        resumption.needsPresence = stored.rest.map { $0.written == SessionRest.unknown } ?? true
        let directed = Set(stored.status.directed.compactMap { try? JID($0) })
        let id = nextSessionID()
        let woken = resumption
        try await resources.loop.submit { [self] in
            let handle = SessionHandle(id: id, jid: jid, link: SessionLink(EndedSession(self, jid), on: resources))
            let (online, replaced) = accounts.add(handle, roster: roster)
            // Its resource had been taken when the server died.
            replaced?.end(StreamError(.conflict))
            online.setBlockListIfUnknown(blocked)
            let presence = own.map { tables.rewritten($0, of: account, self) }
            let priority = own.flatMap { try? PresencePriority.read($0) } ?? 0
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
                session.ownPresence = own
                session.presence = presence
                session.priority = priority
                session.detachedSince = now
            }
            let state = ResumableState(
                handle: handle, resumption: woken, handled: counters.handled, outbound: outbound, directed: directed)
            DetachedSession(self, on: resources, state).begin(seconds: stored.rest?.remaining ?? stored.seconds)
        }.get()
    }

    /// What waits for a session's client: all of it after a clean stop, else what no archive holds, and from the archive
    /// what the client has not had.
    private func queue(of stored: StoredSession) async throws -> (OutboundQueue, storedThrough: Int64?) {
        var slots: [(ordinal: Int64, slot: OutboundQueue.Slot)] = []
        var bytes = 0
        var next = Int64.min
        var through: Int64?
        while true {
            let page = try await sessions.queue(of: stored.key, from: next, limit: Self.queuePage)
            for row in page {
                through = row.ordinal
                // Of a session whose server died, what the archive holds comes from there, with all that came later.
                if stored.rest == nil, row.archiveID != nil { continue }
                if bytes > configuration.limits.queueMemory / 2, stored.rest != nil {
                    slots.append((row.ordinal, .spilled(.init(archiveID: row.archiveID, arrived: row.arrived))))
                    continue
                }
                let entry = try row.entry()
                if stored.rest == nil, entry.stanza.kind != .message { continue }
                bytes += entry.byteCount
                slots.append((row.ordinal, .entry(entry)))
            }
            guard let last = page.last, page.count == Self.queuePage else { break }
            next = last.ordinal + 1
        }
        let counters = stored.counters
        guard let rest = stored.rest else {
            let missed = try await missed(stored)
            var queue = OutboundQueue(slots, written: nil, acknowledged: counters.acknowledged)
            for entry in missed { queue.append(entry, isWritten: false) }
            return (queue, through)
        }
        let written = rest.written == SessionRest.unknown ? nil : rest.written
        return (OutboundQueue(slots, written: written, acknowledged: counters.acknowledged), through)
    }

    /// Messages of an archive read at a time: nobody else is served before all sessions are there.
    private static let missedPage = 1000

    /// What a session whose queue was lost was to be given, by the account's archive (architecture, "The life of a
    /// stanza").
    private func missed(_ session: StoredSession) async throws -> [OutboundQueue.Entry] {
        let own = try session.status.presence.map { try Stanza(XMLElement(parsing: $0)) }
        let takesMessages = own.map { ((try? PresencePriority.read($0)) ?? 0) >= 0 } ?? false
        let account = try JID(session.account)
        let jid = try account.with(resource: session.resource)
        let position = ArchivePosition(session.counters.position, recent: session.counters.recent)
        var entries: [OutboundQueue.Entry] = []
        var after = ArchiveID.first(at: position.start)
        while true {
            let page = try await archive.after(session.account, after, limit: Self.missedPage)
            for message in page where !position.includes(message.id) {
                if message.isOutgoing, !session.status.hasCarbons { continue }
                guard let stanza = try? Stanza(XMLElement(parsing: message.stanza)), let to = stanza.to else {
                    continue
                }
                let named = stanza.archived(message.id, by: account)
                let copy: Stanza?
                if !message.isOutgoing, to == jid || to.isBare && takesMessages {
                    copy = named
                } else if session.status.hasCarbons {
                    copy = carbon(of: named, isOutgoing: message.isOutgoing, for: jid)
                } else {
                    copy = nil
                }
                guard let copy else { continue }
                entries.append(
                    OutboundQueue.Entry(
                        stanza: copy, isStored: message.isOutgoing, archiveID: message.id,
                        arrived: message.id.milliseconds))
            }
            guard let last = page.last, page.count == Self.missedPage else { return entries }
            after = last.id
        }
    }

    /// The copy that a session was to be given of what another one of the account has sent or received (XEP-0280).
    private func carbon(of message: Stanza, isOutgoing: Bool, for jid: JID) -> Stanza? {
        let direction: Carbons.Direction = isOutgoing ? .sent : .received
        guard message.from != jid, CarbonPolicy.copies(message, direction) else { return nil }
        var copy = Carbons.copy(message, direction, of: jid.bare)
        copy.to = jid
        return copy
    }
}
