//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

package import XMPPTLS

/// The server's side of one authentication: a value that takes the client's messages and says what to do.
///
/// A call out of turn fails the exchange; after `.success` or `.failure` nothing but failures follow.
package struct SASLServer: Sendable {
    private enum State: Sendable {
        case initial
        case awaitingCredentials(SCRAMMessage.ClientFirst, username: String)
        case awaitingProof(SCRAMExchange)
        case awaitingVerdict(username: String)
        case awaitingTokens(username: String, proof: [UInt8])
        case awaitingAccount(username: String)
        case finished
    }

    package let mechanism: SASLMechanism
    private let offered: SASLMechanismList
    private let domain: String
    private let bindings: [ChannelBindingType: [UInt8]]
    private let certificateUsers: [String]
    private let claimedUsers: [String]?
    private let secret: SASLServerSecret
    private let normaliser: SASLNormaliser
    private let nonce: [UInt8]
    private let protectsOffer: Bool
    private var state = State.initial
    private var hasAskedForInitialResponse = false
    /// The number of the token that was shown, among those supplied.
    package private(set) var usedToken: Int?

    /// - `mechanism`: the name the client chose; `invalid-mechanism` unless it is in `offered`.
    /// - `offered`: what this stream offered.
    /// - `domain`: of the host, prepared: users are `localpart@domain`.
    /// - `allowsTokens`: whether the mechanisms for tokens may be used, although they are not in the list.
    /// - `bindings`: data of the stream's TLS session for each type of channel binding offered.
    /// - `certificateUsers`: localparts at `domain` that the client's certificate speaks for.
    /// - `claimedUsers`: if not nil, the client has shown a certificate that nobody vouches for: an account may have named it
    ///   as its own (XEP-0257), which the host finds out. Localparts at `domain` that stand in it.
    /// - `protectsOffer`: whether SCRAM says what was offered (XEP-0474); not for the examples of older documents.
    /// - `nonce`: our part of the nonce, random unless a test says otherwise; ASCII without commas.
    package init(
        mechanism name: String, offered: SASLMechanismList, domain: String,
        allowsTokens: Bool = false, bindings: [ChannelBindingType: [UInt8]] = [:], certificateUsers: [String] = [],
        claimedUsers: [String]? = nil, secret: SASLServerSecret, normaliser: SASLNormaliser,
        nonce: String = SecureRandom.base64URLToken(bytes: SASLLimits.nonceBytes), protectsOffer: Bool = true
    ) throws(SASLFailure) {
        guard let mechanism = SASLMechanism(rawValue: name),
            offered.contains(mechanism) || (allowsTokens && offered.tokenMechanisms.contains(mechanism))
        else { throw SASLFailure(.invalidMechanism, "not offered on this stream") }
        self.mechanism = mechanism
        self.offered = offered
        self.domain = domain
        self.bindings = bindings
        self.certificateUsers = certificateUsers
        self.claimedUsers = claimedUsers
        self.secret = secret
        self.normaliser = normaliser
        self.nonce = Array(nonce.utf8)
        self.protectsOffer = protectsOffer
    }

    /// Takes the initial response (nil if the client sent none) or a response, decoded from base64.
    package mutating func receive(_ message: [UInt8]?) -> SASLServerAction {
        guard let message else {
            // The client speaks first in all our mechanisms: ask for it, once (RFC 4422 §5, 2a).
            guard case .initial = state, !hasAskedForInitialResponse else {
                return fail(.malformed("no data"))
            }
            hasAskedForInitialResponse = true
            return .challenge([])
        }
        do throws(SASLFailure) {
            switch state {
            case .initial:
                switch mechanism {
                case .plain: return try receivePlain(message)
                case .external: return try receiveExternal(message)
                case .anonymous: return try receiveAnonymous(message)
                case .tokenExporter, .tokenEndPoint, .tokenUnbound: return try receiveToken(message)
                default: return try receiveClientFirst(message)
                }
            case .awaitingProof(let exchange):
                let final = try exchange.verify(message)
                state = .finished
                return .success(username: exchange.username, serverFinal: final)
            case .awaitingCredentials, .awaitingVerdict, .awaitingTokens, .awaitingAccount, .finished:
                throw .malformed("message out of turn")
            }
        } catch {
            return fail(error)
        }
    }

    /// Answers `.needsCredentials`. With nil (no such user, no credentials for this hash, or the account is locked) the
    /// exchange goes on with made-up ones and fails at the proof, exactly as with a wrong password.
    package mutating func supply(credentials: SCRAMCredentials?) -> SASLServerAction {
        guard case .awaitingCredentials(let first, let username) = state, let hash = mechanism.hash else {
            return fail(.malformed("credentials out of turn"))
        }
        let madeUp = secret.madeUpCredentials(username: username, domain: domain, hash: hash)
        let exchange = SCRAMExchange(
            username: username, isKnown: credentials?.hash == hash, first: first,
            credentials: credentials.flatMap { $0.hash == hash ? $0 : nil } ?? madeUp,
            binding: boundData(first), serverNonce: nonce,
            offerHash: protectsOffer ? offered.downgradeHash(for: mechanism) : nil)
        state = .awaitingProof(exchange)
        return .challenge(exchange.serverFirst)
    }

    /// Answers `.verifyPassword`.
    package mutating func supply(isPasswordRight: Bool) -> SASLServerAction {
        guard case .awaitingVerdict(let username) = state else { return fail(.malformed("verdict out of turn")) }
        guard isPasswordRight else { return fail(.notAuthorized("wrong password or no such user")) }
        state = .finished
        return .success(username: username, serverFinal: nil)
    }

    /// Answers `.needsTokens`: those that the device of the client was given; none if the account does not exist, is
    /// locked, or has none for this device.
    package mutating func supply(tokens: [SASLToken]) -> SASLServerAction {
        guard case .awaitingTokens(let username, let proof) = state else {
            return fail(.malformed("tokens out of turn"))
        }
        let binding = mechanism.tokenBinding.flatMap { bindings[$0] } ?? []
        // The same work whether or not there are any.
        let madeUp = SASLToken(secret.madeUpToken(username: username, domain: domain), mechanism: mechanism)
        var found: Int?
        for (number, token) in (tokens + [madeUp]).enumerated() {
            let isRight = ConstantTime.equals(
                HashedToken.initiatorProof(token: token.token, binding: binding), proof)
            if isRight, token.mechanism == mechanism, number < tokens.count, found == nil { found = number }
        }
        guard let found else { return fail(.notAuthorized("wrong token or no such user")) }
        guard !tokens[found].isExpired else { return fail(SASLFailure(.credentialsExpired, "the token has expired")) }
        usedToken = found
        state = .finished
        return .success(
            username: username,
            serverFinal: HashedToken.responderMessage(token: tokens[found].token, binding: binding))
    }

    /// Answers `.needsAccount`: whether there is such an account, and it is not locked.
    package mutating func supply(accountExists: Bool) -> SASLServerAction {
        guard case .awaitingAccount(let username) = state else { return fail(.malformed("account out of turn")) }
        guard accountExists else { return fail(.notAuthorized("no such user")) }
        state = .finished
        return .success(username: username, serverFinal: nil)
    }

    private mutating func fail(_ failure: SASLFailure) -> SASLServerAction {
        state = .finished
        return .failure(failure)
    }
}

extension SASLServer {
    private mutating func receiveClientFirst(_ message: [UInt8]) throws(SASLFailure) -> SASLServerAction {
        let first = try SCRAMMessage.clientFirst(message)
        try checkFlag(first.flag)
        let username = try prepared(first.username)
        try checkAuthzid(first.authzid, username: username)
        state = .awaitingCredentials(first, username: username)
        return .needsCredentials(username: username)
    }

    /// RFC 4616 §2: `[authzid] NUL authcid NUL passwd`.
    private mutating func receivePlain(_ message: [UInt8]) throws(SASLFailure) -> SASLServerAction {
        guard message.count <= SASLLimits.maximumMessageBytes,
            String(validating: message, as: UTF8.self) != nil
        else { throw .malformed("not UTF-8 or too long") }
        let fields = message.split(separator: 0, omittingEmptySubsequences: false)
        guard fields.count == 3, !fields[1].isEmpty, !fields[2].isEmpty,
            fields[0].count <= SASLLimits.maximumAuthzidBytes, fields[1].count <= SASLLimits.maximumUsernameBytes,
            fields[2].count <= SASLLimits.maximumPasswordBytes
        else { throw .malformed("not three fields within limits") }
        let username = try prepared(String(decoding: fields[1], as: UTF8.self))
        let authzid = fields[0].isEmpty ? nil : String(decoding: fields[0], as: UTF8.self)
        try checkAuthzid(authzid, username: username)
        guard let password = normaliser.password(String(decoding: fields[2], as: UTF8.self)) else {
            throw .notAuthorized("password not allowed by OpaqueString")
        }
        state = .awaitingVerdict(username: username)
        return .verifyPassword(username: username, password: password)
    }

    private mutating func receiveToken(_ message: [UInt8]) throws(SASLFailure) -> SASLServerAction {
        let (name, proof) = try HashedToken.parse(message)
        if let type = mechanism.tokenBinding, bindings[type] == nil {
            throw .malformed("channel binding of a type that the session does not have")
        }
        let username = try prepared(name)
        state = .awaitingTokens(username: username, proof: proof)
        return .needsTokens(username: username)
    }

    /// XEP-0178 §2: without an authorisation identity the certificate must leave no choice.
    private mutating func receiveExternal(_ message: [UInt8]) throws(SASLFailure) -> SASLServerAction {
        guard message.count <= SASLLimits.maximumAuthzidBytes,
            let authzid = String(validating: message, as: UTF8.self), !authzid.utf8.contains(0)
        else { throw .malformed("not UTF-8 or too long") }
        let username: String
        if authzid.isEmpty {
            let users = certificateUsers.isEmpty ? claimedUsers ?? [] : certificateUsers
            guard let only = users.first else { throw .notAuthorized("the certificate names no account") }
            guard users.count == 1 else {
                throw SASLFailure(.invalidAuthzid, "the certificate names several accounts")
            }
            username = only
        } else {
            let named = certificateUsers.first { isOwnAddress(authzid, username: $0) }
            guard let found = named ?? (claimedUsers == nil ? nil : ownUser(authzid)) else {
                throw SASLFailure(.invalidAuthzid, "not an account that the certificate names")
            }
            username = found
        }
        state = .awaitingAccount(username: username)
        return .needsAccount(username: username)
    }

    /// RFC 4505 §2. What the client says of itself is for tracing only (XEP-0175 §3): it is not used.
    private mutating func receiveAnonymous(_ message: [UInt8]) throws(SASLFailure) -> SASLServerAction {
        guard message.count <= SASLLimits.maximumAuthzidBytes, String(validating: message, as: UTF8.self) != nil else {
            throw .malformed("not UTF-8 or too long")
        }
        state = .finished
        return .success(username: SASLVisitors.makeName(), serverFinal: nil)
    }

    private func prepared(_ name: String) throws(SASLFailure) -> String {
        guard let username = normaliser.username(name), !username.isEmpty,
            username.utf8.count <= SASLLimits.maximumUsernameBytes
        else { throw .notAuthorized("user name not allowed by UsernameCaseMapped") }
        return username
    }

    /// RFC 5802 §6.
    private func checkFlag(_ flag: SCRAMMessage.BindingFlag) throws(SASLFailure) {
        switch flag {
        case .bound(let name):
            guard mechanism.isPlus else { throw .malformed("channel binding without a -PLUS mechanism") }
            guard let type = ChannelBindingType(rawValue: name), offered.channelBindings.contains(type),
                bindings[type] != nil
            else { throw .malformed("channel binding of a type not advertised") }
        case .unoffered:
            guard !mechanism.isPlus else { throw .malformed("a -PLUS mechanism without channel binding") }
            guard !offered.offersPlus else {
                throw .notAuthorized("the client was made to believe that we have no channel binding (downgrade)")
            }
        case .unsupported:
            guard !mechanism.isPlus else { throw .malformed("a -PLUS mechanism without channel binding") }
        }
    }

    /// Nobody acts as anybody else here: the identity, if given, must be the user's own bare address.
    private func checkAuthzid(_ authzid: String?, username: String) throws(SASLFailure) {
        guard let authzid else { return }
        guard isOwnAddress(authzid, username: username) else {
            throw SASLFailure(.invalidAuthzid, "not the user's own bare address")
        }
    }

    private func isOwnAddress(_ address: String, username: String) -> Bool {
        let bytes = address.utf8
        guard let at = bytes.lastIndex(of: UInt8(ascii: "@")) else { return false }
        return normaliser.username(String(address[..<at])) == username
            && String(address[bytes.index(after: at)...]).lowercased() == domain
    }

    /// The user that an address of this host belongs to.
    private func ownUser(_ address: String) -> String? {
        guard let at = address.utf8.lastIndex(of: UInt8(ascii: "@")),
            let username = normaliser.username(String(address[..<at])), !username.isEmpty,
            username.utf8.count <= SASLLimits.maximumUsernameBytes, isOwnAddress(address, username: username)
        else { return nil }
        return username
    }

    private func boundData(_ first: SCRAMMessage.ClientFirst) -> [UInt8] {
        guard case .bound(let name) = first.flag, let type = ChannelBindingType(rawValue: name) else { return [] }
        return bindings[type] ?? []
    }
}
