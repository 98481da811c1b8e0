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
    /// Rows read at a time.
    private static let offlinePage = 100
    /// Bytes handed over before the session must have taken them: far less than closes a slow client.
    private static let offlineBurst = 262_144

    /// How often the removal of what was delivered is tried, once a second.
    private static let removals = 30

    /// Finds out how far the offline store goes, before anything is written to it.
    func readOfflineRows() async throws {
        offlineRows.commit(try await offline.newest())
    }

    /// Delivers what waited for an account to the session that takes its messages (XEP-0160 §2): in order, page by
    /// page, each removed from the store when the session has it. Returns when the first page is handed over. Does
    /// nothing while another one is under way, which then looks again.
    package func deliverOffline(to account: Account) async {
        guard let session = account.beginOffline() else { return }
        await deliverOffline(to: session, of: account, after: 0)
    }

    func deliverOffline(to session: SessionHandle, of account: Account, after id: Int64) async {
        do {
            var page: [StoredOfflineStanza]
            repeat {
                page = try await offline.load(account.jid.bareString, after: id, limit: Self.offlinePage)
            } while page.isEmpty && !account.endOffline(session)
            let profile = page.isEmpty ? .absent : try await profiles.load(account.jid, server: self)
            guard let last = handOver(page, to: session, of: account, profile) else { return }
            session.afterTaken { [self] in
                background { [self] in
                    await removeDelivered(through: last, of: account, session)
                }
            }
        } catch {
            account.abortOffline(session)
            log.error("Waiting messages could not be read", metadata: ["error": "\(error)"])
        }
    }

    private func removeDelivered(through id: Int64, of account: Account, _ session: SessionHandle) async {
        // A full disk is asked again: nothing else would give the session the rest.
        for attempt in 1... {
            do {
                try await offline.delete(account.jid.bareString, through: id)
                break
            } catch {
                log.error("Delivered messages could not be removed", metadata: ["error": "\(error)"])
                guard attempt < Self.removals, account.isReceivingOffline(session) else {
                    return account.abortOffline(session)
                }
                try? await Task.sleep(for: .seconds(1))
            }
        }
        // Its resource may have been taken, and its successor been given the rest.
        guard account.isReceivingOffline(session) else { return }
        await deliverOffline(to: session, of: account, after: id)
    }

    /// Gives the session as much of a page as it is to take at once.
    ///
    /// - Returns: the last row handed over; nil if the page is empty.
    private func handOver(
        _ page: [StoredOfflineStanza], to session: SessionHandle, of account: Account, _ profile: AccountProfile
    ) -> Int64? {
        var last: Int64?
        var bytes = 0
        // What the session has read in the archive does not come again.
        let known = account.session(session.jid.resource ?? "")?.archivedRows ?? 0
        for row in page where bytes < Self.offlineBurst {
            bytes += row.stanza.utf8.count
            last = row.id
            // With one that has left the archive there is nothing to deliver.
            if row.archiveID != nil, row.id <= known || row.stanza.isEmpty { continue }
            do {
                let stanza = try DelayedStanza.read(row.stanza, stamp: row.stamp, host: session.jid.domainJID)
                // XEP-0191 §3.3: nothing of who is blocked by now. What is in the archive stays there.
                if refuses(stanza, to: account.jid, profile) { continue }
                session.deliverStored(
                    row.archiveID.map { stanza.archived($0, by: account.jid) } ?? stanza, row: row.id)
            } catch {
                log.error("A waiting message is not readable", metadata: ["row": "\(row.id)", "error": "\(error)"])
            }
        }
        return last
    }
}

/// A stanza out of a store.
enum DelayedStanza {
    /// Reads it and says since when it has waited, in milliseconds since 1970 (XEP-0203 §3).
    static func read(_ text: String, stamp: Int64, host: JID) throws -> Stanza {
        let element = try XMLElement(parsing: text)
        let delay = DelayedDelivery(stamp: Timestamp(milliseconds: stamp), from: host)
        return try Stanza(element.adding(delay.element))
    }
}
