//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

import BizBuddyCore
import Foundation
import GRDB
import Testing

@testable import BizBuddyStorage

@Suite struct ErasureTests {
    private let folder: TemporaryFolder

    init() throws {
        folder = try TemporaryFolder()
    }

    private func isOnDisk(_ text: String, _ file: String) throws -> Bool {
        try ["", "-wal"].contains { suffix in
            let path = folder.file(file) + suffix
            guard FileManager.default.fileExists(atPath: path) else { return false }
            return try Data(contentsOf: URL(fileURLWithPath: path)).firstRange(of: Data(text.utf8)) != nil
        }
    }

    private func consent(_ customer: Int, _ purpose: String) -> Consent {
        Consent(
            customer: Scenario.customer(customer), contact: Scenario.contact, purpose: purpose, isGiven: true,
            text: "unmistakable words", proof: "m1", actor: "c", at: Instant(milliseconds: 7))
    }

    @Test func aCustomersRowsGoAndTheOthersStay() async throws {
        let store = try ServiceStore(path: folder.file("bridge.sqlite"))
        _ = try await store.load()
        var scenario = Scenario()
        for number in [1, 2] {
            scenario.say("something quite unmistakable \(number)", from: number)
            let id = try #require(scenario.state.conversations.keys.first)
            scenario.apply(.lookupFinished(conversation: id, result: .notFound))
            scenario.apply(.acceptOffer(agent: Scenario.alice, conversation: id))
            scenario.apply(.close(agent: Scenario.alice, conversation: id, disposition: nil))
        }
        scenario.say("still open", from: 1)
        let open = try #require(scenario.state.conversations.keys.first)
        var change = scenario.take()
        change.outgoing = [
            OutgoingRow(id: "o1", recipient: "c1@home.example/x", payload: Array("to one".utf8), at: scenario.now),
            OutgoingRow(
                id: "o2", recipient: "alice@acme.example", payload: Array("<m from='\(open)@care'/>".utf8),
                at: scenario.now),
            OutgoingRow(id: "o3", recipient: "c2@home.example", payload: Array("to two".utf8), at: scenario.now),
            OutgoingRow(id: "o4", recipient: "c1@home.examples", payload: Array("other".utf8), at: scenario.now),
            OutgoingRow(
                id: "o5", recipient: "dave@acme.example", payload: Array("ask c1@home.example.".utf8), at: scenario.now),
            OutgoingRow(
                id: "o6", recipient: "dave@acme.example",
                payload: Array("c1@home.examples, xc1@home.example, a.c1@home.example, c1@home.example.org".utf8),
                at: scenario.now),
        ]
        change.consents = [consent(1, "alerts/a"), consent(2, "alerts/b"), consent(1, "alerts/c")]
        _ = try await store.commit(change)
        try await store.setContactSubscriber("c1@home.example", of: "support@acme.example", isSubscribed: true)
        try await store.setContactSubscriber("c2@home.example", of: "support@acme.example", isSubscribed: true)

        let one = [Scenario.customer(1)]
        #expect(try await store.consents(of: one).map(\.purpose) == ["alerts/a", "alerts/c"])
        #expect(try await store.contacts(subscribedBy: one) == ["support@acme.example"])
        let kept = try await store.kept(of: one)
        #expect(kept.conversations == 1 && kept.consents == 2 && kept.subscriptions == 1)

        scenario.apply(.eraseCustomer(one))
        change = scenario.take()
        change.closed = []
        change.snapshot = scenario.state
        _ = try await store.commit(change)
        let gone = try await store.erase(one, open: [open])
        #expect(gone.conversations == 1 && gone.consents == 2 && gone.subscriptions == 1 && gone.outgoing == 3)
        #expect(try await store.kept(of: one) == ServiceStore.Kept())
        #expect(try await store.outbox().map(\.id) == ["o3", "o4", "o6"])
        #expect(try await store.archived(customer: Scenario.customer(2), limit: 9).count == 1)
        #expect(try await store.consents(of: [Scenario.customer(2)]).count == 1)
        #expect(try !isOnDisk("something quite unmistakable 1", "bridge.sqlite"))
        #expect(try !isOnDisk("still open", "bridge.sqlite"))
        #expect(try !isOnDisk("c1@home.example\"", "bridge.sqlite"))
        #expect(try isOnDisk("something quite unmistakable 2", "bridge.sqlite"))
        #expect(try await store.load().holdings(of: [Scenario.customer(1)]) == CustomerHoldings())
    }

    @Test func thePersonGoesWithEveryAddressAndLeavesATombstone() async throws {
        let book = try CustomerBook(path: folder.file("people.sqlite")) { "p-\(UUID().uuidString)" }
        let tom = CanonicalAddress(CustomerAddress("tom@home.example"))
        let aim = try #require(CanonicalAddress("aim:awesome54"))
        let uma = CanonicalAddress(CustomerAddress("uma@home.example"))
        try await book.note("likes unmistakable tea", by: "alice", about: tom, at: 1)
        try await book.note("on a boat", by: "alice", about: aim, at: 1)
        try await book.note("somebody else", by: "alice", about: uma, at: 1)
        _ = try await book.tag("vip", isSet: true, about: tom, at: 1)
        try await book.prefer("language", "de", about: tom, at: 1)
        try await book.keep(code: "123456", for: aim, at: 1)
        #expect(try await book.link(tom, with: aim, trust: .agent, evidence: "", actor: "alice", at: 2) == .linked)
        let subject = try await book.subject(of: tom, at: 3)

        #expect(try await book.erase([tom, aim], actor: "dave", at: 9) == 2)
        #expect(try await book.person(at: tom) == nil)
        #expect(try await book.person(at: aim) == nil)
        #expect(try await book.person(at: uma)?.notes.count == 1)
        let stone = try #require(try await book.tombstone(of: subject))
        #expect(stone == CustomerBook.Tombstone(actor: "dave", at: 9))
        #expect(try await book.redeem(code: "123456", from: uma, at: 2) == .wrongCode)
        for text in ["unmistakable tea", "tom@home.example", "awesome54", "on a boat"] {
            #expect(try !isOnDisk(text, "people.sqlite"), "\(text)")
        }
        #expect(try await book.erase([tom], actor: "dave", at: 10) == 0, "doing it twice does no harm")
    }

    @Test func theDirectoryKnowsAllAddressesOfANumberAndForgetsThem() async throws {
        let directory = try CustomerDirectory(path: folder.file("customers.sqlite"))
        let csv = "address,name,customer\ntom@home.example,Tom,4711\naim@x.example,Tom A,4711\numa@home.example,Uma,2\n"
        #expect(try await directory.importCSV(bytes: Array(csv.utf8)).inserted == 3)
        #expect(
            try await directory.addresses(with: ["tom@home.example", "no@home.example"])
                == ["aim@x.example", "tom@home.example"])
        #expect(try await directory.erase(["tom@home.example", "aim@x.example", "no@home.example"]) == 2)
        #expect(try await directory.count() == 1)
        #expect(try !isOnDisk("aim@x.example", "customers.sqlite"))
        try await directory.upsert(
            CustomerRecord(
                customerID: "3", displayName: "Vic", source: "push", match: .exact,
                fields: [.init(key: "plan", label: "Plan", value: "Gold")]), at: "vic@home.example")
        #expect(try await directory.lookup("vic@home.example")?.fields.first?.value == "Gold")
    }

    @Test func aFileOfBeforeTheLedgerIsTaken() async throws {
        let path = folder.file("old.sqlite")
        let old = Schema(steps: Array(Schema.service.steps.prefix(4)))
        try DatabaseFile.open(path, schema: old).close()
        let store = try ServiceStore(path: path)
        _ = try await store.commit(ServiceChange(consents: [consent(1, "alerts/a")]))
        #expect(try await store.consents(of: [Scenario.customer(1)]).count == 1)
        let people = folder.file("old-people.sqlite")
        try DatabaseFile.open(people, schema: Schema(steps: Array(Schema.people.steps.prefix(1)))).close()
        let book = try CustomerBook(path: people) { "p-1" }
        #expect(try await book.subject(of: CanonicalAddress(CustomerAddress("tom@home.example")), at: 1) == "p-1")
    }
}
