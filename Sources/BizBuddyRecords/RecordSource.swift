//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

package import BizBuddyCore

/// Somewhere customers' records come from.
///
/// Ends soon after its task is cancelled, and when the time of the query is over.
package protocol RecordSource: Sendable {
    /// How agents read of it.
    var name: String { get }

    func answer(_ query: RecordQuery) async throws -> RecordAnswer
}

/// Who is meant.
package struct RecordQuery: Hashable, Sendable {
    /// Everything the customer is known to write from; the one that was written from is first.
    package var addresses: [CanonicalAddress]
    /// The address that was written to.
    package var contact: String
    package var conversation: String
    /// How long an answer is worth waiting for.
    package var timeout: Duration
    /// What the customer goes by, as claimed.
    package var nickname: String?
    /// Whether several people write from that address: nothing of one of them is shown as if it were everybody's.
    package var isShared = false
    /// Whether nothing has ever been noted about that address.
    package var isStranger = false
    /// Whether what is remembered will not do.
    package var isRefresh = false

    package init(addresses: [CanonicalAddress], contact: String, conversation: String, timeout: Duration) {
        self.addresses = addresses
        self.contact = contact
        self.conversation = conversation
        self.timeout = timeout
    }
}

/// What a source knows.
package struct RecordAnswer: Hashable, Sendable {
    /// More than one: it could be any of them.
    package var records: [CustomerRecord]
    /// Earlier conversations in a line each, latest first.
    package var history: [String]
    /// What agents should beware of, in words for them.
    package var warnings: [String] = []
    /// Seconds since the source said so.
    package var age = 0
    /// Worth asking again.
    package var isStale = false

    package init(records: [CustomerRecord] = [], history: [String] = []) {
        self.records = records
        self.history = history
    }
}

/// Why a source has no answer, in words for staff. Never with anything the customer or the source sent.
package struct SourceFailure: Error, Hashable, Sendable, CustomStringConvertible {
    package let reason: String

    package init(_ reason: String) {
        self.reason = reason
    }

    package var description: String { reason }

    static let timeout = SourceFailure("no answer in time")
}
