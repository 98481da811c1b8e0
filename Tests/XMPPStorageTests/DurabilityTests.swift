//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

import Foundation
import Testing

@testable import XMPPStorage

@Suite struct DurabilityTests {
    let folder: TemporaryFolder
    let path: String

    init() throws {
        folder = try TemporaryFolder()
        path = folder.file("xmpp.sqlite")
    }

    @Test func opensWithTheSettingsThatKeepCommits() async throws {
        let database = try XMPPDatabase(path: path)
        #expect(try await database.setting("journal_mode") == "wal")
        #expect(try await database.setting("synchronous") == "2")
        #expect(try await database.setting("foreign_keys") == "1")
        #expect(try await database.setting("wal_autocheckpoint") == "4000")
        #expect(try await database.setting("busy_timeout") == "5000")
        await database.close()
    }

    @Test func filesAreTheServersAlone() async throws {
        // A file that is there already with a wider mode is narrowed.
        #expect(FileManager.default.createFile(atPath: path, contents: nil, attributes: [.posixPermissions: 0o644]))
        let database = try XMPPDatabase(path: path)
        try await VCardStore(database).set("<vCard/>", of: "romeo@montague.lit")
        for name in try folder.names() {
            #expect(try folder.mode(of: name) == 0o600, "\(name)")
        }
        #expect(try folder.names() == ["xmpp.sqlite", "xmpp.sqlite-shm", "xmpp.sqlite-wal"])
        await database.close()
    }

    @Test func whatWasAnsweredSurvivesACrash() async throws {
        let database = try XMPPDatabase(path: path)
        let store = OfflineStore(database, quota: StorageQuota(stanzas: 1000, bytes: 100_000))
        for number in 0..<50 {
            try await store.append(
                NewOfflineStanza(account: "romeo@montague.lit", stanza: "<m n='\(number)'/>", stamp: 1))
        }
        let copy = try folder.copyAsAfterCrash(path, to: "after-crash.sqlite")
        let revived = try XMPPDatabase(path: copy)
        let loaded = try await OfflineStore(revived, quota: store.quota).load("romeo@montague.lit", limit: 100)
        #expect(loaded.map(\.stanza) == (0..<50).map { "<m n='\($0)'/>" })
        await revived.close()
        await database.close()
    }

    @Test func abandonedDatabaseCanBeOpenedAgain() async throws {
        do {
            let database = try XMPPDatabase(path: path)
            try await VCardStore(database).set("<vCard/>", of: "romeo@montague.lit")
        }
        let again = try XMPPDatabase(path: path)
        #expect(try await VCardStore(again).vCard(of: "romeo@montague.lit") == "<vCard/>")
        try await VCardStore(again).set("<vCard>2</vCard>", of: "romeo@montague.lit")
        await again.close()
    }

    @Test func closeCommitsWhatWaitsAndRefusesTheRest() async throws {
        let database = try XMPPDatabase(path: path)
        let store = VCardStore(database)
        for number in 0..<100 {
            database.submit {
                try store.set("<vCard/>", of: "u\(number)@a.lit", in: $0)
            } completion: { _ in
            }
        }
        await database.close()
        await database.close()
        await #expect(throws: StorageError.closed) { try await store.set("<vCard/>", of: "late@a.lit") }
        await #expect(throws: StorageError.closed) { try await store.vCard(of: "u1@a.lit") }
        // A closed database leaves one file.
        #expect(try folder.names() == ["xmpp.sqlite"])
        let again = try XMPPDatabase(path: path)
        #expect(try await VCardStore(again).vCard(of: "u99@a.lit") == "<vCard/>")
        #expect(try await VCardStore(again).vCard(of: "late@a.lit") == nil)
        await again.close()
    }

    @Test func fullDiskFailsTheWholeGroupAndRecovers() async throws {
        let database = try XMPPDatabase(path: path)
        let store = VCardStore(database)
        let accounts = AccountStore(database)
        try await store.set("<vCard>before</vCard>", of: "romeo@montague.lit")
        // SQLite takes the present size for anything smaller.
        try await database.limitSize(pages: 1)
        let large = String(repeating: "x", count: 1 << 20)
        await #expect(throws: StorageError.diskFull) { try await store.set(large, of: "juliet@capulet.lit") }

        let gate = WriterGate()
        await gate.hold(database)
        let results = WriteResults()
        database.submit {
            try accounts.create("small@a.lit", credentials: [], created: 1, in: $0)
        } completion: {
            results.add($0)
        }
        database.submit {
            try store.set(large, of: "juliet@capulet.lit", in: $0)
        } completion: {
            results.add($0)
        }
        gate.release()
        await database.drain()
        #expect(results.failures == [.diskFull, .diskFull])
        #expect(database.statistics.failedCommits >= 2)
        #expect(try await store.vCard(of: "romeo@montague.lit") == "<vCard>before</vCard>")
        #expect(try await !accounts.exists("small@a.lit"))

        try await database.limitSize(pages: 1_000_000)
        try await store.set(large, of: "juliet@capulet.lit")
        try await accounts.create("small@a.lit", credentials: [], created: 1)
        #expect(try await store.vCard(of: "juliet@capulet.lit") == large)
        await database.close()
    }

    @Test func fullDiskIsNotHiddenByAnOperationThatCatchesIt() async throws {
        let database = try XMPPDatabase(path: path)
        let store = VCardStore(database)
        try await database.limitSize(pages: 1)
        let large = String(repeating: "x", count: 1 << 20)
        await #expect(throws: StorageError.diskFull) {
            try await database.write { context in
                try? store.set(large, of: "juliet@capulet.lit", in: context)
            }
        }
        await database.close()
    }

    @Test func refusesAFileThatIsNoDatabase() throws {
        try Data(repeating: 0x41, count: 8192).write(to: URL(fileURLWithPath: path))
        let error = #expect(throws: StorageError.self) { try XMPPDatabase(path: path) }
        guard case .corrupt = error else {
            Issue.record("\(String(describing: error))")
            return
        }
    }

    @Test func refusesADamagedDatabase() async throws {
        let database = try XMPPDatabase(path: path)
        let store = VCardStore(database)
        for number in 0..<200 {
            try await store.set(String(repeating: "x", count: 2000), of: "u\(number)@a.lit")
        }
        await database.close()
        var bytes = try Data(contentsOf: URL(fileURLWithPath: path))
        // Every page from the fifth on, so that whichever tree lies there is hit.
        for offset in stride(from: 5 * 4096, to: bytes.count - 16, by: 4096) {
            bytes.replaceSubrange(offset..<(offset + 16), with: [UInt8](repeating: 0xEE, count: 16))
        }
        try bytes.write(to: URL(fileURLWithPath: path))
        let error = #expect(throws: StorageError.self) { try XMPPDatabase(path: path) }
        guard case .corrupt = error else {
            Issue.record("\(String(describing: error))")
            return
        }
    }

    @Test func saysWhyAFileCannotBeOpened() throws {
        let missing = folder.file("missing/xmpp.sqlite")
        #expect(throws: StorageError.cannotOpen(path: missing, reason: "No such file or directory")) {
            try XMPPDatabase(path: missing)
        }
    }
}
