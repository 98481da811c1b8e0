//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

internal import Foundation
internal import GRDB

/// An invitation as it is made.
package struct NewInvitation: Sendable, Equatable {
    /// The digest of its token; the token itself is never stored.
    package var token: [UInt8]
    /// The domain it is for.
    package var host: String
    /// Bare JID of the account of ours that invites, if it is one; the invitation goes when it goes.
    package var inviter: String?
    /// Bare JID of the account that may be made with it, and meanwhile by nobody else; nil = any name.
    package var account: String?
    /// An account can be made with it.
    package var registers: Bool
    /// Who redeems it and the inviter become contacts of each other.
    package var subscribes: Bool
    /// The groups in which the inviter keeps the new contact.
    package var groups: [String]
    /// When it was made and until when it holds, in milliseconds since 1970.
    package var created: Int64
    package var expires: Int64
    /// How often it can be redeemed; at least 1.
    package var uses: Int

    package init(
        token: [UInt8], host: String, inviter: String? = nil, account: String? = nil, registers: Bool = true,
        subscribes: Bool = false, groups: [String] = [], created: Int64, expires: Int64, uses: Int = 1
    ) {
        self.token = token
        self.host = host
        self.inviter = inviter
        self.account = account
        self.registers = registers
        self.subscribes = subscribes
        self.groups = groups
        self.created = created
        self.expires = expires
        self.uses = uses
    }

    init(row: Row) throws {
        let groups: String = try row.value("groups")
        guard let list = try? JSONDecoder().decode([String].self, from: Data(groups.utf8)) else {
            throw StorageError.corrupt("the groups of an invitation are no JSON array")
        }
        self.init(
            token: try row.bytes("token"), host: try row.value("host"), inviter: try row.optional("inviter"),
            account: try row.optional("account"), registers: try row.value("registers"),
            subscribes: try row.value("subscribes"), groups: list, created: try row.value("created"),
            expires: try row.value("expires"), uses: try row.value("uses"))
    }
}

/// An invitation in the store.
package struct StoredInvitation: Sendable, Equatable {
    /// Never given twice.
    package let id: Int64
    package var invitation: NewInvitation

    init(row: Row) throws {
        id = try row.value("id")
        invitation = try NewInvitation(row: row)
    }
}
