//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

import FoundationEssentials
import XMPPCore
import XMPPModules
import XMPPPayloads
import XMPPStorage
import XMPPXML

/// Reads accounts in the portable format of XEP-0227 into the store, a piece at a time. The server may run meanwhile: each
/// piece is one write, and nobody can log in to an account before all of it is there.
final class AccountImport {
    /// What was done, and what could not be.
    struct Outcome: Sendable, Equatable {
        var accounts = 0
        var contacts = 0
        var offlineMessages = 0
        var archivedMessages = 0
        /// In the order they were met; no more than ``AccountImport/maximumProblems``.
        var problems: [String] = []
    }

    static let maximumProblems = 1000

    private let configuration: SwitchboardConfiguration
    /// Nil: nothing is written.
    private let database: XMPPDatabase?
    private let now: Int64
    private(set) var outcome = Outcome()
    private var host: String?
    private var user: User?
    /// Kinds of data that were passed over, each told once.
    private var unknown: Set<String> = []

    private struct User {
        var account: JID
        var credentials: [StoredCredential] = []
        var isDisabled = false
        var offline: [PortableUser.Waiting] = []
        var archive: [NewArchiveEntry] = []
        /// Nothing more fits in.
        var isOfflineFull = false
    }

    init(
        _ configuration: SwitchboardConfiguration, database: XMPPDatabase?,
        now: Int64 = Timestamp.now().milliseconds
    ) {
        self.configuration = configuration
        self.database = database
        self.now = now
    }

    /// Reads a file to its end.
    func read(_ file: String) async throws -> Outcome {
        let reader = try PortableReader(file: file)
        while let event = try reader.next() {
            switch event {
            case .host(let name): begin(host: name)
            case .user(let name, let password): try await begin(user: name, password)
            case .data(let element): if user != nil { try await take(element) }
            case .offlineMessage(let message): if user != nil { try await takeOffline(message) }
            case .archived(let result): if user != nil { try await takeArchived(result) }
            case .endOfUser: try await end()
            case .unknown(let what): note(unknown: what)
            }
        }
        return outcome
    }

    // MARK: Accounts

    private func begin(host name: String) {
        let domain = (try? JID(name))?.domain
        host = domain.flatMap { configuration.hosts[$0] == nil ? nil : $0 }
        if host == nil { report("\(name) is no host of this server: its accounts are left out.") }
    }

    private func begin(user name: String, _ password: String?) async throws {
        user = nil
        guard let host else { return }
        guard let account = try? JID(local: name, domain: host) else {
            return report("\(name) cannot be a name at \(host): left out.")
        }
        guard configuration.contacts[account.bareString] == nil else {
            return report("\(account.bareString) is the address of a contact: left out.")
        }
        var user = User(account: account)
        if let password {
            user.credentials =
                AccountAdministration.credentials(for: password, authentication: configuration.authentication) ?? []
        }
        if let database {
            let store = AccountStore(database)
            if try await store.exists(account.bareString) {
                // Only an import that ended in the middle leaves an account without credentials.
                guard try await store.credentials(account.bareString).isEmpty else {
                    return report("\(account.bareString) exists already: left out.")
                }
                try await store.delete(account.bareString)
            }
            try await store.create(account.bareString, credentials: [], created: now)
        }
        self.user = user
    }

    private func end() async throws {
        guard let user else { return }
        self.user = nil
        try await flush(user)
        let account = user.account.bareString
        var credentials = user.credentials
        if credentials.isEmpty {
            report("\(account) has no password that could be taken: set one with \"switchboard user passwd\".")
            // Nobody knows this one, and the account counts as finished.
            credentials =
                AccountAdministration.credentials(
                    for: Secret.random().value, authentication: configuration.authentication) ?? []
        }
        let keys = credentials
        if let database {
            let store = AccountStore(database)
            let now = now
            try await database.write { context in
                if user.isDisabled { try store.setDisabled(true, of: account, in: context) }
                try store.setCredentials(keys, of: account, in: context)
                // A server that runs may have met the account half made.
                try AccountNoticeStore(database).add(.closed, of: account, now: now, in: context)
            }
        }
        outcome.accounts += 1
    }

    // MARK: Data

    private func take(_ element: XMLElement) async throws {
        switch (element.name, element.namespace) {
        case ("scram-credentials", PortableFormat.scram):
            guard let credential = PortableUser.credential(element) else {
                return report("Credentials of \(name) for \(element["mechanism"] ?? "?") cannot be taken.")
            }
            // The password itself, if it is there, says more.
            if user?.credentials.contains(where: { $0.mechanism == credential.mechanism }) == false {
                user?.credentials.append(credential)
            }
        case ("account", PortableFormat.account):
            user?.isDisabled = element["disabled"] == "true"
        case ("query", Namespace.roster):
            try await takeRoster(element)
        case ("presence", Namespace.client):
            try await takeRequest(element)
        case ("vCard", VCard.namespace):
            try await write { database, account in
                try await VCardStore(database).set(element.xmlString, of: account)
            }
        case ("query", PrivateStorage.namespace):
            try await takePrivate(element)
        case ("blocklist", PortableFormat.blocking), ("query", PortableFormat.privacy):
            try await takeBlocked(element)
        case ("prefs", PortableFormat.messageArchive):
            guard let preferences = PortableUser.preferences(element) else {
                return report("What \(name) wants to have archived cannot be taken.")
            }
            try await write { database, account in
                try await ArchiveStore(database).setPreferences(preferences, of: account)
            }
        default:
            note(unknown: "<\(element.name) xmlns='\(element.namespace)'/>")
        }
    }

    private func takeRoster(_ query: XMLElement) async throws {
        var items: [StoredRosterItem] = []
        for element in query.children("item", Namespace.roster) {
            guard let item = PortableUser.item(element), item.contact != user?.account.bareString else {
                report("A contact of \(name) has no address that could be taken.")
                continue
            }
            items.append(item)
        }
        outcome.contacts += items.count
        let all = items
        try await write { database, account in
            for start in stride(from: 0, to: all.count, by: PortableFormat.page) {
                let page = all[start..<min(start + PortableFormat.page, all.count)]
                try await RosterStore(database).update(page.map { RosterMutation(account: account, .put($0)) })
            }
        }
    }

    /// Somebody who waits for an answer (XEP-0227 §4.9).
    private func takeRequest(_ presence: XMLElement) async throws {
        guard presence["type"] == "subscribe", let from = presence["from"].flatMap({ try? JID($0) })?.bare else {
            return report("A request to \(name) says not whose it is.")
        }
        let stanza = presence.with(attribute: "from", from.bareString)
            .with(attribute: "to", user?.account.bareString ?? "").xmlString
        try await write { database, account in
            let store = RosterStore(database)
            try await database.write { context in
                var item =
                    try store.item(from.bareString, of: account, in: context)
                    ?? StoredRosterItem(contact: from.bareString)
                item.pendingIn = true
                item.subscribeStanza = stanza
                try store.apply(RosterMutation(account: account, .put(item)), in: context)
            }
        }
    }

    private func takePrivate(_ query: XMLElement) async throws {
        let elements = query.children.filter { !$0.namespace.isEmpty && $0.namespace != PrivateStorage.namespace }
        var quota = PrivateStorageModule.defaultQuota
        quota.bytes = configuration.limits.privateStorageBytes
        let store = database.map { PrivateXMLStore($0, quota: quota) }
        guard let store, let account = user?.account.bareString else { return }
        do throws(StorageError) {
            try await store.set(PrivateXMLEntry.entries(of: elements), of: account)
        } catch {
            guard error == .quotaExceeded else { throw error }
            report("The private storage of \(name) is more than \(quota.bytes) bytes: left out.")
        }
    }

    private func takeBlocked(_ element: XMLElement) async throws {
        let addresses = PortableUser.blocked(element)
        guard !addresses.isEmpty else { return }
        let limit = configuration.limits.blockedAddresses
        guard let database, let account = user?.account.bareString else { return }
        do throws(StorageError) {
            try await database.write {
                try BlockingStore(database).block(addresses, of: account, limit: limit, in: $0)
            }
        } catch {
            guard error == .quotaExceeded else { throw error }
            report("\(name) blocks more than \(limit) addresses: left out.")
        }
    }

    // MARK: Messages

    private func takeOffline(_ message: XMLElement) async throws {
        guard var user else { return }
        guard let waiting = PortableUser.offline(message, for: user.account, now: now) else {
            return report("A waiting message of \(name) cannot be taken.")
        }
        user.offline.append(waiting)
        self.user = user
        if user.offline.count >= PortableFormat.page { try await flush(user) }
    }

    private func takeArchived(_ result: XMLElement) async throws {
        guard var user else { return }
        guard let entry = PortableUser.archived(result, of: user.account) else {
            return report("A message in the archive of \(name) cannot be taken.")
        }
        user.archive.append(entry)
        self.user = user
        if user.archive.count >= PortableFormat.page { try await flush(user) }
    }

    /// Writes what has been collected, in one operation.
    private func flush(_ collected: User) async throws {
        self.user?.offline = []
        self.user?.archive = []
        let (offline, archive) = (collected.isOfflineFull ? [] : collected.offline, collected.archive)
        guard !offline.isEmpty || !archive.isEmpty else { return }
        guard let database else {
            outcome.offlineMessages += offline.count
            outcome.archivedMessages += archive.count
            return
        }
        let limits = configuration.limits
        let store = OfflineStore(
            database, quota: StorageQuota(stanzas: limits.offlineMessages, bytes: limits.offlineBytes))
        let kept = try await database.write { context in
            // What waits may refer to it.
            for entry in archive { try ArchiveStore(database).insert(entry, in: context) }
            var kept = 0
            do {
                for waiting in offline {
                    if try !Self.refer(waiting, ArchiveStore(database), store, in: context) {
                        try store.append(waiting.stanza, in: context)
                    }
                    kept += 1
                }
            } catch StorageError.quotaExceeded {}
            return kept
        }
        outcome.offlineMessages += kept
        outcome.archivedMessages += archive.count
        if kept < offline.count {
            self.user?.isOfflineFull = true
            report("More messages wait for \(collected.account.bareString) than are kept: the rest is left out.")
        }
    }

    /// Keeps a waiting message as what it is, a message of the account's archive; false if it is not there.
    private static func refer(
        _ waiting: PortableUser.Waiting, _ archive: ArchiveStore, _ store: OfflineStore, in context: WriteContext
    ) throws(StorageError) -> Bool {
        guard let time = waiting.archived, case .stanza(let text) = waiting.stanza.content,
            let id = try archive.undelivered(waiting.stanza.account, stanza: text, arrived: time, in: context)
        else { return false }
        var reference = waiting.stanza
        reference.content = .archived(id)
        do throws(StorageError) {
            try store.append(reference, in: context)
        } catch {
            // As many as may come by themselves do already: whoever reads the archive finds the rest.
            guard error == .quotaExceeded else { throw error }
        }
        return true
    }

    // MARK: Parts

    private var name: String { user?.account.bareString ?? "" }

    private func write(_ body: (XMPPDatabase, String) async throws -> Void) async throws {
        guard let database, let account = user?.account.bareString else { return }
        try await body(database, account)
    }

    private func note(unknown what: String) {
        guard unknown.count < Self.maximumProblems, unknown.insert(what).inserted else { return }
        report("\(what) is not known here and left out.")
    }

    private func report(_ problem: String) {
        if outcome.problems.count < Self.maximumProblems { outcome.problems.append(problem) }
    }
}
