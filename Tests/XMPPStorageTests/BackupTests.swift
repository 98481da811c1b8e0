//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

import Foundation
import Synchronization
import Testing
import XMPPStorage

@Suite struct BackupTests {
    private final class Flag: Sendable {
        private let value = Mutex(false)

        var isSet: Bool { value.withLock { $0 } }

        func set() { value.withLock { $0 = true } }
    }

    let folder: TemporaryFolder
    let database: XMPPDatabase
    let quota = StorageQuota(stanzas: 100_000, bytes: 10_000_000)

    init() throws {
        folder = try TemporaryFolder()
        database = try XMPPDatabase(path: folder.file("xmpp.sqlite"))
    }

    @Test func copyHoldsWhatTheOriginalHolds() async throws {
        let item = StoredRosterItem(contact: "juliet@capulet.lit", groups: ["A"], subscription: .both)
        try await AccountStore(database).create("romeo@montague.lit", credentials: [], created: 1)
        try await RosterStore(database).update("romeo@montague.lit", .put(item))
        try await MetaStore(database).set([1, 2, 3], for: "secret")
        let path = try await database.backup(intoDirectory: folder.path, stamp: 1_763_785_128_123)
        #expect(path == folder.file("switchboard-20251122T041848123Z.sqlite"))
        #expect(try folder.mode(of: "switchboard-20251122T041848123Z.sqlite") == 0o600)
        // One file and nothing beside it but the original's three.
        #expect(try folder.names().filter { !$0.hasPrefix("xmpp.sqlite") }.count == 1)

        let copy = try XMPPDatabase(path: path)
        #expect(try await AccountStore(copy).exists("romeo@montague.lit"))
        #expect(try await RosterStore(copy).load("romeo@montague.lit").items == [item])
        #expect(try await MetaStore(copy).value(for: "secret") == [1, 2, 3])
        #expect(try await MetaStore(copy).value(for: "backup-copy") == nil)
        await copy.close()
        await database.close()
    }

    @Test func copyMadeWhileWritingIsOneMoment() async throws {
        let store = OfflineStore(database, quota: quota)
        let database = database
        let isDone = Flag()
        let account = "romeo@montague.lit"
        let copyPath = folder.file("copy.sqlite")
        try await withThrowingTaskGroup { group in
            group.addTask {
                var number: Int64 = 0
                while !isDone.isSet || number < 200 {
                    try await store.append(NewOfflineStanza(account: account, stanza: "<m/>", stamp: number))
                    number += 1
                }
            }
            group.addTask {
                for _ in 0..<3 {
                    try await database.backup(to: copyPath)
                }
                isDone.set()
            }
            try await group.waitForAll()
        }
        let all = try await store.load(account, limit: .max)
        let copy = try XMPPDatabase(path: copyPath)
        let copied = try await OfflineStore(copy, quota: quota).load(account, limit: .max)
        #expect(copied == Array(all.prefix(copied.count)))
        #expect(try await OfflineStore(copy, quota: quota).count(account) == copied.count)
        await copy.close()
        await database.close()
    }

    @Test func openedCopyNeverRepeatsWhatTheOriginalHandsOut() async throws {
        let outbox = DelegationOutbox(database, quota: quota)
        let rosters = RosterStore(database)
        let stanza = NewOutboxStanza(component: "bridge", address: "a@b", stanza: "<m/>", stamp: 1)
        try await outbox.append(stanza)
        let known = try await rosters.update("romeo@montague.lit", .put(StoredRosterItem(contact: "x@y")))
        let path = folder.file("copy.sqlite")
        try await database.backup(to: path)
        // The original goes on, and then is lost.
        let lostID = try await outbox.append(stanza)
        let lostVersion = try await rosters.update("romeo@montague.lit", .put(StoredRosterItem(contact: "lost@y")))
        await database.close()

        let copy = try XMPPDatabase(path: path)
        let whole = try await RosterStore(copy).load("romeo@montague.lit")
        #expect(whole.version > lostVersion)
        for version in [known, lostVersion] {
            #expect(try await RosterStore(copy).changes("romeo@montague.lit", since: version) == .whole(whole))
        }
        let id = try await DelegationOutbox(copy, quota: quota).append(stanza)
        #expect(id > lostID)
        await copy.close()

        // The counters jump once, not at each start.
        let again = try XMPPDatabase(path: path)
        #expect(try await DelegationOutbox(again, quota: quota).append(stanza) == id + 1)
        #expect(try await RosterStore(again).load("romeo@montague.lit") == whole)
        await again.close()
    }

    @Test func replacesAnOldCopyWhole() async throws {
        let path = folder.file("copy.sqlite")
        try Data("old".utf8).write(to: URL(fileURLWithPath: path))
        try Data("rest of a broken attempt".utf8).write(to: URL(fileURLWithPath: path + ".partial"))
        try await database.backup(to: path)
        let copy = try XMPPDatabase(path: path)
        #expect(try await AccountStore(copy).list(host: "montague.lit").isEmpty)
        await copy.close()
        await database.close()
    }

    @Test func saysWhyACopyCannotBeMade() async throws {
        let path = folder.file("missing/copy.sqlite")
        await #expect(
            throws: StorageError.cannotOpen(path: path + ".partial", reason: "No such file or directory")
        ) {
            try await database.backup(to: path)
        }
        await database.close()
    }
}
