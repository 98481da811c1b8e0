//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

extension ServiceState: Codable {
    private enum CodingKeys: String, CodingKey {
        case configuration, conversations, agents, timers, published, now, openConversations, statistics, seenMessages
        case quietUntil, nextSequence, nextOffer, recentCustomers, strangers, outreach
    }

    package init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        self.init()
        configuration = try container.decode(ServiceConfiguration.self, forKey: .configuration)
        conversations = try container.decode([ConversationID: Conversation].self, forKey: .conversations)
        agents = try container.decode([AgentID: Agent].self, forKey: .agents)
        timers = try container.decode(TimerTable.self, forKey: .timers)
        published = try container.decode([DepartmentID: Publication].self, forKey: .published)
        now = try container.decode(Instant.self, forKey: .now)
        openConversations = try container.decode([CustomerKey: ConversationID].self, forKey: .openConversations)
        statistics = try container.decode([DepartmentID: DepartmentStatistics].self, forKey: .statistics)
        seenMessages = try container.decode(SeenMessages.self, forKey: .seenMessages)
        quietUntil = try container.decodeIfPresent(Instant.self, forKey: .quietUntil)
        nextSequence = try container.decode(Int.self, forKey: .nextSequence)
        nextOffer = try container.decode(Int.self, forKey: .nextOffer)
        recentCustomers = try container.decode(RecentCustomers.self, forKey: .recentCustomers)
        strangers = try container.decodeIfPresent(Strangers.self, forKey: .strangers) ?? Strangers()
        outreach = try container.decodeIfPresent(Outreach.self, forKey: .outreach) ?? Outreach()
        derive()
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(configuration, forKey: .configuration)
        try container.encode(conversations, forKey: .conversations)
        try container.encode(agents, forKey: .agents)
        try container.encode(timers, forKey: .timers)
        try container.encode(published, forKey: .published)
        try container.encode(now, forKey: .now)
        try container.encode(openConversations, forKey: .openConversations)
        try container.encode(statistics, forKey: .statistics)
        try container.encode(seenMessages, forKey: .seenMessages)
        try container.encodeIfPresent(quietUntil, forKey: .quietUntil)
        try container.encode(nextSequence, forKey: .nextSequence)
        try container.encode(nextOffer, forKey: .nextOffer)
        try container.encode(recentCustomers, forKey: .recentCustomers)
        try container.encode(strangers, forKey: .strangers)
        try container.encode(outreach, forKey: .outreach)
    }
}
