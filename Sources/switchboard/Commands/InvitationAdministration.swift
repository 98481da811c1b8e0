//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

import FoundationEssentials
import XMPPCore
import XMPPServer
import XMPPStorage

/// What the command line does with invitations, on the store itself.
struct InvitationAdministration: Sendable {
    /// What an invitation is to be.
    struct Wish: Sendable {
        /// The first host of the configuration, or the inviter's, if nil.
        var host: String?
        var name: String?
        /// An account that is to be the newcomer's first contact.
        var contact: String?
        var groups: [String] = []
        var days: Int?
        var uses = 1
    }

    /// An invitation as the commands show it.
    struct Shown: Sendable, Equatable, Codable {
        var uri: String
        var page: String?
        var expires: String
        var uses: Int
    }

    /// An invitation that was given out: its link is not known any more.
    struct Listed: Sendable, Equatable, Codable {
        var id: Int64
        var host: String
        var account: String?
        var contact: String?
        var expires: String
        var uses: Int
    }

    private let configuration: SwitchboardConfiguration
    private let accounts: AccountAdministration
    private let store: InvitationStore

    init(_ configuration: SwitchboardConfiguration, database: XMPPDatabase) {
        self.configuration = configuration
        accounts = AccountAdministration(configuration, database: database)
        store = InvitationStore(database)
    }

    /// Opens the store of a configuration, or makes it.
    init(_ configuration: SwitchboardConfiguration) throws {
        self.init(configuration, database: try AccountAdministration.open(configuration, creates: true))
    }

    /// Makes an invitation. This is the only time that its link is known.
    func invite(_ wish: Wish, now: Timestamp = .now()) async throws -> Shown {
        guard configuration.invitations.isEnabled else {
            throw CommandFailure("There are no invitations: set invitations.enabled in the configuration.")
        }
        let contact = try await contact(wish.contact)
        guard let host = wish.host ?? contact?.domain ?? configuration.hosts.names.first else {
            throw CommandFailure("The configuration has no host.")
        }
        try accounts.checkHost(host)
        guard contact == nil || contact?.domain == host else {
            throw CommandFailure("The contact has to be an account of \(host).")
        }
        let days = wish.days ?? configuration.invitations.days
        guard (1...365).contains(days), (1...10_000).contains(wish.uses) else {
            throw CommandFailure("An invitation holds 1 to 365 days, for 1 to 10000 uses.")
        }
        let account = try account(wish, host: host)
        let token = InvitationToken()
        let invitation = NewInvitation(
            token: token.digest, host: host, inviter: contact?.bareString, account: account?.bareString,
            subscribes: contact != nil, groups: wish.groups, created: now.milliseconds,
            expires: now.milliseconds + Int64(days) * 24 * 60 * 60 * 1000, uses: wish.uses)
        try await keep(invitation)
        let issued = try IssuedInvitation(invitation, token: token, page: configuration.invitations.landingPage)
        return Shown(
            uri: issued.link.uri, page: issued.page, expires: issued.expires.description, uses: wish.uses)
    }

    /// The invitations of a host, or of all hosts, that can still be used.
    func list(host: String?, now: Timestamp = .now()) async throws -> [Listed] {
        if let host { try accounts.checkHost(host) }
        var listed: [Listed] = []
        for host in host.map({ [$0] }) ?? configuration.hosts.names {
            listed += try await store.open(host: host, at: now.milliseconds).map { stored in
                Listed(
                    id: stored.id, host: host, account: stored.invitation.account, contact: stored.invitation.inviter,
                    expires: Timestamp(milliseconds: stored.invitation.expires).description,
                    uses: stored.invitation.uses)
            }
        }
        return listed
    }

    func revoke(_ id: Int64) async throws {
        do throws(StorageError) {
            try await store.revoke(id)
        } catch .notFound {
            throw CommandFailure("There is no invitation \(id). See \"switchboard invite list\".")
        }
    }

    private func keep(_ invitation: NewInvitation) async throws {
        do {
            try await store.add(invitation)
        } catch {
            guard error == .exists else { throw error }
            throw CommandFailure(
                "\(invitation.account ?? invitation.host) exists already, or is kept for somebody else.")
        }
    }

    /// What a wish asks for, checked.
    private func account(_ wish: Wish, host: String) throws -> JID? {
        guard let name = wish.name else { return nil }
        let account = try accounts.address(name.contains("@") ? name : "\(name)@\(host)")
        guard account.domain == host, wish.uses == 1 else {
            throw CommandFailure("An invitation for a certain name is for one account of its host.")
        }
        return account
    }

    private func contact(_ address: String?) async throws -> JID? {
        guard let address else { return nil }
        let contact = try accounts.address(address)
        guard try await accounts.exists(contact) else {
            throw CommandFailure("There is no account \(contact.bareString).")
        }
        return contact
    }

    static func text(_ invitation: Shown) -> String {
        let lines = [invitation.uri, invitation.page, "expires \(invitation.expires)"]
        return lines.compactMap(\.self).joined(separator: "\n")
    }

    static func text(_ invitations: [Listed]) -> String {
        invitations.map { invitation in
            let parts = [
                String(invitation.id), invitation.account ?? invitation.host,
                invitation.contact.map { "contact \($0)" },
                invitation.uses == 1 ? nil : "\(invitation.uses) uses", "expires \(invitation.expires)",
            ]
            return parts.compactMap(\.self).joined(separator: "  ")
        }.joined(separator: "\n")
    }

    static func json(_ value: some Encodable) throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        return String(decoding: try encoder.encode(value), as: UTF8.self)
    }
}
