//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

/// What has been arranged with customers beside conversations.
struct Outreach: Hashable, Sendable, Codable {
    /// A known problem that everybody is told about.
    struct Banner: Hashable, Sendable, Codable {
        let text: String
        let by: AgentID
        let at: Instant
    }

    /// A wish to be told about a topic.
    struct Subscription: Hashable, Sendable, Codable {
        let contact: ContactAddress
        let language: String?
        let at: Instant
        /// Said "yes" when asked once more.
        var isConfirmed = false
    }

    /// What a customer of a conversation that is over is being asked.
    struct Survey: Hashable, Sendable, Codable {
        let conversation: ConversationID
        let department: DepartmentID
        let agent: AgentID
        let language: String?
        let at: Instant
    }

    struct Alert: Hashable, Sendable, Codable {
        let topic: String
        let text: String
        let by: AgentID
    }

    struct Received: Hashable, Sendable, Codable {
        let alert: Alert
        let at: Instant
    }

    /// When customers want to be told something, if they said so.
    struct Wishes: Hashable, Sendable, Codable, Defaulted {
        var byCustomer: [CustomerAddress: OutreachWish] = [:]

        static var former: Self { Self() }
    }

    var banner: Banner?
    var wishes = Wishes()
    var subscriptions: [CustomerAddress: [String: Subscription]] = [:]
    /// Alerts customers got in the last day, oldest first.
    var received: [CustomerAddress: [Received]] = [:]
    /// Alerts that wait for the end of the quiet hours.
    var held: [Alert] = []
    var surveys: [CustomerKey: Survey] = [:]
}
