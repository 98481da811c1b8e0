//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

/// One message to keep in one or two archives.
package struct NewArchiveEntry: Sendable, Equatable {
    /// An archive the message goes into, and who is on the other side.
    package struct Owner: Sendable, Equatable {
        /// Bare JID of the archive's account.
        package var account: String
        /// Bare JID of the other side: the addressee of what the account sends, the sender of what it is sent.
        package var peer: String
        /// The other side's resource.
        package var resource: String?
        /// True if the account is the sender.
        package var isOutgoing: Bool

        package init(account: String, peer: String, resource: String? = nil, isOutgoing: Bool) {
            self.account = account
            self.peer = peer
            self.resource = resource
            self.isOutgoing = isOutgoing
        }
    }

    /// That an earlier message is taken back (XEP-0424).
    package struct Retraction: Sendable, Equatable {
        /// The earlier message's id, as its sender chose it.
        package var id: String
        /// What stands in the earlier message's place: the `<retracted/>` element, serialised.
        package var tombstone: String

        package init(id: String, tombstone: String) {
            self.id = id
            self.tombstone = tombstone
        }
    }

    /// The message, serialised on its own by us, with `from` and `to`, without any stanza-id of ours.
    package var stanza: String
    /// One or two; a message to oneself has one.
    package var owners: [Owner]
    /// Bare JID of the sender.
    package var sender: String
    /// The text to search for; nil if there is none to find.
    package var body: String?
    /// The sender's own id of the message (XEP-0359 §3.1). A second message of the same sender, addressee, id and content
    /// within days is no new one.
    package var originID: String?
    /// The message's `id`, by which it is taken back (XEP-0424 §3).
    package var messageID: String?
    /// When it arrived, in milliseconds since 1970.
    package var arrived: Int64
    /// Set if the message takes an earlier one back.
    package var retraction: Retraction?

    package init(
        stanza: String, owners: [Owner], sender: String, body: String? = nil, originID: String? = nil,
        messageID: String? = nil, arrived: Int64, retraction: Retraction? = nil
    ) {
        self.stanza = stanza
        self.owners = owners
        self.sender = sender
        self.body = body
        self.originID = originID
        self.messageID = messageID
        self.arrived = arrived
        self.retraction = retraction
    }

    /// Bare JID of the addressee.
    var addressee: String {
        guard let owner = owners.first else { return "" }
        return owner.isOutgoing ? owner.peer : owner.account
    }

    /// What finds a message of the same sender to the same addressee by an id.
    func reference(_ id: String) -> ArchiveReference {
        ArchiveReference(sender: sender, id: id, addressee: addressee)
    }

    /// What finds it by its sender's ids when it is archived at a clock's value: by the origin id, and by its own id if
    /// that is another.
    func keys(at clock: Int64) -> (reference: Int64?, alias: Int64?) {
        let alias = originID == nil || originID == messageID ? nil : messageID
        return (
            (originID ?? messageID).map { reference($0).key(at: clock) }, alias.map { reference($0).key(at: clock) }
        )
    }
}

/// What became of a message that was to be archived.
package enum ArchiveAppendResult: Sendable, Equatable {
    /// It is in the archives under this name.
    case stored(ArchiveID)
    /// It had been there before, under this name; nothing was written.
    case duplicate(ArchiveID)

    /// The message's name in the archives.
    package var id: ArchiveID {
        switch self {
        case .stored(let id), .duplicate(let id): id
        }
    }
}

/// A message in an archive.
package struct StoredArchiveEntry: Sendable, Equatable {
    package let id: ArchiveID
    /// The message as it was archived, or its tombstone.
    package let stanza: String
    /// True if the archive's account is the sender.
    package let isOutgoing: Bool
}

/// An archive's ends (XEP-0313 §5).
package struct ArchiveMetadata: Sendable, Equatable {
    /// The oldest message.
    package let start: ArchiveID
    /// The newest message.
    package let end: ArchiveID
}
