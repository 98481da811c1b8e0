//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

internal import Logging
internal import XMPPCore
internal import XMPPStorage

/// Reading what of a queue is not listed in memory.
extension ServerCore {
    /// Messages of an archive that are looked at before the session has its turn again, whether or not it gets any.
    private static let lookedAt = 1000
    /// Read at a time.
    private static let readAtOnce = 25

    /// The beginning of a stretch. `key` is its session's, `last` the place of its end.
    func page(
        of jid: JID, _ key: Int64, _ stretch: OutboundQueue.Stretch, through last: Int64
    ) async throws -> OutboundQueue.StretchPage {
        switch stretch.source {
        case .missed(let backlog, let after, let through):
            try await missed(of: jid, key, stretch, backlog, after: after, through: through)
        case .references(let count, let shared):
            try await referred(of: jid, key, stretch, count, shared, through: last)
        }
    }

    private func missed(
        of jid: JID, _ key: Int64, _ stretch: OutboundQueue.Stretch, _ backlog: Backlog, after: ArchiveID,
        through: ArchiveID
    ) async throws -> OutboundQueue.StretchPage {
        var page = OutboundQueue.StretchPage()
        var rest = stretch
        var after = after
        var bytes = 0
        for _ in 0..<Self.lookedAt / Self.readAtOnce {
            let messages = try await archive.after(jid.bareString, after, limit: Self.readAtOnce)
            for message in messages {
                guard message.id <= through else { return page }
                after = message.id
                guard let entry = backlog.entry(message, for: key) else { continue }
                page.entries.append((rest.first, entry))
                rest.first += 1
                bytes += entry.byteCount
            }
            guard messages.count == Self.readAtOnce, after < through else { return page }
            if page.entries.count >= Self.queuePage || bytes > Self.queuePageBytes { break }
        }
        rest.source = .missed(backlog, after: after, through: through)
        rest.arrived = after.milliseconds
        page.rest = rest
        return page
    }

    private func referred(
        of jid: JID, _ key: Int64, _ stretch: OutboundQueue.Stretch, _ count: Int, _ shared: [Int64: SharedDelivery],
        through last: Int64
    ) async throws -> OutboundQueue.StretchPage {
        var page = OutboundQueue.StretchPage()
        var rest = stretch
        var shared = shared
        var count = count
        var bytes = 0
        while page.entries.count < Self.queuePage, bytes <= Self.queuePageBytes {
            let rows = try await sessions.queue(of: key, from: rest.first, limit: Self.readAtOnce)
                .prefix { $0.ordinal <= last }
            let ids = rows.compactMap(\.archiveID)
            let found = try await archive.stanzas(jid.bareString, ids)
            let messages = Dictionary(found.map { ($0.id, $0) }) { first, _ in first }
            for row in rows {
                var spilled = OutboundQueue.Spilled(row)
                spilled.shared = shared.removeValue(forKey: row.ordinal) ?? (row.shared == nil ? nil : .taken)
                rest.first = row.ordinal + 1
                rest.arrived = row.arrived
                count -= 1
                if let message = row.archiveID.flatMap({ messages[$0] }),
                    var entry = try? spilled.entry(message, of: jid)
                {
                    entry.shared = spilled.shared
                    page.entries.append((row.ordinal, entry))
                    bytes += entry.byteCount
                } else {
                    page.lost += 1
                }
            }
            guard rows.count == Self.readAtOnce, rest.first <= last else {
                page.lost += max(0, count)
                return page
            }
        }
        rest.source = .references(count: max(0, count), shared: shared)
        page.rest = rest
        return page
    }

    // MARK: The end of a session

    /// What a session has left, with names in place of stretches, and only of messages that are to be kept.
    func listed(_ legacy: Legacy, of jid: JID) async throws -> Legacy {
        // Who reads the archive finds it there.
        let isRead = accounts.online(jid)?.readsArchive(except: jid) ?? false
        var slots: [(ordinal: Int64, slot: OutboundQueue.Slot)] = []
        for (last, slot) in legacy.slots {
            guard case .stretch(let stretch) = slot else {
                slots.append((last, slot))
                continue
            }
            guard !isRead, let key = legacy.end?.key else {
                stretch.release()
                continue
            }
            var found = 0
            var rest: OutboundQueue.Stretch? = stretch
            while let next = rest {
                // An offline store takes no more names; what is older is given rather than what is newer.
                guard found < StorageLimits.offlineReferences else {
                    next.release()
                    break
                }
                let page = try await page(of: jid, key, next, through: last)
                for (_, entry) in page.entries {
                    guard !entry.isStored, let stanza = entry.original, case .kept = fate(of: stanza) else { continue }
                    slots.append((last, .spilled(entry.spilled(.archived))))
                    found += 1
                }
                rest = page.rest
            }
        }
        return legacy.with(slots)
    }
}

extension OutboundQueue.Stretch {
    /// The session has died, and gives nothing of this to anybody.
    fileprivate func release() {
        guard case .references(_, let shared) = source else { return }
        for delivery in shared.values { _ = delivery.release() }
    }
}

extension OutboundQueue.Spilled {
    /// Without what others were given of it.
    init(_ row: StoredQueueEntry) {
        self.init(
            form: row.form, byteCount: row.stanza.utf8.count, archiveID: row.archiveID, isStored: row.isStored,
            arrived: row.arrived)
    }
}
