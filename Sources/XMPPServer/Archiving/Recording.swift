//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

internal import XMPPCore
internal import XMPPStorage

/// A message that is written before anybody gets it (architecture, "The life of a stanza").
struct Recording: Sendable {
    /// Where it goes when it is written.
    enum Destination: Sendable {
        /// A local account.
        case account
        /// The durable outbox of this component.
        case outbox(String)
        /// A component that takes it as it comes.
        case component(ComponentHandle)
        /// A feature.
        case feature(AddressHandler)
        /// A feature that writes it, too.
        case acceptance(Acceptance)
        /// Another server.
        case remote(any RemoteRoute)
    }

    /// An archive that is to hold it.
    struct Archive: Sendable {
        var owner: NewArchiveEntry.Owner
        /// Only if this contact is in the account's roster (XEP-0441 §2.2), which the write finds out.
        var contact: JID?
    }

    let stanza: Stanza
    let from: JID
    let to: JID
    /// The client that sends it.
    let session: SessionHandle?
    let destination: Destination
    let senderArchive: Archive?
    let recipientArchive: Archive?
    /// No session takes it now, and it is worth keeping.
    var waits: Bool
    /// When it came, in milliseconds since 1970.
    let arrived: Int64

    /// Whether nothing is written but the message into archives: that fails before it has changed anything, or with
    /// the whole database.
    var isForArchivesOnly: Bool {
        switch destination {
        case .account, .component, .feature, .remote: !waits && !ArchivePolicy.retracts(stanza)
        case .outbox, .acceptance: false
        }
    }

    /// How it goes on without being written, if it is for no archive.
    var pass: (@Sendable (_ done: @escaping @Sendable () -> Void) -> Bool)? {
        guard case .acceptance(let acceptance) = destination, senderArchive == nil, recipientArchive == nil else {
            return nil
        }
        return acceptance.pass
    }
}

/// What a component, or another server of ours, calls a message, to have it taken once however often it comes.
struct OnceMark: Sendable {
    let sender: String
    let id: String
}

/// What a write has made of a message.
struct Recorded: Sendable {
    /// Its name in the archives that hold it.
    var archiveID: ArchiveID?
    var isInSendersArchive = false
    var isInRecipientsArchive = false
    /// Its row in the offline store.
    var row: Int64?
    /// It had come before: whoever sent it had no answer and sends it again.
    var isDuplicate = false

    /// What the recipient knows it by.
    var recipientsID: ArchiveID? { isInRecipientsArchive ? archiveID : nil }
    var sendersID: ArchiveID? { isInSendersArchive ? archiveID : nil }
}
