//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

import Testing
import XMPPStorage

@Suite struct ReadAndWriteTests {
    let database: XMPPDatabase
    let store: VCardStore
    let romeo = "romeo@montague.lit"

    init() throws {
        database = try XMPPDatabase(inMemory: "read-write")
        store = VCardStore(database)
    }

    @Test func writeReturnsTheOperationsValue() async throws {
        #expect(try await database.write { _ in 42 } == 42)
        let nothing: Int? = try await database.write { _ in nil }
        #expect(nothing == nil)
    }

    @Test func writeThrowsTheOperationsError() async throws {
        await #expect(throws: StorageError.quotaExceeded) {
            try await database.write { _ in throw StorageError.quotaExceeded }
        }
    }

    @Test func readerSeesACommitOnceItIsAnswered() async throws {
        for number in 0..<200 {
            try await store.set("\(number)", of: romeo)
            #expect(try await store.vCard(of: romeo) == "\(number)")
        }
    }

    @Test func readersDoNotWaitForTheWriterNorSeeItsUnfinishedWork() async throws {
        try await store.set("old", of: romeo)
        let gate = WriterGate()
        let (store, romeo) = (store, romeo)
        let results = WriteResults()
        await gate.hold(database)
        database.submit {
            try store.set("new", of: romeo, in: $0)
        } completion: {
            results.add($0)
        }
        await withTaskGroup { group in
            for _ in 0..<20 {
                group.addTask {
                    let seen = try? await store.vCard(of: romeo)
                    #expect(seen == "old")
                }
            }
        }
        gate.release()
        await database.drain()
        #expect(results.successes == 1)
        #expect(try await store.vCard(of: romeo) == "new")
    }

    @Test func cancelledReadSaysSo() async throws {
        let (store, romeo) = (store, romeo)
        let reading = Task {
            while !Task.isCancelled { await Task.yield() }
            do throws(StorageError) {
                _ = try await store.vCard(of: romeo)
                return nil as StorageError?
            } catch {
                return error
            }
        }
        reading.cancel()
        #expect(await reading.value == .cancelled)
        #expect(try await store.vCard(of: romeo) == nil)
    }

    @Test func writeOfACancelledTaskIsStillDone() async throws {
        let (store, romeo) = (store, romeo)
        let writing = Task {
            while !Task.isCancelled { await Task.yield() }
            try await store.set("<vCard/>", of: romeo)
        }
        writing.cancel()
        try await writing.value
        #expect(try await store.vCard(of: romeo) == "<vCard/>")
    }

    @Test func textThatXMLCanCarryComesBackUnchanged() async throws {
        let texts = [
            "", "'; DROP TABLE vcard; --", "é\u{301}\u{9}\u{10FFFD}", "👩‍👩‍👧", String(repeating: "x", count: 300_000),
        ]
        for text in texts {
            try await store.set(text, of: romeo)
            let read = try await store.vCard(of: romeo)
            #expect(read?.utf8.elementsEqual(text.utf8) == true)
        }
    }
}
