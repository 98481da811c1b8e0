//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

internal import CoreMetrics
internal import Logging
internal import NIOCore
package import XMPPCore
internal import XMPPSASL
package import XMPPStorage

/// The limits on log-in hold this attempt up.
struct LoginRefused: Error {}

extension ServerCore {
    /// Lets an attempt through, perhaps after a while.
    ///
    /// - Throws: `LoginRefused`.
    func admit(_ account: String, address: String, device: String?, on resources: LoopResources) async throws {
        try await admit(
            account, address: address, device: device, logins.judge(account: account, address: address), on: resources)
    }

    /// The same once the limits have judged account and address.
    func admit(
        _ account: String, address: String, device: String?, _ verdict: LoginLimiter.Verdict,
        on resources: LoopResources
    ) async throws {
        var verdict = verdict
        if verdict != .go, let device, try await tokens.store.knows(device, of: account) {
            verdict = logins.judge(account: account, address: address, device: device)
        }
        switch verdict {
        case .go: return
        case .hold(let time):
            metrics.loginsHeld.increment()
            try await resources.loop.scheduleTask(in: time) {}.futureResult.get()
        case .refuse(let reason):
            metrics.loginsRefused[reason]?.increment()
            throw LoginRefused()
        }
    }

    /// Lets the limits know where accounts logged in from before the start.
    func rememberLoginPlaces() async throws {
        logins.remember(try await LoginPlaceStore(database).latest(LoginLimiter.maximumKnown / 2))
    }

    /// Keeps where an account has logged in from. Nobody waits for it.
    func noteLogin(of account: JID, from place: String) {
        let (name, now) = (account.bareString, Timestamp.now().milliseconds)
        database.submit { [store = LoginPlaceStore(database)] context in
            try store.note(place, of: name, at: now, in: context)
        } completion: { [log] result in
            guard case .failure(let error) = result else { return }
            log.warning("A log-in's place is not kept", metadata: ["account": "\(name)", "error": "\(error)"])
        }
    }

    /// Takes all tokens of an account back: no device logs in any more without the password.
    package func revokeTokens(of account: JID) async throws {
        try await tokens.store.revoke(account.bareString)
    }

    /// Takes the tokens of one device back.
    package func revokeTokens(of account: JID, device: String) async throws {
        try await tokens.store.revoke(account.bareString, device: device)
    }

    /// The devices that an account has logged in with since its password was set.
    package func devices(of account: JID) async throws -> [StoredDevice] {
        try await tokens.store.devices(account.bareString)
    }

    /// Removes what is kept for a visitor who has gone.
    package func forgetVisitor(_ account: JID) async {
        guard isVisitor(account), accounts.online(account) == nil else { return }
        do {
            try await database.write { [accountStore] context in
                try accountStore.removeLeftovers(of: account.bareString, in: context)
            }
        } catch {
            log.error("What a visitor left stays", metadata: ["error": "\(error)"])
        }
    }

    /// Whether an address belongs to a visitor (XEP-0175): an account that is gone with its session.
    package func isVisitor(_ account: JID) -> Bool {
        guard let local = account.local, configuration.allowsAnonymous(account.domain) else { return false }
        return SASLVisitors.isVisitor(local)
    }
}
