//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

internal import Synchronization
internal import XMPPCore
internal import XMPPPayloads
internal import XMPPSASL
internal import XMPPStorage
internal import XMPPStream
internal import XMPPTLS

/// Gives out tokens and looks at those that are shown (XEP-0484).
///
/// A token is an HMAC over what it belongs to and a nonce, under a key that is not in the store: the store holds the nonce
/// only. Both sides of a log-in are HMACs under the token, so a server must have the token itself; a hash of it in the
/// store would be as good as the token to whoever reads the store.
final class TokenService: Sendable {
    /// What is found when a device shows a token.
    struct Login: Sendable {
        var stored = StoredLogin()
        var tokens: [SASLToken] = []
    }

    /// What came of a log-in.
    struct Settled: Sendable {
        /// The new token, if there is one.
        var token: FAST.Token?
        /// The token that was shown, where it has still to be seen that it was not taken back meanwhile.
        var unchecked: ShownToken?
        /// Something waits to be written, and nobody has been asked to.
        var isWritingDue = false
    }

    /// 128 bits.
    private static let nonceLength = 16
    /// Seconds after which a device's last use is written down anew.
    private static let freshness: Int64 = 3600

    let store: TokenStore
    let uses = DeviceUses()
    private let settings: TokenSettings?

    init(_ store: TokenStore, settings: TokenSettings?) {
        self.store = store
        self.settings = settings
    }

    var isEnabled: Bool { settings != nil }

    /// The tokens of an account's device.
    func login(_ account: JID, device: String, now: Int64) async throws -> Login {
        guard let settings else { return Login() }
        let stored = uses.applied(to: try await store.login(account.bareString, device: device))
        let tokens = stored.tokens.map { token in
            SASLToken(
                Self.token(token, account: account, device: device, key: settings.key),
                mechanism: SASLMechanism(rawValue: token.mechanism) ?? .external, isExpired: token.expires <= now)
        }
        return Login(stored: stored, tokens: tokens)
    }

    /// Writes down what a log-in changes, and gives the new token, if there is one. `login` is what the token that was shown
    /// was checked against; nil if none was. `known` is the device, if it has logged in before. Throws `SASLFailure` if the
    /// token has been revoked, or used with this counter, meanwhile.
    func settle(
        _ establishment: SASL2Establishment, login: Login?, known: StoredDevice?, address: String, now: Int64
    ) async throws -> Settled {
        guard let agent = establishment.userAgent, let id = agent.id, establishment.mechanism != .anonymous else {
            return Settled()
        }
        var use = TokenUse()
        var mechanism = establishment.requestedToken
        var used: StoredToken?
        if let login, let number = establishment.usedToken, number < login.stored.tokens.count {
            let token = login.stored.tokens[number]
            used = token
            use.nonce = token.nonce
            use.count = establishment.tokenUse?.count
            use.invalidates = establishment.tokenUse?.invalidates ?? false
            if mechanism == nil, !use.invalidates, isDue(token, now: now) { mechanism = establishment.mechanism }
        }
        let new = mechanism.flatMap { makeToken($0, now: now) }
        use.new = new
        let device = StoredDevice(
            id: id, software: agent.software, name: agent.device, address: address, firstUsed: now, lastUsed: now)
        let isFirstUse = establishment.usedToken == 0 && login?.stored.hasUnusedToken == true
        if let used, let count = use.count, !uses.take(count, of: used) {
            throw SASLFailure(.notAuthorized, "the counter of the token was used before")
        }
        // What binds reads the account, and the token, once more; what else is there can wait a moment.
        let mayWait = establishment.bind != nil && establishment.resume == nil
        if mayWait, let stored = login?.stored.device ?? known, new == nil, !use.invalidates {
            var settled = Settled(unchecked: used.map { ShownToken(device: id, nonce: $0.nonce) })
            if use.count != nil || isFirstUse || !isFresh(stored, device) {
                settled.isWritingDue = uses.add(
                    DeviceUse(
                        account: establishment.account.bareString, device: device, nonce: used?.nonce, count: use.count),
                    isFirst: isFirstUse)
            }
            return settled
        }
        if let used, !isFirstUse, use == TokenUse(nonce: used.nonce), isFresh(login?.stored.device, device) {
            return Settled()
        }
        switch try await store.record(use, device: device, account: establishment.account.bareString) {
        case .kept: break
        case .revoked: throw SASLFailure(.notAuthorized, "revoked meanwhile")
        case .replayed: throw SASLFailure(.notAuthorized, "the counter of the token was used before")
        }
        guard let new, let settings else { return Settled() }
        return Settled(
            token: FAST.Token(
                Self.token(new, account: establishment.account, device: id, key: settings.key),
                expiry: Timestamp(milliseconds: new.expires)))
    }

    // MARK: Tokens

    private func makeToken(_ mechanism: SASLMechanism, now: Int64) -> StoredToken? {
        settings.map { settings in
            StoredToken(
                mechanism: mechanism.rawValue, nonce: SecureRandom.bytes(Self.nonceLength), issued: now,
                expires: now + settings.lifetime * 1000)
        }
    }

    private func isDue(_ token: StoredToken, now: Int64) -> Bool {
        guard let settings else { return false }
        return now - token.issued >= settings.rotation * 1000
    }

    /// Whether what is known of a device need not be written again.
    private func isFresh(_ known: StoredDevice?, _ device: StoredDevice) -> Bool {
        guard let known else { return false }
        return known.software == device.software && known.name == device.name && known.address == device.address
            && device.lastUsed - known.lastUsed < Self.freshness * 1000
    }

    private static func token(_ token: StoredToken, account: JID, device: String, key: [UInt8]) -> String {
        // No part but the last can hold a NUL.
        let text = Array("\(account.bareString)\0\(device)\0\(token.mechanism)\0".utf8) + token.nonce
        return "fast-" + Base64.encodeURL(HashFunction.sha256.hmac(key: key, text))
    }
}
