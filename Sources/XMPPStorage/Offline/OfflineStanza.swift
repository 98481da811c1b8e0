//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

internal import GRDB

/// A stanza to keep for an account.
package struct NewOfflineStanza: Sendable, Equatable {
    package enum Content: Sendable, Equatable {
        /// The stanza, serialised.
        case stanza(String)
        /// It is in the account's archive under this name.
        case archived(ArchiveID)
    }

    /// Bare JID.
    package var account: String
    package var content: Content
    /// When it arrived, in milliseconds since 1970 (XEP-0203).
    package var stamp: Int64
    /// The caller's own mark, kept with the row.
    package var kind: UInt8
    /// Somebody has had it since then, and did not keep it: it stands where it stood then.
    package var isLeft: Bool

    package init(account: String, content: Content, stamp: Int64, kind: UInt8 = 0, isLeft: Bool = false) {
        self.account = account
        self.content = content
        self.stamp = stamp
        self.kind = kind
        self.isLeft = isLeft
    }

    package init(account: String, stanza: String, stamp: Int64, kind: UInt8 = 0) {
        self.init(account: account, content: .stanza(stanza), stamp: stamp, kind: kind)
    }

    /// What it takes while it waits to be written.
    var byteCount: Int {
        if case .stanza(let stanza) = content { stanza.utf8.count } else { 0 }
    }
}

/// Where a stanza stands among those kept for its account.
package struct OfflinePlace: Sendable, Comparable {
    /// When it came, by the clock of the archive.
    package let position: Int64
    let id: Int64

    package static func < (one: Self, other: Self) -> Bool {
        (one.position, one.id) < (other.position, other.id)
    }
}

/// A stanza kept for an account.
package struct StoredOfflineStanza: Sendable, Equatable {
    /// Increases with every stanza kept; never used again.
    package let id: Int64
    /// The stanza, serialised; empty if it has left the archive that the row refers to.
    package internal(set) var stanza: String
    /// Its name in the account's archive, if the row refers to that.
    package let archiveID: ArchiveID?
    /// When it arrived, in milliseconds since 1970.
    package let stamp: Int64
    /// The caller's own mark.
    package let kind: UInt8
    package let place: OfflinePlace

    init(row: Row) throws {
        id = try row.value("id")
        stanza = try row.value("stanza")
        stamp = try row.value("stamp")
        kind = try row.value("kind")
        place = OfflinePlace(position: try row.value("position"), id: id)
        if let clock: Int64 = row["archive_id"], let tail: Int64 = row["archive_tail"] {
            archiveID = ArchiveID(clock: clock, tail: tail)
        } else {
            archiveID = nil
        }
    }
}
