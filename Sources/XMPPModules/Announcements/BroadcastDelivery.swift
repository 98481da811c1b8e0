//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

internal import Logging
internal import Metrics
internal import XMPPCore
internal import XMPPServer
internal import XMPPStorage

/// Takes one broadcast to its recipients: those who are online have it at once, the others from the store, which takes
/// it for all of them in one write.
struct BroadcastDelivery: Sendable {
    /// Accounts read from the store at a time.
    private static let page = 1000

    let message: BroadcastMessage
    let sender: JID
    let server: ServerCore

    /// Everybody the message is for, each once, its sender left out.
    ///
    /// - Throws: `StorageError`.
    func recipients(in audience: Audience, host: String) async throws -> [JID] {
        switch audience {
        case .online:
            return server.accounts.all.filter { $0.jid != sender && $0.jid.domain == host && $0.takesMessages }
                .map(\.jid)
        case .all:
            return try await accounts(of: host, except: [])
        case .group(let group):
            let named = Set(group.accounts)
            var recipients = group.accounts.filter { $0 != sender }
            for host in group.hosts.sorted() { recipients += try await accounts(of: host, except: named) }
            return recipients
        }
    }

    /// - Throws: `StorageError` if those who are offline cannot be reached.
    func deliver(to recipients: [JID], isKept: Bool) async throws {
        var waiting: [JID] = []
        for account in recipients {
            guard server.isHost(account.domain) else {
                await server.route(message.copy(to: account))?()
                continue
            }
            if !deliverNow(to: account), isKept { waiting.append(account) }
        }
        try await keep(for: waiting)
    }

    private func accounts(of host: String, except done: Set<JID>) async throws -> [JID] {
        var accounts: [JID] = []
        var last: String?
        repeat {
            let page = try await server.accountStore.list(host: host, after: last, limit: Self.page)
            for stored in page {
                guard let account = try? JID(stored.account), account != sender, !done.contains(account) else {
                    continue
                }
                accounts.append(account)
            }
            last = page.last?.account
        } while last != nil
        return accounts
    }

    private func deliverNow(to account: JID) -> Bool {
        let copy = message.copy(to: account)
        guard server.accounts.online(account)?.deliverToAvailable(copy) == true else { return false }
        server.observe(copy, to: account)
        return true
    }

    /// Stores the message for all who have not had it; returns when it is committed.
    private func keep(for accounts: [JID]) async throws {
        guard !accounts.isEmpty else { return }
        let stamp = Timestamp.now().milliseconds
        let message = message
        let offline = server.offline
        let store = server.accountStore
        // Copies are made one at a time while they are written: what waits for the writer is the list.
        let result = try await server.database.write(bytes: accounts.count * MemoryLayout<JID>.size) { context in
            var result = Outcome()
            for account in accounts {
                // A group may name accounts that were never made.
                guard try store.account(account.bareString, in: context) != nil else { continue }
                let text = String(decoding: message.copy(to: account).xmlBytes, as: UTF8.self)
                do {
                    try offline.append(
                        NewOfflineStanza(account: account.bareString, stanza: text, stamp: stamp), in: context)
                    result.stored.append(account)
                } catch StorageError.quotaExceeded {
                    result.full += 1
                }
            }
            return result
        }
        server.metrics.offlineStored.increment(by: Int64(result.stored.count))
        if result.full > 0 {
            server.log.warning("A broadcast did not fit in full mailboxes", metadata: ["accounts": "\(result.full)"])
        }
        // Who became available before the commit has not seen it.
        for account in result.stored {
            server.observe(message.copy(to: account), to: account)
            guard let online = server.accounts.online(account), online.takesMessages else { continue }
            await server.deliverOffline(to: online)
        }
    }

    private struct Outcome: Sendable {
        var stored: [JID] = []
        var full = 0
    }
}
