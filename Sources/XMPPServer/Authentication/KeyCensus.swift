//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

internal import Logging
internal import Synchronization
internal import XMPPSASL
internal import XMPPStorage
internal import XMPPTLS

/// Which mechanisms all accounts of a host have keys for.
///
/// Accounts that were made before SCRAM-SHA-512 have no keys for it, and clients choose the best that is offered: so it is
/// offered on a host only once no account there lacks it. What is offered is the same for everybody, whether or not there
/// is such an account.
final class KeyCensus: Sendable {
    private let store: AccountStore
    private let log: Logger
    /// Hosts with accounts that lack the keys; nil until it was looked.
    private let lacking = Mutex<Set<String>?>(nil)
    private let hashes: Set<HashFunction>

    init(_ store: AccountStore, hashes: Set<HashFunction>, log: Logger) {
        self.store = store
        self.hashes = hashes
        self.log = log
    }

    /// The hashes to be offered on a host.
    func hashes(on host: String) -> Set<HashFunction> {
        let isComplete = hashes.contains(.sha512) && lacking.withLock { $0.map { !$0.contains(host) } ?? false }
        // Every account has had these from the first version on.
        return isComplete ? [.sha1, .sha256, .sha512] : [.sha1, .sha256]
    }

    /// Looks again.
    func refresh() async {
        guard hashes.contains(.sha512) else { return }
        do {
            let found = try await store.accountsWithout(SASLMechanism.scramSHA512.rawValue)
            lacking.withLock { $0 = Set(found.keys) }
        } catch {
            log.error("The accounts' keys could not be counted", metadata: ["error": "\(error)"])
        }
    }
}
