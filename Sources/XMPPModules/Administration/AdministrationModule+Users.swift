//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

internal import Logging
internal import XMPPCore
internal import XMPPPayloads
internal import XMPPServer
internal import XMPPStorage

/// Users, one by one (XEP-0133 §4.1–§4.9).
extension AdministrationModule {
    static let addUserForm = AdminForm.form(
        "Adding a User", "Fill out this form to add a user.",
        [
            .init(
                "accountjid", kind: .jidSingle, label: "The Jabber ID for the account to be added", isRequired: true),
            .init("password", kind: .textPrivate, label: "The password for this account"),
            .init("password-verify", kind: .textPrivate, label: "Retype password"),
            .init("email", kind: .textSingle, label: "Email address"),
            .init("given_name", kind: .textSingle, label: "Given name"),
            .init("surname", kind: .textSingle, label: "Family name"),
        ])

    static let passwordForm = AdminForm.form(
        "Changing a User Password", "Fill out this form to change a user's password.",
        [
            .init("accountjid", kind: .jidSingle, label: "The Jabber ID for this account", isRequired: true),
            .init("password", kind: .textPrivate, label: "The password for this account", isRequired: true),
        ])

    func addUser(
        _ form: DataForm, _ request: ServerCommand.Request, _ server: ServerCore
    ) async throws -> ServerCommand.Step {
        let account = try AdminForm.account(form, of: request.host)
        let password = try Self.password(form, server)
        guard form["password-verify"] == password else { throw AdminForm.refusal("The passwords differ.") }
        guard !server.tables.owns(account) else { throw StanzaError(.conflict, text: "This address is a service's.") }
        do {
            try await server.createAccount(account, password: password)
        } catch StorageError.exists {
            throw StanzaError(.conflict, text: "There is such an account, or the name is kept for somebody.")
        } catch is JIDError {
            throw AdminForm.refusal("The password has characters that are not allowed.")
        }
        if let card = Self.card(form) {
            try await VCardStore(server.database).set(card.xmlString, photo: "", of: account.bareString)
        }
        Self.log("add-user", request, server, [account])
        return .completed(note: "\(account.bareString) is made.")
    }

    func deleteUsers(
        _ form: DataForm, _ request: ServerCommand.Request, _ server: ServerCore
    ) async throws -> ServerCommand.Step {
        let accounts = try await Self.accounts(form, request, server)
        for account in accounts {
            try await server.deleteAccount(account)
            Self.log("delete-user", request, server, [account])
        }
        return .completed(note: "Deleted: \(accounts.count).")
    }

    func setDisabled(
        _ isDisabled: Bool, _ form: DataForm, _ request: ServerCommand.Request, _ server: ServerCore
    ) async throws -> ServerCommand.Step {
        let accounts = try await Self.accounts(form, request, server)
        for account in accounts {
            try await server.setDisabled(isDisabled, of: account)
            Self.log(isDisabled ? "disable-user" : "reenable-user", request, server, [account])
        }
        return .completed(note: "\(isDisabled ? "Disabled" : "Enabled"): \(accounts.count).")
    }

    /// Of a bare JID all sessions end, of a full one that of the resource.
    func endSessions(
        _ form: DataForm, _ request: ServerCommand.Request, _ server: ServerCore
    ) async throws -> ServerCommand.Step {
        let addresses = try AdminForm.accounts(form, of: request.host)
        var count = 0
        for address in addresses { count += Self.end(address, "An administrator has ended the session.", server) }
        Self.log("end-user-session", request, server, addresses)
        return .completed(note: "Ended: \(count).")
    }

    func changePassword(
        _ form: DataForm, _ request: ServerCommand.Request, _ server: ServerCore
    ) async throws -> ServerCommand.Step {
        let account = try AdminForm.account(form, of: request.host)
        let password = try Self.password(form, server)
        do {
            try await server.setPassword(password, of: account)
        } catch StorageError.notFound {
            throw StanzaError(.itemNotFound, text: "There is no such account.")
        } catch is JIDError {
            throw AdminForm.refusal("The password has characters that are not allowed.")
        }
        if server.configuration.registration.endsSessionsOnPasswordChange {
            server.endSessions(of: account, ServerCore.passwordChanged)
        }
        Self.log("change-user-password", request, server, [account])
        return .completed(note: "\(account.bareString) has a new password.")
    }

    func lastLogIn(
        _ form: DataForm, _ request: ServerCommand.Request, _ server: ServerCore
    ) async throws -> ServerCommand.Step {
        let accounts = try await Self.accounts(form, request, server, includesOwn: true)
        var rows: [[DataForm.Field]] = []
        for account in accounts {
            let time = try await lastLogIn(of: account, server)
            rows.append([
                .init("accountjids", values: [account.bareString]),
                .init("lastlogin", values: time.map { [$0.description] } ?? []),
            ])
        }
        guard rows.count > 1 else { return .finished(AdminForm.result(rows.first ?? []), notes: []) }
        var form = AdminForm.result([])
        form.reported = [.init("accountjids", label: "Account"), .init("lastlogin", label: "Last log-in")]
        form.items = rows
        return .finished(form, notes: [])
    }

    private func lastLogIn(of account: JID, _ server: ServerCore) async throws -> Timestamp? {
        let sessions = server.accounts.online(account)?.sessions ?? []
        var times = sessions.compactMap { logIns.time($0.handle.id) }
        if let stored = try await LastLogInStore(server.database).lastLogIn(account.bareString) { times.append(stored) }
        return times.max().map { Timestamp(milliseconds: $0) }
    }

    func statistics(
        _ form: DataForm, _ request: ServerCommand.Request, _ server: ServerCore
    ) async throws -> ServerCommand.Step {
        let account = try AdminForm.account(form, of: request.host)
        guard try await server.accountStore.exists(account.bareString) else {
            throw StanzaError(.itemNotFound, text: "There is no such account.")
        }
        let online = server.accounts.online(account)
        var size = online?.roster.items.count
        if size == nil { size = try await RosterStore(server.database).load(account.bareString).items.count }
        var addresses: [String] = []
        for session in online?.sessions ?? [] {
            if let address = await session.handle.remoteAddress(), !addresses.contains(address) {
                addresses.append(address)
            }
        }
        return .finished(
            AdminForm.result([
                .init("ipaddresses", kind: .listMulti, label: "IP addresses", values: addresses),
                .init("rostersize", kind: .textSingle, label: "Roster items", values: [String(size ?? 0)]),
                .init(
                    "onlineresources", kind: .textMulti, label: "Online resources",
                    values: online?.sessions.map(\.resource) ?? []),
            ]), notes: [])
    }

    // MARK: Parts

    /// Accounts that exist, by their bare JIDs. Nobody locks himself out: who asks is refused unless `includesOwn`.
    private static func accounts(
        _ form: DataForm, _ request: ServerCommand.Request, _ server: ServerCore, includesOwn: Bool = false
    ) async throws -> [JID] {
        let accounts = try AdminForm.accounts(form, of: request.host).map(\.bare)
        for account in accounts {
            guard try await server.accountStore.exists(account.bareString) else {
                throw StanzaError(.itemNotFound, text: "There is no account \(account.bareString).")
            }
            guard includesOwn || account != request.from.bare else {
                throw StanzaError(.notAllowed, text: "This is your own account.")
            }
        }
        return accounts
    }

    private static func password(_ form: DataForm, _ server: ServerCore) throws(StanzaError) -> String {
        guard let password = form["password"] else { throw AdminForm.refusal("The password is missing.") }
        let minimum = server.configuration.registration.minimumPasswordLength
        guard password.unicodeScalars.count >= minimum else {
            throw AdminForm.refusal("The password needs at least \(minimum) characters.")
        }
        return password
    }

    @discardableResult
    private static func end(_ address: JID, _ reason: String, _ server: ServerCore) -> Int {
        let sessions = (server.accounts.online(address)?.sessions ?? []).filter {
            address.resource == nil || $0.resource == address.resource
        }
        for session in sessions { session.handle.end(StreamError(.notAuthorized, text: reason)) }
        return sessions.count
    }

    /// A card of what the form says about the person; nil if it says nothing.
    private static func card(_ form: DataForm) -> XMLElement? {
        func value(_ field: String) -> String? { form[field].flatMap { $0.isEmpty ? nil : $0 } }
        let (given, family, email) = (value("given_name"), value("surname"), value("email"))
        guard given != nil || family != nil || email != nil else { return nil }
        func element(_ name: String, _ text: String) -> XMLElement { XMLElement(name, VCard.namespace, text: text) }
        let full = [given, family].compactMap(\.self).joined(separator: " ")
        return XMLElement("vCard", VCard.namespace) {
            if !full.isEmpty {
                element("FN", full)
                XMLElement("N", VCard.namespace) {
                    if let family { element("FAMILY", family) }
                    if let given { element("GIVEN", given) }
                }
            }
            if let email { XMLElement("EMAIL", VCard.namespace) { element("USERID", email) } }
        }
    }
}
