//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

import BizBuddyCore
import BizBuddyStorage
import Testing

/// What reports are made of, on disk and from outside.
@Suite struct FactStoreTests {
    @Test func reportsWhileTheServiceRuns() async throws {
        let folder = try TemporaryFolder()
        let store = try ServiceStore(path: folder.file("care.sqlite"))
        var scenario = Scenario()
        let start = scenario.now
        scenario.apply(
            .customerMessage(
                customer: CustomerAddress("tom@home.example"), contact: Scenario.contact, text: "Hello?",
                externalID: nil, nickname: nil, newConversation: ConversationID("c1")))
        scenario.apply(.lookupFinished(conversation: ConversationID("c1"), result: .notFound))
        scenario.apply(.acceptOffer(agent: Scenario.alice, conversation: nil))
        scenario.change.facts = scenario.facts
        _ = try await store.commit(scenario.change)
        let reader = try ServiceReader(path: folder.file("care.sqlite"))
        let all = try await reader.facts(since: start, until: scenario.now + .seconds(1), into: Report(by: .total))
        let row = try #require(all.rows.first)
        #expect(row.arrived == 1 && row.offered == 1 && row.answered == 1)
        let none = try await reader.facts(
            since: scenario.now + .seconds(1), until: scenario.now, into: Report(by: .total))
        #expect(none.rows.isEmpty)
        #expect(try await reader.state() == scenario.state)
        #expect(try await reader.state().board().first?.conversations == 1)
        // A snapshot takes events away, and no facts.
        _ = try await store.commit(ServiceChange(snapshot: scenario.state))
        #expect(try await store.eventCount() == 0)
        let after = try await reader.facts(since: start, until: scenario.now + .seconds(1), into: Report(by: .total))
        #expect(after.rows == all.rows)
        try store.close()
    }

    @Test func whatIsNotThereIsSaid() throws {
        let folder = try TemporaryFolder()
        #expect(throws: StoreError.self) { try ServiceReader(path: folder.file("nothing.sqlite")) }
    }
}
