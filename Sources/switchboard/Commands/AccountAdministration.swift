//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

import FoundationEssentials
import XMPPCore
import XMPPSASL
import XMPPServer
import XMPPStorage
import XMPPTLS

/// What the commands do with accounts, on the store itself.
struct AccountAdministration: Sendable {
    /// An account as the commands show it.
    struct Listed: Sendable, Equatable, Codable {
        var account: String
        /// Milliseconds since 1970.
        var created: Int64
        var disabled: Bool
    }

    /// A device as the commands show it.
    struct ListedDevice: Sendable, Equatable, Codable {
        var device: String
        var name: String?
        var software: String?
        /// The address it came from last.
        var address: String?
        /// Milliseconds since 1970.
        var lastUsed: Int64
        /// Until when it may log in without the password, in milliseconds since 1970.
        var tokenExpires: Int64?
    }

    private let configuration: SwitchboardConfiguration
    let database: XMPPDatabase
    private let store: AccountStore
    /// What a running server has to know of.
    private let notices: AccountNoticeStore

    init(_ configuration: SwitchboardConfiguration, database: XMPPDatabase) {
        self.configuration = configuration
        self.database = database
        store = AccountStore(database)
        notices = AccountNoticeStore(database)
    }

    /// Opens the store of a configuration. With `createsStore` one that is not there yet is made, as by the server's first start.
    init(_ configuration: SwitchboardConfiguration, createsStore: Bool = false) throws {
        self.init(configuration, database: try Self.open(configuration, creates: createsStore))
    }

    /// The database of a configuration.
    static func open(_ configuration: SwitchboardConfiguration, creates: Bool) throws -> XMPPDatabase {
        let path = configuration.storage.path
        if creates {
            let folder = ConfigurationText.folder(of: path)
            try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        } else if !FileManager.default.fileExists(atPath: path) {
            throw CommandFailure(
                "There is no database at \(path) yet. Start the server, or add an account, to make it.")
        }
        return try XMPPDatabase(path: path)
    }

    /// The address of an account of this server.
    func address(_ text: String) throws(CommandFailure) -> JID {
        guard let address = try? JID(text), address.isBare, !address.isDomain else {
            throw CommandFailure("\"\(text)\" is no account's address. Write name@host.")
        }
        try checkHost(address.domain)
        return address
    }

    /// Makes an account.
    func add(
        _ account: JID, password: String, created: Int64 = Int64(Date().timeIntervalSince1970 * 1000)
    ) async throws {
        guard !SASLVisitors.isVisitor(account.local ?? "") else {
            throw CommandFailure("Names like \(account.local ?? "") are those of visitors.")
        }
        let credentials = try checkedCredentials(password, of: account)
        switch try await create(account.bareString, credentials, created: created) {
        case .made: return
        case .taken:
            throw CommandFailure(
                "\(account.bareString) exists already. Use \"switchboard user passwd\" for a new password.")
        case .reserved:
            throw CommandFailure(
                "\(account.bareString) is kept for somebody who was invited. Use \"switchboard invite list\" to see.")
        }
    }

    private enum Creation {
        case made
        case taken
        /// An invitation keeps the name for somebody.
        case reserved
    }

    private func create(
        _ account: String, _ credentials: [StoredCredential], created: Int64
    ) async throws -> Creation {
        let invitations = InvitationStore(database)
        let store = store
        return try await database.write { context in
            if try store.account(account, in: context) != nil { return .taken }
            if try invitations.isReserved(account, exceptBy: nil, at: created, in: context) { return .reserved }
            try store.create(account, credentials: credentials, created: created, in: context)
            return .made
        }
    }

    func setPassword(_ password: String, of account: JID) async throws {
        let credentials = try checkedCredentials(password, of: account)
        try await change(account, .password) { [store] context in
            try store.setCredentials(credentials, of: account.bareString, in: context)
        }
    }

    /// Shuts an account out, or lets it in again.
    func setDisabled(_ isDisabled: Bool, of account: JID) async throws {
        try await change(account, isDisabled ? .closed : nil) { [store] context in
            try store.setDisabled(isDisabled, of: account.bareString, in: context)
        }
    }

    /// Deletes an account. Its contacts are told by the server, which may have to be started for that.
    func delete(_ account: JID) async throws {
        try await change(account, .closed) { [store, departures = DepartureStore(database)] context in
            try departures.note(account.bareString, in: context)
            try store.delete(account.bareString, in: context)
        }
    }

    // MARK: Devices

    /// The devices of an account, the one used last first.
    func devices(of account: JID) async throws -> [ListedDevice] {
        guard try await exists(account) else { throw Self.missing(account) }
        return try await TokenStore(database).devicesAndTokens(account.bareString).map { device, expires in
            ListedDevice(
                device: device.id, name: device.name, software: device.software, address: device.address,
                lastUsed: device.lastUsed, tokenExpires: expires)
        }
    }

    /// Takes the tokens of devices back, of all if none is named; their sessions end. Returns how many there were.
    func signOut(_ named: [String], of account: JID) async throws -> Int {
        let known = try await devices(of: account).map(\.device)
        if let unknown = named.first(where: { !known.contains($0) }) {
            throw CommandFailure(
                "\(account.bareString) has no device \(unknown). Use \"switchboard user devices\" to see them.")
        }
        let now = Timestamp.now().milliseconds
        let devices = named.isEmpty ? known : named
        try await database.write { [notices, tokens = TokenStore(database)] context in
            for device in devices {
                try tokens.revoke(account.bareString, device: device, in: context)
                try notices.add(.device, of: account.bareString, device: device, now: now, in: context)
            }
        }
        return devices.count
    }

    func exists(_ account: JID) async throws -> Bool { try await store.exists(account.bareString) }

    /// Changes an account and tells a server that may be running, in one transaction.
    private func change(
        _ account: JID, _ notice: AccountNotice.Change?, _ body: @escaping @Sendable (WriteContext) throws -> Void
    ) async throws {
        let now = Timestamp.now().milliseconds
        do throws(StorageError) {
            try await database.write { [notices] context in
                try body(context)
                if let notice { try notices.add(notice, of: account.bareString, now: now, in: context) }
            }
        } catch .notFound {
            throw Self.missing(account)
        }
    }

    /// The accounts of a host, or of all hosts in the order of the configuration.
    func list(host: String?) async throws -> [Listed] {
        if let host { try checkHost(host) }
        var listed: [Listed] = []
        for host in host.map({ [$0] }) ?? configuration.hosts.names {
            listed += try await store.list(host: host).map { account in
                Listed(account: account.account, created: account.created, disabled: account.isDisabled)
            }
        }
        return listed
    }

    /// What is stored for a password: keys of SCRAM, never the password.
    ///
    /// Takes milliseconds. Returns nil for a password that OpaqueString (RFC 8265 §4.2) forbids.
    static func credentials(
        for password: String, authentication: SwitchboardConfiguration.Authentication
    ) -> [StoredCredential]? {
        guard let prepared = try? PRECIS.opaqueString(password) else { return nil }
        return authentication.storedKeys.compactMap { HashFunction(rawValue: $0.rawValue) }.map { hash in
            StoredCredential(
                SCRAMCredentials.derive(password: prepared, hash: hash, iterations: authentication.scramIterations))
        }
    }

    static func text(_ accounts: [Listed]) -> String {
        accounts.map { $0.disabled ? $0.account + " (disabled)" : $0.account }.joined(separator: "\n")
    }

    static func text(_ devices: [ListedDevice]) -> String {
        devices.map { device in
            let name = [device.name, device.software].compactMap(\.self).joined(separator: ", ")
            let parts = [
                device.device, name, device.address ?? "",
                "last used \(Timestamp(milliseconds: device.lastUsed))",
                device.tokenExpires.map { "token until \(Timestamp(milliseconds: $0))" } ?? "no token",
            ]
            return parts.filter { !$0.isEmpty }.joined(separator: "  ")
        }.joined(separator: "\n")
    }

    static func json(_ list: [some Encodable]) throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        return String(decoding: try encoder.encode(list), as: UTF8.self)
    }

    func checkHost(_ host: String) throws(CommandFailure) {
        guard configuration.hosts[host] == nil else { return }
        let hint = Spelling.nearest(to: host, among: configuration.hosts.names).map { " Did you mean \"\($0)\"?" } ?? ""
        throw CommandFailure("\(host) is no host of this server.\(hint)")
    }

    private func checkedCredentials(
        _ password: String, of account: JID
    ) throws(CommandFailure) -> [StoredCredential] {
        let policy = ServerConfiguration.Registration(
            minimumPasswordLength: configuration.registration.minimumPasswordLength)
        if let objection = policy.objection(to: password, of: account) { throw CommandFailure(objection) }
        guard let credentials = Self.credentials(for: password, authentication: configuration.authentication) else {
            throw CommandFailure("The password holds characters that cannot be used, such as control characters.")
        }
        return credentials
    }

    static func missing(_ account: JID) -> CommandFailure {
        CommandFailure("There is no account \(account.bareString).")
    }
}
