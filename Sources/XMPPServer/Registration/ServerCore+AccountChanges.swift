//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

internal import Logging
internal import Synchronization
package import XMPPCore
package import XMPPStorage

/// Accounts that were removed while they had sessions. A session may write until it has ended; then what it wrote goes
/// as well, so that nobody who makes an account of the same name finds it.
final class LeavingAccounts: Sendable {
    private let accounts = Mutex<Set<String>>([])

    func insert(_ account: JID) { accounts.withLock { _ = $0.insert(account.bareString) } }

    /// Whether the account was among them; it no longer is.
    func remove(_ account: JID) -> Bool { accounts.withLock { $0.remove(account.bareString) != nil } }
}

extension ServerCore {
    /// Removes an account with all that belongs to it: its contacts are told, its invitations end (XEP-0077 §3.2), and so
    /// do its sessions, `requester`'s last.
    ///
    /// - Throws: `StorageError.notFound`.
    package func deleteAccount(_ account: JID, requester: SessionHandle? = nil) async throws {
        let effects = try await rosters.commit(self) { try $0.leave(account) }
        leavingAccounts.insert(account)
        profiles.invalidate(account.bareString)
        let removed = StreamError(.notAuthorized, text: "The account was removed.")
        endSessions(of: account, except: requester, removed)
        await perform(effects)
        log.info("Account deleted", metadata: ["account": "\(account)"])
        requester?.end(removed)
        if accounts.online(account) == nil { await forgetLeftovers(of: account) }
    }

    /// Shuts an account out, which ends its sessions, or lets it in again.
    ///
    /// - Throws: `StorageError.notFound`.
    package func setDisabled(_ isDisabled: Bool, of account: JID) async throws {
        try await accountStore.setDisabled(isDisabled, of: account.bareString)
        profiles.invalidate(account.bareString)
        log.info("Account \(isDisabled ? "disabled" : "enabled")", metadata: ["account": "\(account)"])
        if isDisabled { endSessions(of: account, StreamError(.notAuthorized, text: "The account is disabled.")) }
    }

    /// Ends all sessions of an account, or all but one, those that wait for their client to come back included.
    ///
    /// - Returns: how many.
    @discardableResult
    package func endSessions(of account: JID, except kept: SessionHandle? = nil, _ error: StreamError) -> Int {
        let ended = accounts.online(account)?.sessions.filter { $0.handle != kept } ?? []
        for session in ended { session.handle.end(error) }
        return ended.count
    }

    /// What ends the other sessions of an account that has another password now (RFC 6120 §4.9.3.16).
    package static let passwordChanged = StreamError(.reset, text: "The password was changed.")

    /// Wrong passwords that an account's own sessions may give in an hour.
    static let wrongPasswordsPerHour = 10

    /// Whether a session that is logged in knows its account's password.
    ///
    /// - Throws: `StanzaError` `resource-constraint` after too many wrong ones.
    package func confirms(_ password: String, of account: JID) async throws -> Bool {
        guard wrongPasswords.hasRoom(account.bareString) else {
            throw StanzaError(.resourceConstraint, text: "Too many attempts.")
        }
        if try await verifies(password: password, of: account) { return true }
        _ = wrongPasswords.allows(account.bareString)
        return false
    }

    /// Takes notice that another program has changed an account: sessions end that must.
    package func takeNotice(_ notice: AccountNotice) async throws {
        let account = try JID(notice.account)
        profiles.invalidate(account.bareString)
        switch notice.change {
        case .closed:
            let stored = try await accountStore.account(notice.account)
            guard stored?.isDisabled ?? true else { return }
            if stored == nil { leavingAccounts.insert(account) }
            endSessions(of: account, StreamError(.notAuthorized, text: "The account is closed."))
            if stored == nil, accounts.online(account) == nil { await forgetLeftovers(of: account) }
        case .password:
            guard configuration.registration.endsSessionsOnPasswordChange else { return }
            endSessions(of: account, Self.passwordChanged)
        case .device:
            if let device = notice.device { endSessions(of: account, devices: [device], Self.deviceSignedOut) }
        }
    }

    /// Tells contacts of accounts that another program has deleted.
    package func sayFarewells() async throws {
        let departures = DepartureStore(database)
        while try await departures.isPending() {
            let effects = try await rosters.commit(self) { transaction in
                for departure in try departures.take(Self.farewells, in: transaction.context) {
                    guard let account = try? JID(departure.account), let contact = try? JID(departure.contact) else {
                        continue
                    }
                    try transaction.sayFarewell(
                        account, to: contact, seesContact: departure.seesContact, isSeen: departure.isSeenByContact)
                }
            }
            await perform(effects)
        }
    }

    /// Contacts that are told in one transaction.
    private static let farewells = 100

    /// A session of the account has ended. If the account is no more and this was its last one, nothing of it stays.
    package func sessionLeft(_ account: JID) {
        guard accounts.online(account) == nil, leavingAccounts.remove(account) else { return }
        background { [self] in
            // Its messages are still on their way to where those of an account that does not exist go.
            await redeliveries.wait(account.bareString)
            await forgetLeftovers(of: account)
        }
    }

    private func forgetLeftovers(of account: JID) async {
        _ = leavingAccounts.remove(account)
        do {
            try await database.write { [accountStore] in
                try accountStore.removeLeftovers(of: account.bareString, in: $0)
            }
        } catch {
            log.error("Leftovers of a removed account stay", metadata: ["account": "\(account)", "error": "\(error)"])
        }
    }
}
