//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

internal import Logging
internal import XMPPCore
internal import XMPPPayloads
internal import XMPPStorage
internal import XMPPXML

extension ServerCore {
    /// How often the removal of what was delivered is tried, once a second.
    private static let removals = 30

    /// Finds out how far the offline store goes, before anything is written to it.
    func readOfflineRows() async throws {
        offlineRows.commit(try await offline.newest())
    }

    /// Delivers what waited for an account to the session that takes its messages (XEP-0160 §2): in order, so much at a
    /// time, each part removed from the store when the session has had it. Returns when nothing more can be handed over
    /// before that. Does nothing while that is being done already: then the store is looked at again.
    package func deliverOffline(to account: Account) async {
        guard let reading = account.beginOffline() else { return }
        await deliverOffline(reading, of: account)
    }

    /// Begins to deliver what waits for the account of a session that takes messages from now on; nil if that is nothing, or
    /// if it is done anyway.
    func beginOffline(_ session: SessionHandle, _ account: Account) -> OfflineReading? {
        let emptySince = account.takeEmptySince(session)
        guard let reading = account.beginOffline() else { return nil }
        // Whoever has stored something since has told of it, or is about to and then looks for a session to give it to.
        if let emptySince, offlineRows.newest == emptySince, account.endOffline(reading) { return nil }
        return reading
    }

    /// Something may be given now that was not before.
    func lookAgain(_ account: JID) {
        guard let account = accounts.online(account), account.takesMessages, let reading = account.beginOffline() else {
            return
        }
        background { [self] in await deliverOffline(reading, of: account) }
    }

    func deliverOffline(_ reading: OfflineReading, of account: Account) async {
        if reading.isNew, let flush = account.flushBeforeMissed(reading) {
            await withCheckedContinuation { continuation in
                reading.session.link.perform { session in
                    session.makeWay(for: flush)
                    continuation.resume()
                }
            }
        }
        do {
            var after: OfflinePlace?
            while true {
                // What the writer has not told of yet has its turn later: something older may have none in the store.
                let newest = offlineRows.newest
                let end = detours.first(account.jid.bareString) ?? .max
                guard let room = account.offlineRoom(reading) else { return }
                // Where nothing more may be handed over, whether there is more.
                let page = try await offline.load(
                    account.jid.bareString, after: after, limit: max(1, room.rows) + room.handed.count)
                // Nobody has told, and nobody is to tell, of what another process has put there.
                let untold = untoldRows.all
                let isQuiet = offlineRows.newest == newest
                let left = page.filter { !room.handed.contains($0.id) }
                if left.isEmpty, let last = page.last {
                    after = last.place
                    continue
                }
                // Nothing goes before what has to wait.
                let found = Array(
                    left.prefix { row in
                        row.place.position < end && (row.id <= newest || isQuiet && !untold.contains(row.id))
                    })
                guard !found.isEmpty else {
                    if account.endOffline(reading) { return }
                    after = nil
                    continue
                }
                guard room.rows > 0 else {
                    if account.pauseOffline(reading) { return }
                    continue
                }
                let profile = try await profiles.load(account.jid, server: self)
                guard let last = handOver(found, within: room, reading, of: account, profile) else { return }
                after = last
            }
        } catch {
            account.abortOffline(reading)
            log.error("Waiting messages could not be read", metadata: ["error": "\(error)"])
        }
    }

    private func removeDelivered(_ part: OfflinePart, _ reading: OfflineReading, of account: Account) async {
        guard await remove(part.rows, of: account, while: { account.isReceivingOffline(reading) }) else {
            return account.abortOffline(reading)
        }
        // Its resource may have been taken, and its successor been given the rest.
        if account.removedOffline(part, reading) { await deliverOffline(reading, of: account) }
    }

    /// Removes what has been delivered; false if it is still there. A full disk is asked again: nothing else would give the
    /// session the rest.
    func remove(_ rows: [Int64], of account: Account, while isWanted: () -> Bool) async -> Bool {
        for _ in 1...Self.removals {
            do {
                try await offline.delete(account.jid.bareString, rows)
                return true
            } catch {
                log.error("Delivered messages could not be removed", metadata: ["error": "\(error)"])
                guard isWanted() else { return false }
                try? await Task.sleep(for: .seconds(1))
            }
        }
        return false
    }

    /// Gives the session as much of what was found as it is to take at once.
    ///
    /// - Returns: the place of the last; nil if the session takes no more.
    private func handOver(
        _ found: [StoredOfflineStanza], within room: OfflineRoom, _ reading: OfflineReading, of account: Account,
        _ profile: AccountProfile
    ) -> OfflinePlace? {
        let session = reading.session
        var last: OfflinePlace?
        var part = OfflinePart(rows: [], bytes: 0)
        for row in found where part.rows.count < room.rows && part.bytes < room.bytes {
            part.rows.append(row.id)
            part.bytes += row.stanza.utf8.count
            last = row.place
        }
        let looked = part.rows.count
        guard account.noteOffline(&part, reading) else { return nil }
        let given = Set(part.rows)
        // What the session has read in the archive does not come again.
        let known = account.session(session.jid.resource ?? "")?.archivedRows ?? 0
        for row in found.prefix(looked) where given.contains(row.id) {
            // With one that has left the archive there is nothing to deliver.
            if row.archiveID != nil, row.id <= known || row.stanza.isEmpty { continue }
            do {
                let stanza = try DelayedStanza.read(row.stanza, stamp: row.stamp, host: session.jid.domainJID)
                // XEP-0191 §3.3: nothing of who is blocked by now. What is in the archive stays there.
                if refuses(stanza, to: account.jid, profile) { continue }
                session.deliverStored(
                    row.archiveID.map { stanza.archived($0, by: account.jid) } ?? stanza, row: row.id,
                    archiveID: row.archiveID, arrived: row.archiveID?.milliseconds ?? row.stamp)
            } catch {
                log.error("A waiting message is not readable", metadata: ["row": "\(row.id)", "error": "\(error)"])
            }
        }
        let taken = part
        session.afterTaken { [self] in
            background { [self] in await removeDelivered(taken, reading, of: account) }
        }
        return last
    }
}

/// A stanza out of a store.
enum DelayedStanza {
    /// Reads it and says since when it has waited, in milliseconds since 1970 (XEP-0203 §3).
    static func read(_ text: String, stamp: Int64, host: JID) throws -> Stanza {
        let element = try XMLElement(parsing: text)
        // It has been on its way before.
        if let told = element.child("delay", DelayedDelivery.namespace), told["from"] == host.description {
            return try Stanza(element)
        }
        let delay = DelayedDelivery(stamp: Timestamp(milliseconds: stamp), from: host)
        return try Stanza(element.adding(delay.element))
    }
}
