//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

internal import Logging
package import XMPPCore
package import XMPPSASL
package import XMPPStorage
internal import XMPPTLS

extension ServerCore {
    /// The stored keys of an account, with `hash` only that one, none if it doesn't exist or is disabled, and what is known
    /// of its device.
    func credentials(
        _ account: JID, hash: HashFunction? = nil, device: String? = nil
    ) async throws -> (keys: [SCRAMCredentials], device: StoredDevice?) {
        let stored = try await accountStore.loginCredentials(
            account.bareString, mechanism: hash?.storedMechanism, device: device)
        return (stored.credentials.compactMap { SCRAMCredentials($0) }, stored.device)
    }

    /// The same for who does not wait: `answer` is called once, on any thread.
    func credentials(
        _ account: JID, hash: HashFunction?, device: String?,
        answer: @escaping @Sendable (Result<(keys: [SCRAMCredentials], device: StoredDevice?), any Error>) -> Void
    ) {
        accountStore.loginCredentials(
            account.bareString, mechanism: hash?.storedMechanism, device: device
        ) { result in
            let keys = result.map { stored in
                (keys: stored.credentials.compactMap { SCRAMCredentials($0) }, device: stored.device)
            }
            answer(keys.mapError { $0 as any Error })
        }
    }

    /// Checks a password given in the clear; takes as long for an account that doesn't exist.
    func verifies(password: String, of account: JID?) async throws -> Bool {
        var known: SCRAMCredentials?
        if let account { known = try await credentials(account).keys.first { $0.hash == .sha256 } }
        let credentials = known
        let iterations = configuration.authentication.iterations
        return try await hashing.run {
            guard let credentials else {
                return SCRAMCredentials.verifyDummy(password: password, iterations: iterations)
            }
            return credentials.verifies(password: password)
        }
    }

    /// Adds keys that a client has made of the password it has just proven (XEP-0480). Does nothing if the account's
    /// password has changed meanwhile.
    func upgrade(_ account: JID, new: SCRAMCredentials, proven: SCRAMCredentials) async throws {
        let isAdded = try await accountStore.add(
            StoredCredential(new), of: account.bareString, proven: StoredCredential(proven))
        guard isAdded else { return }
        log.info("Keys added", metadata: ["account": "\(account)", "hash": "\(new.hash.rawValue)"])
        await keys.refresh()
    }

    /// Makes an account.
    ///
    /// - Throws: `StorageError.exists`, also for a name that is kept for somebody else; `JIDError` if the password is not allowed (RFC 8265 §4).
    package func createAccount(_ account: JID, password: String) async throws {
        guard !SASLVisitors.isVisitor(account.local ?? "") else { throw StorageError.exists }
        let credentials = try await storedCredentials(password: password)
        let now = Timestamp.now().milliseconds
        try await database.write { [accountStore, invitations] context in
            guard try !invitations.isReserved(account.bareString, exceptBy: nil, at: now, in: context) else {
                throw StorageError.exists
            }
            try accountStore.create(account.bareString, credentials: credentials, created: now, in: context)
        }
        profiles.invalidate(account.bareString)
        log.info("Account created", metadata: ["account": "\(account)"])
    }

    /// Gives an account another password. Its tokens are good no more.
    package func setPassword(_ password: String, of account: JID) async throws {
        let credentials = try await storedCredentials(password: password)
        try await accountStore.setCredentials(credentials, of: account.bareString)
        log.info("Password changed", metadata: ["account": "\(account)"])
    }

    /// The keys that are stored for a password. Throws `JIDError` if it is none (RFC 8265 §4).
    func storedCredentials(password: String) async throws -> [StoredCredential] {
        let prepared = try PRECIS.opaqueString(password)
        let iterations = configuration.authentication.iterations
        let hashes = HashFunction.allCases.filter(configuration.authentication.hashes.contains)
        return try await hashing.run {
            hashes.map {
                StoredCredential(SCRAMCredentials.derive(password: prepared, hash: $0, iterations: iterations))
            }
        }
    }
}

extension HashFunction {
    /// The name under which keys of this hash are stored.
    fileprivate var storedMechanism: String {
        switch self {
        case .sha1: SASLMechanism.scramSHA1.rawValue
        case .sha256: SASLMechanism.scramSHA256.rawValue
        case .sha512: SASLMechanism.scramSHA512.rawValue
        }
    }
}

extension SCRAMCredentials {
    /// Nil if the stored mechanism is none that we know.
    package init?(_ stored: StoredCredential) {
        guard let hash = SASLMechanism(rawValue: stored.mechanism)?.hash else { return nil }
        self.init(
            hash: hash, salt: stored.salt, iterations: stored.iterations, storedKey: stored.storedKey,
            serverKey: stored.serverKey)
    }
}

extension StoredCredential {
    package init(_ credentials: SCRAMCredentials) {
        let mechanism = SASLMechanism.allCases.first { $0.hash == credentials.hash && !$0.isPlus }
        self.init(
            mechanism: mechanism?.rawValue ?? "", salt: credentials.salt, iterations: credentials.iterations,
            storedKey: credentials.storedKey, serverKey: credentials.serverKey)
    }
}
