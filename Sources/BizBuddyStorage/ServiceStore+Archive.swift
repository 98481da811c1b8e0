//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

package import BizBuddyCore
import FoundationEssentials
import GRDB

/// Reading closed conversations.
extension ServiceStore {
    package func archived(conversation: ConversationID) async throws -> Conversation? {
        try await database.read { database in
            try Data.fetchOne(
                database, sql: "SELECT body FROM conversation WHERE id = ?", arguments: [conversation.rawValue]
            ).map { try JSONDecoder().decode(Conversation.self, from: $0) }
        }
    }

    /// Closed conversations in which an agent said something, latest first. Looks at no more than `Limits.searched`.
    package func archived(agent: AgentID, since: Instant, limit: Int) async throws -> [Conversation] {
        try await database.read { database in
            let rows = try Data.fetchCursor(
                database, sql: "SELECT body FROM conversation WHERE closed_at >= ? ORDER BY closed_at DESC LIMIT ?",
                arguments: [since.milliseconds, Limits.searchedConversations])
            var found: [Conversation] = []
            while found.count < limit, let row = try rows.next() {
                let conversation = try JSONDecoder().decode(Conversation.self, from: row)
                if conversation.transcript.contains(where: { $0.author == .agent(agent) }) {
                    found.append(conversation)
                }
            }
            return found
        }
    }
}
