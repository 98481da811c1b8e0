//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

/// A domain of ours and one of others: what streams between servers are proven for.
package struct DomainPair: Hashable, Sendable, CustomStringConvertible {
    package let local: String
    package let remote: String

    package init(local: String, remote: String) {
        self.local = local
        self.remote = remote
    }

    package var description: String { "\(local) ↔ \(remote)" }
}
