//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

import BizBuddyCore
import XMPPCore

/// A question about closed conversations, which are on disk only: asked beside the turn, answered as an input.
struct ArchiveRequest: Sendable {
    enum Query: Sendable, Equatable {
        /// The latest of a customer.
        case customer(CustomerAddress, limit: Int)
        case conversation(ConversationID)
        /// The latest that an agent took part in, since a moment.
        case agent(AgentID, since: Instant, limit: Int)
    }

    enum Purpose: Sendable {
        /// Fastpath's list of a customer's conversations.
        case transcripts(Stanza, customer: CustomerAddress)
        /// One of them in full.
        case transcript(Stanza, ConversationID)
        /// The customer's own copy of the last conversation with a contact.
        case forCustomer(CustomerKey, language: String?)
        /// Fastpath's list of what an agent has done.
        case sessions(Stanza, AgentID)
    }

    let query: Query
    let purpose: Purpose
}
