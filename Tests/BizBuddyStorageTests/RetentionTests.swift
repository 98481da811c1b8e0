//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

import BizBuddyCore
import BizBuddyStorage
import Foundation
import Testing

@Suite struct RetentionTests {
    private let folder: TemporaryFolder
    private let store: ServiceStore
    private let now: Instant

    /// A store with one closed conversation in it, and nothing of it elsewhere.
    init() async throws {
        folder = try TemporaryFolder()
        store = try ServiceStore(path: folder.file("bridge.sqlite"))
        _ = try await store.load()
        var scenario = Scenario()
        scenario.say("something quite unmistakable", from: 1)
        let id = try #require(scenario.state.conversations.keys.first)
        scenario.apply(.lookupFinished(conversation: id, result: .notFound))
        scenario.apply(.acceptOffer(agent: Scenario.alice, conversation: id))
        scenario.apply(.close(agent: Scenario.alice, conversation: id, disposition: nil))
        var change = scenario.take()
        change.outgoing = []
        change.snapshot = scenario.state
        _ = try await store.commit(change)
        now = scenario.now
    }

    private func count() async throws -> Int {
        try await store.archived(customer: Scenario.customer(1), limit: 9).count
    }

    private func isOnDisk() throws -> Bool {
        try ["", "-wal"].contains { suffix in
            let path = folder.file("bridge.sqlite") + suffix
            guard FileManager.default.fileExists(atPath: path) else { return false }
            let bytes = try Data(contentsOf: URL(fileURLWithPath: path))
            return String(decoding: bytes, as: UTF8.self).contains("something quite unmistakable")
        }
    }

    @Test func keepsWhatIsNotOld() async throws {
        let policy = RetentionPolicy(conversations: .seconds(86_400))
        #expect(try await store.deleteConversations(policy, at: now + .seconds(86_000)).isEmpty)
        #expect(try await store.deleteConversations(RetentionPolicy(), at: now + .seconds(86_400 * 4000)).isEmpty)
        #expect(try await count() == 1)
        #expect(try isOnDisk())
    }

    @Test func leavesNothingOfWhatIsOld() async throws {
        let policy = RetentionPolicy(conversations: .seconds(86_400))
        #expect(try await store.deleteConversations(policy, at: now + .seconds(86_500)) == [Scenario.contact: 1])
        #expect(try await count() == 0)
        #expect(try !isOnDisk(), "not in the file, not in its log")
    }

    @Test func followsWhatHoldsForAContact() async throws {
        let longer = RetentionPolicy(conversations: .seconds(1), contacts: [Scenario.contact: .seconds(1000)])
        #expect(try await store.deleteConversations(longer, at: now + .seconds(500)).isEmpty)
        let other = RetentionPolicy(contacts: [ContactAddress("sales@acme.example"): .seconds(1)])
        #expect(try await store.deleteConversations(other, at: now + .seconds(500)).isEmpty)
        #expect(try await store.deleteConversations(longer, at: now + .seconds(1001)) == [Scenario.contact: 1])
    }

    @Test func deletesOldNotes() async throws {
        let book = try CustomerBook(path: folder.file("people.sqlite")) { "p-1" }
        let tom = CanonicalAddress(CustomerAddress("tom@home.example"))
        try await book.note("an old one", by: "alice", about: tom, at: 1)
        try await book.note("a new one", by: "alice", about: tom, at: 100)
        #expect(try await book.deleteNotes(before: 50) == 1)
        #expect(try await book.person(at: tom)?.notes.map(\.text) == ["a new one"])
    }
}
