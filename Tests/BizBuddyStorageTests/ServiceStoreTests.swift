//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

import BizBuddyCore
import Foundation
import GRDB
import Synchronization
import Testing

@testable import BizBuddyStorage

@Suite struct ServiceStoreTests {
    @Test func startsEmpty() async throws {
        let folder = try TemporaryFolder()
        let store = try ServiceStore(path: folder.file("care.sqlite"))
        #expect(try await store.load() == ServiceState())
        #expect(try await store.outbox().isEmpty)
        #expect(try await store.isProcessed("x") == false)
        #expect(!store.isSnapshotDue(of: ServiceState()))
    }

    @Test func aLongLineIsNotWrittenDownForEveryThousandEvents() async throws {
        let folder = try TemporaryFolder()
        var scenario = Scenario()
        let store = try ServiceStore(path: folder.file("care.sqlite"))
        for customer in 0..<1_200 { scenario.say("hello", from: customer) }
        #expect(scenario.state.conversations.count == 1_200)
        var change = scenario.take()
        change.outgoing = []
        change.events = Array(change.events.suffix(1_100))
        _ = try await store.commit(change)
        #expect(!store.isSnapshotDue(of: scenario.state), "more conversations than events")
        #expect(store.isSnapshotDue(of: ServiceState()))
        _ = try await store.commit(ServiceChange(events: Array(change.events.prefix(100))))
        #expect(store.isSnapshotDue(of: scenario.state))
    }

    @Test func isExactAfterACrash() async throws {
        let folder = try TemporaryFolder()
        var scenario = Scenario()
        let store = try ServiceStore(path: folder.file("care.sqlite"))
        for round in 0..<20 {
            scenario.say("hello \(round)", from: round % 5)
            scenario.apply(.tick)
            if round % 3 == 0 {
                scenario.apply(.acceptOffer(agent: Scenario.alice, conversation: nil))
            }
            _ = try await store.commit(scenario.take())
            // What a killed process leaves: the files as they are, nothing closed.
            try folder.snapshot(of: "care.sqlite", as: "crash-\(round).sqlite")
            let reopened = try ServiceStore(path: folder.file("crash-\(round).sqlite"))
            #expect(try await reopened.load() == scenario.state)
        }
    }

    @Test func forgetsWhatWasNeverCommitted() async throws {
        let folder = try TemporaryFolder()
        var scenario = Scenario()
        let store = try ServiceStore(path: folder.file("care.sqlite"))
        _ = try await store.commit(scenario.take())
        let committed = scenario.state
        scenario.say("lost", from: 1)
        try folder.snapshot(of: "care.sqlite", as: "crash.sqlite")
        #expect(try await ServiceStore(path: folder.file("crash.sqlite")).load() == committed)
    }

    @Test func commitsEventsStanzasAndOutboxTogether() async throws {
        let folder = try TemporaryFolder()
        var scenario = Scenario()
        scenario.say("hello", from: 1)
        scenario.say("hello", from: 2)
        let change = scenario.take()
        #expect(!change.outgoing.isEmpty)
        var store: ServiceStore? = try ServiceStore(path: folder.file("care.sqlite"))
        #expect(try await store?.commit(change) == Int64(change.events.count))
        store = nil

        let reopened = try ServiceStore(path: folder.file("care.sqlite"))
        #expect(try await reopened.outbox() == change.outgoing)
        for id in change.processedStanzaIDs {
            #expect(try await reopened.isProcessed(id))
        }
        try await reopened.acknowledge([change.outgoing[0].id, "unknown"])
        #expect(try await reopened.outbox() == Array(change.outgoing.dropFirst()))
    }

    @Test func acceptsRepetitionsOfStanzasAndRows() async throws {
        let folder = try TemporaryFolder()
        let store = try ServiceStore(path: folder.file("care.sqlite"))
        let change = ServiceChange(
            processedStanzaIDs: ["a", "a"],
            outgoing: [
                OutgoingRow(
                    id: "1", recipient: "tom@home.example", payload: [1, 2, 0, 255], at: Instant(milliseconds: 7))
            ])
        _ = try await store.commit(change)
        _ = try await store.commit(change)
        #expect(try await store.outbox() == change.outgoing)
    }

    @Test func snapshotReplacesTheLog() async throws {
        let folder = try TemporaryFolder()
        var scenario = Scenario()
        let store = try ServiceStore(path: folder.file("care.sqlite"))
        while !store.isSnapshotDue(of: scenario.state) {
            scenario.say("hello", from: scenario.change.events.count % 7)
            scenario.apply(.tick)
            _ = try await store.commit(scenario.take())
        }
        scenario.apply(.acceptOffer(agent: Scenario.alice, conversation: nil))
        var change = scenario.take()
        change.snapshot = scenario.state
        let sequence = try await store.commit(change)
        #expect(!store.isSnapshotDue(of: scenario.state))
        #expect(try await store.load() == scenario.state)

        scenario.say("after", from: 1)
        #expect(try await store.commit(scenario.take()) == sequence + 1)
        #expect(try await store.load() == scenario.state)
        let events = try await DatabaseQueue(path: folder.file("care.sqlite")).read {
            try Int.fetchOne($0, sql: "SELECT count(*) FROM event")
        }
        #expect(events == 1)
    }

    @Test func takesASnapshotOnItsOwn() async throws {
        let folder = try TemporaryFolder()
        var scenario = Scenario()
        let store = try ServiceStore(path: folder.file("care.sqlite"))
        scenario.say("hello", from: 1)
        _ = try await store.commit(scenario.take())
        _ = try await store.commit(ServiceChange(snapshot: scenario.state))
        #expect(try await store.eventCount() == 0)
        #expect(try await store.load() == scenario.state)
        #expect(try await !store.outbox().isEmpty)
    }

    @Test(arguments: [(1, 1), (2, 2), (3, 3), (5, 3)])
    func keepsTheLatestClosedConversations(limit: Int, kept: Int) async throws {
        let folder = try TemporaryFolder()
        var scenario = Scenario()
        let store = try ServiceStore(path: folder.file("care.sqlite"))
        for round in 0..<3 {
            scenario.say("hello \(round)", from: 1)
            scenario.apply(.customerLeaves(customer: Scenario.customer(1), contact: Scenario.contact))
        }
        _ = try await store.commit(scenario.take())
        try await store.database.write { [state = scenario.state] database in
            try ServiceStore.save(state, through: 0, keeping: limit, JSONEncoder(), database)
        }
        let texts = try await store.archived(customer: Scenario.customer(1), limit: 9).flatMap(\.customerTexts).map(
            \.text)
        #expect(texts == Array(["hello 2", "hello 1", "hello 0"].prefix(kept)))
    }

    @Test func groupsWhatWaits() async throws {
        let folder = try TemporaryFolder()
        let store = try ServiceStore(path: folder.file("care.sqlite"))
        let order = Order()
        await withCheckedContinuation { continuation in
            for number in 1...2_000 {
                store.submit(ServiceChange(events: [RecordedCommand(.tick, at: Instant(milliseconds: Int64(number)))]))
                {
                    order.append((try? $0.get()) ?? -1)
                    if number == 2_000 {
                        continuation.resume()
                    }
                }
            }
        }
        #expect(order.values == Array(1...2_000))
        #expect(store.transactionCount < 500)
        #expect(try await store.load().now == Instant(milliseconds: 2_000))
    }

    @Test func stopsAfterAFailureUntilLoadedAgain() async throws {
        let folder = try TemporaryFolder()
        var scenario = Scenario()
        let store = try ServiceStore(path: folder.file("care.sqlite"))
        _ = try await store.commit(scenario.take())
        let committed = scenario.state
        let other = try DatabaseQueue(path: folder.file("care.sqlite"))
        try await other.write { try $0.execute(sql: "ALTER TABLE event RENAME TO gone") }
        scenario.say("fails", from: 1)
        let failing = scenario.take()
        await #expect(throws: StoreError.self) { try await store.commit(failing) }
        try await other.write { try $0.execute(sql: "ALTER TABLE gone RENAME TO event") }
        await #expect(throws: StoreError.self) { try await store.commit(ServiceChange(processedStanzaIDs: ["x"])) }
        #expect(try await store.load() == committed)
        _ = try await store.commit(failing)
        #expect(try await store.load() == scenario.state)
    }

    @Test func archivesClosedConversations() async throws {
        let folder = try TemporaryFolder()
        var scenario = Scenario()
        for round in 0..<3 {
            scenario.say("hello \(round)", from: 1)
            scenario.apply(.customerLeaves(customer: Scenario.customer(1), contact: Scenario.contact))
        }
        let store = try ServiceStore(path: folder.file("care.sqlite"))
        let change = scenario.take()
        _ = try await store.commit(change)
        let archived = try await store.archived(customer: Scenario.customer(1), limit: 2)
        #expect(archived == Array(change.closed.reversed().prefix(2)))
        #expect(archived.first?.transcript.map(\.text) == ["hello 2"])
        #expect(try await store.archived(customer: Scenario.customer(2), limit: 2).isEmpty)
    }

    @Test func writesDurably() async throws {
        let folder = try TemporaryFolder()
        let file = try DatabaseFile.open(folder.file("care.sqlite"), schema: .service)
        let synchronous = try await file.read { try Int.fetchOne($0, sql: "PRAGMA synchronous") }
        let mode = try await file.read { try String.fetchOne($0, sql: "PRAGMA journal_mode") }
        #expect(synchronous == 2 && mode == "wal")
        let pool = try DatabaseFile.openPool(folder.file("customers.sqlite"), schema: .customers)
        let pooled = try await pool.writeWithoutTransaction { try Int.fetchOne($0, sql: "PRAGMA synchronous") }
        #expect(pooled == 2)
    }

    @Test func refusesNewerSchema() throws {
        let folder = try TemporaryFolder()
        let file = try DatabaseQueue(path: folder.file("care.sqlite"))
        try file.writeWithoutTransaction { try $0.execute(sql: "PRAGMA user_version = 99") }
        #expect(throws: StoreError.newerSchema(found: 99, known: Schema.service.steps.count)) {
            try ServiceStore(path: folder.file("care.sqlite"))
        }
    }

    @Test func bringsEveryEarlierSchemaUpToDate() async throws {
        let folder = try TemporaryFolder()
        for version in 1..<Schema.service.steps.count {
            let path = folder.file("v\(version).sqlite")
            _ = try DatabaseFile.open(path, schema: Schema(steps: Array(Schema.service.steps.prefix(version))))
            var scenario = Scenario()
            let store = try ServiceStore(path: path)
            _ = try await store.commit(scenario.take())
            #expect(try await store.load() == scenario.state)
            #expect(try await store.contactSubscribers().isEmpty)
        }
    }

    @Test func remembersSubscribersOfContacts() async throws {
        let folder = try TemporaryFolder()
        let store = try ServiceStore(path: folder.file("care.sqlite"))
        for customer in ["tom@home.example", "tom@home.example", "uma@home.example"] {
            try await store.setContactSubscriber(customer, of: "support@acme.example", isSubscribed: true)
        }
        try await store.setContactSubscriber("uma@home.example", of: "support@acme.example", isSubscribed: false)
        let reopened = try ServiceStore(path: folder.file("care.sqlite"))
        #expect(try await reopened.contactSubscribers() == ["support@acme.example": ["tom@home.example"]])
        #expect(try await reopened.subscriberLanguages().isEmpty)
        for language in ["en", "de"] {
            try await store.setContactSubscriber(
                "tom@home.example", of: "support@acme.example", isSubscribed: true, language: language)
        }
        let later = try ServiceStore(path: folder.file("care.sqlite"))
        #expect(try await later.subscriberLanguages() == ["support@acme.example": ["tom@home.example": "de"]])
    }

    @Test func remembersWhoWasGivenTheContacts() async throws {
        let folder = try TemporaryFolder()
        let store = try ServiceStore(path: folder.file("care.sqlite"))
        let (tom, uma) = (CustomerAddress("tom@home.example"), CustomerAddress("uma@home.example"))
        for (customer, way) in [(tom, Introduction.link), (uma, .exchange), (tom, .exchange), (tom, .link)] {
            try await store.setIntroduced(customer, by: way, at: Instant(milliseconds: 5))
        }
        let reopened = try ServiceStore(path: folder.file("care.sqlite"))
        #expect(
            try await reopened.introductions()
                == ["tom@home.example": [.link, .exchange], "uma@home.example": [.exchange]])
        #expect(try await reopened.kept(of: [tom]).introductions == 2)
        #expect(try await reopened.erase([tom], open: []).introductions == 2)
        #expect(try await reopened.introductions() == ["uma@home.example": [.exchange]])
    }

    @Test func refusesWhatIsNoDatabase() throws {
        let folder = try TemporaryFolder()
        try Data(repeating: 65, count: 4_096).write(to: URL(fileURLWithPath: folder.file("care.sqlite")))
        #expect(throws: StoreError.self) { try ServiceStore(path: folder.file("care.sqlite")) }
        #expect(throws: StoreError.self) { try ServiceStore(path: folder.file("no/such/folder.sqlite")) }
    }

    @Test func saysWhatIsDamaged() async throws {
        let folder = try TemporaryFolder()
        let store = try ServiceStore(path: folder.file("care.sqlite"))
        let other = try DatabaseQueue(path: folder.file("care.sqlite"))
        try await other.write { try $0.execute(sql: "INSERT INTO event (at, command) VALUES (1, 'nonsense')") }
        await #expect(throws: StoreError.self) { _ = try await store.load() }
    }

    @Test func backsUpWhileInUse() async throws {
        let folder = try TemporaryFolder()
        var scenario = Scenario()
        let store = try ServiceStore(path: folder.file("care.sqlite"))
        scenario.say("before", from: 1)
        _ = try await store.commit(scenario.take())
        let then = scenario.state
        try await store.backup(to: folder.file("copy.sqlite"))
        scenario.say("after", from: 2)
        _ = try await store.commit(scenario.take())
        #expect(try await ServiceStore(path: folder.file("copy.sqlite")).load() == then)
        #expect(try await store.load() == scenario.state)
        // A later copy takes the place of an earlier one.
        try await store.backup(to: folder.file("copy.sqlite"))
        #expect(try await ServiceStore(path: folder.file("copy.sqlite")).load() == scenario.state)
    }

    @Test func isReadableForItsOwnerOnly() async throws {
        let folder = try TemporaryFolder()
        let path = folder.file("bridge.sqlite")
        let store = try ServiceStore(path: path)
        var scenario = Scenario()
        scenario.say("private", from: 1)
        _ = try await store.commit(scenario.take())
        try await store.backup(to: folder.file("copy.sqlite"))
        for name in [path, path + "-wal", folder.file("copy.sqlite")] {
            let mode = try FileManager.default.attributesOfItem(atPath: name)[.posixPermissions] as? Int
            #expect(mode == 0o600, "\(name)")
        }
    }
}

/// Numbers in the order in which the writer answered.
private final class Order: Sendable {
    private let stored = Mutex<[Int64]>([])

    func append(_ value: Int64) {
        stored.withLock { $0.append(value) }
    }

    var values: [Int64] {
        stored.withLock { $0 }
    }
}
