//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

import Testing

@testable import XMPPStorage

@Suite struct StorageErrorTests {
    @Test(arguments: [
        (StorageError.exists, "exists already"),
        (.notFound, "not found"),
        (.quotaExceeded, "quota exceeded"),
        (.overloaded, "too many writes are waiting"),
        (.closed, "the database is closed"),
        (.diskFull, "the disk is full"),
        (.io("SQLite 10"), "the disk failed: SQLite 10"),
        (.corrupt("page 3"), "the database is damaged: page 3"),
        (
            .newerSchema(unknownMigrations: ["v8", "v9"]),
            "the database was written by a newer version of the program; unknown migrations: v8, v9"
        ),
        (.cannotOpen(path: "/a", reason: "Permission denied"), "cannot open the database /a: Permission denied"),
        (.cancelled, "cancelled"),
        (.failed("SQLite 19"), "the operation failed: SQLite 19"),
    ])
    func describesItself(error: StorageError, description: String) {
        #expect(error.description == description)
    }

    @Test func onlyFailuresOfTheFileSpoilAGroup() {
        for error: StorageError in [.diskFull, .io(""), .corrupt("")] {
            #expect(error.concernsWholeDatabase)
        }
        for error: StorageError in [.exists, .notFound, .quotaExceeded, .overloaded, .closed, .cancelled, .failed("")] {
            #expect(!error.concernsWholeDatabase)
        }
    }

    @Test func foreignErrorsLoseTheirText() {
        struct Secretive: Error {
            let text = "the customer's words"
        }
        #expect(StorageError(Secretive()) == .failed("Secretive"))
        #expect(StorageError(CancellationError()) == .cancelled)
        #expect(StorageError(StorageError.notFound as any Error) == .notFound)
    }

    @Test func constraintsAreTheOperationsOwnFailureAndTellNoValues() async throws {
        let database = try XMPPDatabase(inMemory: "constraint")
        let store = AccountStore(database)
        try await store.create("romeo@montague.lit", credentials: [], created: 1)
        let secret = StoredCredential(
            mechanism: "SCRAM-SHA-1", salt: Array("secret salt".utf8), iterations: 1, storedKey: [1], serverKey: [2])
        do {
            try await store.setCredentials([secret, secret], of: "romeo@montague.lit")
            Issue.record("the second row breaks the primary key")
        } catch {
            #expect(error.description.contains("UNIQUE constraint failed"))
            #expect(!error.description.contains("secret"))
        }
        #expect(database.statistics.failedCommits == 0)
    }
}
