//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

import BizBuddyCore
import BizBuddyStorage
import Testing

@Suite struct ArchiveTests {
    @Test func findsOneConversationAndThoseOfAnAgent() async throws {
        let folder = try TemporaryFolder()
        let store = try ServiceStore(path: folder.file("care.sqlite"))
        var scenario = Scenario()
        for (index, customer) in ["tom", "uma", "vic"].enumerated() {
            let address = CustomerAddress("\(customer)@home.example")
            let id = ConversationID("conversation-\(index)")
            scenario.apply(
                .customerMessage(
                    customer: address, contact: Scenario.contact, text: "Hello?", externalID: nil, nickname: nil,
                    newConversation: id))
            scenario.apply(.lookupFinished(conversation: id, result: .notFound))
            scenario.apply(.acceptOffer(agent: Scenario.alice, conversation: nil))
            if customer != "uma" {
                scenario.apply(
                    .agentMessage(agent: Scenario.alice, conversation: id, text: "Good morning", externalID: nil))
            }
            scenario.apply(.close(agent: Scenario.alice, conversation: id, disposition: nil))
        }
        _ = try await store.commit(scenario.change)
        let zero = Instant(milliseconds: 0)
        #expect(try await store.archived(conversation: ConversationID("conversation-1"))?.transcript.count == 1)
        #expect(try await store.archived(conversation: ConversationID("nothing")) == nil)
        let all = try await store.archived(agent: Scenario.alice, since: zero, limit: 10)
        #expect(all.map(\.id.rawValue) == ["conversation-2", "conversation-0"], "the latest first, and only her own")
        #expect(try await store.archived(agent: Scenario.alice, since: zero, limit: 1).count == 1)
        #expect(try await store.archived(agent: Scenario.alice, since: scenario.now + .seconds(1), limit: 9).isEmpty)
        #expect(try await store.archived(agent: AgentID("bob@acme.example"), since: zero, limit: 9).isEmpty)
        try store.close()
    }
}
