//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

internal import GRDB

/// A broadcast whose sender wants to know who has read it.
package struct NewBroadcast: Sendable, Equatable {
    /// The bare JID it comes from: `all@broadcast.acme.example`.
    package var address: String
    /// The id of its copies.
    package var id: String
    /// Bare JID.
    package var sender: String
    /// Its first words, by which its sender knows it again.
    package var summary: String
    /// In milliseconds since 1970.
    package var sent: Int64

    package init(address: String, id: String, sender: String, summary: String, sent: Int64) {
        self.address = address
        self.id = id
        self.sender = sender
        self.summary = summary
        self.sent = sent
    }
}

/// How far a broadcast has been read.
package struct StoredBroadcast: Sendable, Equatable {
    package let number: Int64
    package let broadcast: NewBroadcast
    package let recipients: Int
    package let read: Int
    /// How many acknowledgements the sender has been told of.
    package let told: Int

    init(row: Row) throws {
        number = try row.value("number")
        broadcast = NewBroadcast(
            address: try row.value("address"), id: try row.value("id"), sender: try row.value("sender"),
            summary: try row.value("summary"), sent: try row.value("sent"))
        recipients = try row.value("recipients")
        read = try row.value("read")
        told = try row.value("told")
    }
}

/// Somebody a broadcast went to.
package struct BroadcastRecipient: Sendable, Equatable {
    /// Bare JID.
    package let account: String
    /// When he read it, in milliseconds since 1970; nil if he has not.
    package let seen: Int64?

    init(row: Row) throws {
        account = try row.value("account")
        seen = try row.optional("seen")
    }
}

/// What an acknowledgement has changed.
package struct BroadcastProgress: Sendable, Equatable {
    package let number: Int64
    /// Recipients who have not read it yet; one more as long as it is on its way.
    package let waiting: Int

    package init(number: Int64, waiting: Int) {
        self.number = number
        self.waiting = waiting
    }
}
