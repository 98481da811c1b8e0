//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

import Testing
import XMPPStorage

@Suite struct BroadcastStoreTests {
    private let database: XMPPDatabase
    private let store: BroadcastStore
    private let all = "all@broadcast.acme.example"
    private let people = ["alice", "bob", "carol"].map { $0 + "@acme.example" }

    init() async throws {
        database = try XMPPDatabase(inMemory: "broadcasts")
        store = BroadcastStore(database)
        for account in people { try await AccountStore(database).create(account, credentials: [], created: 1) }
    }

    @discardableResult
    private func create(
        _ id: String, from address: String? = nil, to accounts: [String]? = nil, sent: Int64 = 0, limit: Int = 10
    ) async throws -> Int64 {
        let broadcast = NewBroadcast(
            address: address ?? all, id: id, sender: "dave@acme.example", summary: id, sent: sent)
        let recipients = (accounts ?? people).map { (account: $0, isLocal: $0.hasSuffix("@acme.example")) }
        return try await database.write { [store] context in
            let number = try store.create(broadcast, limit: limit, in: context)
            try store.add(recipients, to: number, in: context)
            return number
        }
    }

    private func acknowledge(
        _ address: String, id: String?, by account: String, at time: Int64
    ) async throws -> [BroadcastProgress]? {
        try await database.write { [store] in
            try store.acknowledge(address, id: id, by: account, at: time, in: $0)
        }
    }

    private func isWaiting(_ address: String, for account: String) async throws -> Bool {
        try await database.write { [store] in try store.isWaiting(address, for: account, in: $0) }
    }

    @Test func countsWhoHasReadIt() async throws {
        let number = try await create("one", to: people + ["nobody@acme.example", "guest@far.example"])
        #expect(try await store.broadcast(number)?.recipients == 4)
        let progress = try await acknowledge(all, id: "one", by: people[0], at: 5)
        #expect(progress == [BroadcastProgress(number: number, waiting: 3)])
        // Once is enough, and others have no say.
        #expect(try await acknowledge(all, id: "one", by: people[0], at: 6) == [])
        #expect(try await acknowledge(all, id: "one", by: "nobody@acme.example", at: 6) == nil)
        #expect(try await acknowledge(all, id: "two", by: people[1], at: 6) == nil)
        #expect(try await acknowledge("x@broadcast.acme.example", id: "one", by: people[1], at: 6) == nil)
        #expect(try await store.untold().map(\.number) == [number])
        try await store.setTold(1, of: number)
        #expect(try await store.untold() == [])
        let read = try await store.recipients(of: number, haveRead: true, limit: 10)
        #expect(read.map(\.account) == [people[0]] && read.map(\.seen) == [5])
        #expect(try await store.recipients(of: number, haveRead: false, limit: 2).count == 2)
        #expect(try await isWaiting(all, for: people[1]))
        #expect(try await !isWaiting(all, for: people[0]))
    }

    @Test func countsAllUpToTheOneThatWasRead() async throws {
        let first = try await create("one")
        let second = try await create("two")
        let third = try await create("three")
        let elsewhere = try await create("one", from: "staff@broadcast.acme.example")
        let progress = try await acknowledge(all, id: "two", by: people[0], at: 5)
        #expect(progress?.map(\.number).sorted() == [first, second])
        let rest = try await acknowledge(all, id: nil, by: people[0], at: 6)
        #expect(rest?.map(\.number) == [third])
        #expect(try await store.broadcast(elsewhere)?.read == 0)
    }

    @Test func refusesAnIDThatIsTakenAndForgetsTheOldest() async throws {
        let first = try await create("one", sent: 1)
        await #expect(throws: StorageError.exists) { try await create("one") }
        let second = try await create("two", sent: 2, limit: 2)
        let third = try await create("three", sent: 3, limit: 2)
        #expect(try await store.broadcast(first) == nil)
        #expect(try await store.list(sender: "dave@acme.example", limit: 5).map(\.number) == [third, second])
        #expect(try await store.sent(before: 3).map(\.number) == [second])
        try await store.delete(second)
        #expect(try await store.sent(before: 3) == [])
    }

    @Test func forgetsWhoeverIsDeleted() async throws {
        let number = try await create("one")
        try await AccountStore(database).delete(people[0])
        #expect(try await store.broadcast(number)?.recipients == 2)
    }

    @Test func isNotReadByAllWhileItIsOnItsWay() async throws {
        let number = try await create("one", to: [people[0]])
        let jobs = BroadcastJobStore(database)
        let new = NewBroadcastJob(
            stanza: "<message/>", sender: "dave@acme.example", isKept: true, accounts: people,
            hosts: ["home.example", "other.example"], broadcast: number)
        let job = try await database.write { try jobs.add(new, in: $0) }
        #expect(try await jobs.numbers() == [job])
        let fresh = try #require(try await jobs.job(job))
        #expect(fresh.content == new && fresh.position == .init())
        let early = try await acknowledge(all, id: "one", by: people[0], at: 5)
        #expect(early == [BroadcastProgress(number: number, waiting: 1)])
        let position = BroadcastJob.Position(accounts: 3, hosts: 1, last: "x@other.example")
        try await database.write { try jobs.advance(job, to: position, in: $0) }
        #expect(try await jobs.job(job)?.position == position)
        let late = try await database.write { [store] context in
            try jobs.remove(job, in: context)
            return try store.progress(of: number, in: context)
        }
        #expect(late == BroadcastProgress(number: number, waiting: 0))
        #expect(try await jobs.numbers() == [])
        #expect(try await jobs.job(job) == nil)
    }

    @Test func goesOnWithoutABroadcastThatIsForgotten() async throws {
        let number = try await create("one")
        let jobs = BroadcastJobStore(database)
        let new = NewBroadcastJob(
            stanza: "<message/>", sender: "dave@acme.example", isKept: false, accounts: [], hosts: [],
            broadcast: number)
        let job = try await database.write { try jobs.add(new, in: $0) }
        try await store.delete(number)
        let left = try #require(try await jobs.job(job))
        #expect(left.content.broadcast == nil && !left.content.isKept && left.content.accounts == [])
        let progress = try await database.write { [store] in try store.progress(of: number, in: $0) }
        #expect(progress == nil)
    }

    @Test func givesAStandingMessageOnceToEach() async throws {
        let standing = StandingMessageStore(database)
        let hello = StandingMessage(sender: "dave@acme.example", text: "Hello")
        let edited = StandingMessage(sender: "dave@acme.example", text: "Hello!")
        #expect(try await standing.take("acme.example", for: people[0]) == nil)
        try await standing.set(hello, of: "acme.example", isEdited: false)
        #expect(try await standing.take("acme.example", for: people[0]) == hello)
        #expect(try await standing.take("acme.example", for: people[0]) == nil)
        try await standing.set(edited, of: "acme.example", isEdited: true)
        #expect(try await standing.take("acme.example", for: people[0]) == nil)
        #expect(try await standing.take("acme.example", for: people[1]) == edited)
        try await standing.set(hello, of: "acme.example", isEdited: false)
        #expect(try await standing.take("acme.example", for: people[0]) == hello)
        try await standing.remove(of: "acme.example")
        #expect(try await standing.message(of: "acme.example") == nil)
        #expect(try await standing.take("acme.example", for: people[2]) == nil)
    }
}
