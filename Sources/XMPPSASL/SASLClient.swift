//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

package import XMPPTLS

/// What a client does after a step of `SASLClient`.
package enum SASLClientAction: Sendable, Equatable {
    /// Send `<response/>` with these bytes.
    case respond([UInt8])
    /// The server has accepted us and, with SCRAM, proven that it knows our credentials.
    case authenticated
    /// Give up: the server is not what it claims, or speaks nonsense.
    case failure(SASLFailure)
}

/// The client's side of one authentication, as a value.
package struct SASLClient: Sendable {
    /// What the client says about channel binding.
    package enum Binding: Sendable, Equatable {
        /// We have none: no TLS, or a session without.
        case unsupported
        /// We have one, but the server offers no -PLUS mechanism; it fails the exchange if it did.
        case unoffered
        case bound(ChannelBindingType, [UInt8])
    }

    private enum State: Sendable {
        case initial
        case awaitingServerFirst
        case awaitingServerFinal(signature: [UInt8])
        /// The signature came in a challenge and was right; `<success/>` is still to come.
        case awaitingSuccess
        case finished
    }

    package let mechanism: SASLMechanism
    private let username: String
    private let password: String
    private let header: [UInt8]
    private let bindingData: [UInt8]
    private let authzid: String
    private let nonce: String
    private let advertisement: SASLAdvertisement?
    private var state = State.initial

    /// - `username`: the localpart, prepared.
    /// - `password`: normalised (OpaqueString).
    /// - `authzid`: only to act as somebody else; the server we make refuses that.
    /// - `binding`: `.bound` exactly with -PLUS mechanisms; other combinations are taken as `.unsupported`.
    /// - `advertisement`: what was seen of the server's offer, to be compared with what it says of it (XEP-0474).
    /// - `nonce`: random unless a test says otherwise; ASCII without commas.
    package init(
        mechanism: SASLMechanism, username: String, password: String, authzid: String? = nil,
        binding: Binding = .unsupported, advertisement: SASLAdvertisement? = nil,
        nonce: String = SecureRandom.base64URLToken(bytes: SASLLimits.nonceBytes)
    ) {
        self.mechanism = mechanism
        self.username = username
        self.password = password
        self.authzid = authzid ?? ""
        self.nonce = nonce
        self.advertisement = advertisement
        let flag: String
        switch binding {
        case .bound(let type, let data) where mechanism.isPlus:
            flag = "p=\(type.rawValue)"
            bindingData = data
        case .unoffered:
            flag = "y"
            bindingData = []
        case .unsupported, .bound:
            flag = "n"
            bindingData = []
        }
        let identity = authzid.map { Array("a=".utf8) + SCRAMMessage.escaped($0) } ?? []
        header = Array("\(flag),".utf8) + identity + Array(",".utf8)
    }

    /// The best mechanism both sides have, with what to say about channel binding.
    ///
    /// - `names`: mechanisms the server offers.
    /// - `types`: types of channel binding it advertises (XEP-0440); nil if it does not say, then the first of ours is
    ///   tried.
    /// - `bindings`: what our TLS session has, most wanted first.
    /// - `plainAllowed`: only ever on an encrypted stream with a verified certificate.
    package static func choose(
        from names: [String], advertised types: [String]?, bindings: [(ChannelBindingType, [UInt8])],
        plainAllowed: Bool
    ) -> (mechanism: SASLMechanism, binding: Binding)? {
        let offered = SASLMechanism.allCases.filter {
            names.contains($0.rawValue) && ($0.hash != nil || ($0 == .plain && plainAllowed))
        }
        let usable = bindings.first { type, _ in types.map { $0.contains(type.rawValue) } ?? true }
        if let usable, let plus = offered.first(where: \.isPlus) {
            return (plus, .bound(usable.0, usable.1))
        }
        guard let best = offered.first(where: { !$0.isPlus }) else { return nil }
        // "y" says that the server offered no channel binding at all (RFC 5802 §6).
        let offersPlus = names.contains { $0.hasSuffix("-PLUS") }
        return (best, bindings.isEmpty || offersPlus || best == .plain ? .unsupported : .unoffered)
    }

    /// The initial response, sent with `<auth/>`.
    package mutating func initialResponse() -> [UInt8] {
        guard mechanism != .plain else {
            state = .awaitingSuccess
            return Array("\(authzid)\0\(username)\0\(password)".utf8)
        }
        state = .awaitingServerFirst
        return header + clientFirstBare
    }

    /// Takes a challenge.
    package mutating func receive(challenge: [UInt8]) -> SASLClientAction {
        do throws(SASLFailure) {
            switch state {
            case .awaitingServerFirst:
                let (response, signature) = try respond(to: challenge)
                state = .awaitingServerFinal(signature: signature)
                return .respond(response)
            case .awaitingServerFinal(let signature):
                try check(challenge, against: signature)
                state = .awaitingSuccess
                return .respond([])
            case .initial, .awaitingSuccess, .finished:
                throw .malformed("challenge out of turn")
            }
        } catch {
            state = .finished
            return .failure(error)
        }
    }

    /// Takes `<success/>` with its data, if any.
    package mutating func receive(success data: [UInt8]?) -> SASLClientAction {
        defer { state = .finished }
        do throws(SASLFailure) {
            switch state {
            case .awaitingServerFinal(let signature):
                guard let data else { throw .notAuthorized("the server did not prove itself") }
                try check(data, against: signature)
            case .awaitingSuccess: break
            case .initial, .awaitingServerFirst, .finished:
                throw .notAuthorized("success before the server has proven itself")
            }
            return .authenticated
        } catch {
            return .failure(error)
        }
    }
}

extension SASLClient {
    private var clientFirstBare: [UInt8] {
        Array("n=".utf8) + SCRAMMessage.escaped(username) + Array(",r=\(nonce)".utf8)
    }

    /// The final message, and the signature the server must answer with. Takes milliseconds (PBKDF2).
    private func respond(
        to challenge: [UInt8]
    ) throws(SASLFailure) -> (response: [UInt8], signature: [UInt8]) {
        guard let hash = mechanism.hash else { throw .malformed("challenge out of turn") }
        let first = try SCRAMMessage.serverFirst(challenge)
        guard first.nonce.count > nonce.utf8.count, first.nonce.starts(with: nonce.utf8) else {
            throw .notAuthorized("the server's nonce does not begin with ours")
        }
        if let seen = advertisement?.downgradeHash(for: mechanism), let said = first.offerHash {
            guard ConstantTime.equals(Array(seen.utf8), said) else {
                throw .notAuthorized("the server has offered something else than came here (downgrade)")
            }
        }
        guard SASLLimits.clientIterations.contains(first.iterations) else {
            throw .notAuthorized("the server wants too few or too many iterations")
        }
        let credentials = SCRAMCredentials.saltedKeys(
            password: password, hash: hash, salt: first.salt, iterations: first.iterations)
        let binding = Base64.encode(header + bindingData)
        let withoutProof = Array("c=\(binding),r=".utf8) + first.nonce
        let message = SCRAMKeys.authMessage(
            clientFirstBare: clientFirstBare, serverFirst: challenge, clientFinal: withoutProof)
        let proof = SCRAMKeys.applySignature(
            to: credentials.clientKey, storedKey: hash.digest(credentials.clientKey), message: message, hash: hash)
        return (
            withoutProof + Array(",p=\(Base64.encode(proof))".utf8),
            hash.hmac(key: credentials.serverKey, message)
        )
    }

    private func check(_ final: [UInt8], against signature: [UInt8]) throws(SASLFailure) {
        guard ConstantTime.equals(try SCRAMMessage.serverFinal(final), signature) else {
            throw .notAuthorized("the server does not know our credentials")
        }
    }
}
