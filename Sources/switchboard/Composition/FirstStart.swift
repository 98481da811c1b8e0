//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

import FoundationEssentials
import Logging
import XMPPCore
import XMPPSASL
import XMPPStorage
import XMPPTLS

/// What is made once, when the store is new, and kept.
struct FirstStart {
    private let configuration: SwitchboardConfiguration
    private let meta: MetaStore
    private let accounts: AccountStore

    init(_ configuration: SwitchboardConfiguration, database: XMPPDatabase) {
        self.configuration = configuration
        meta = MetaStore(database)
        accounts = AccountStore(database)
    }

    /// From which the credentials of unknown users are made up; a secret that changed would betray them.
    func secret() async throws -> [UInt8] {
        try await meta.value(for: "sasl-secret", orStore: SecureRandom.bytes(SASLServerSecret.length))
    }

    /// Names this store, so that ids made of its row numbers are nobody else's.
    func instance() async throws -> String {
        let bytes = try await meta.value(for: "instance", orStore: Array(SecureRandom.hexToken(bytes: 8).utf8))
        return String(decoding: bytes, as: UTF8.self)
    }

    /// Makes the accounts that the configuration wants at the first start.
    func makeAccounts(_ log: Logger) async throws {
        guard !configuration.initialAccounts.isEmpty, try await meta.value(for: "initial-accounts") == nil else {
            return
        }
        for entry in configuration.initialAccounts {
            guard let password = entry.value.password?.value,
                let credentials = AccountAdministration.credentials(
                    for: password, authentication: configuration.authentication)
            else { continue }
            do {
                try await accounts.create(
                    entry.value.address.bareString, credentials: credentials, created: Timestamp.now().milliseconds)
            } catch {
                guard error == .exists else { throw error }
            }
        }
        try await meta.set([1], for: "initial-accounts")
        log.info("Initial accounts made", metadata: ["count": "\(configuration.initialAccounts.count)"])
    }
}
