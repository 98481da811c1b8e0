//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

package import BizBuddyCore
package import BizBuddyStorage

/// Where customers' records come from.
package protocol RecordSource: Sendable {
    /// The record of the customer at a bare, canonical address; nil if the source knows nobody there.
    func record(of address: String) async throws -> CustomerRecord?
}

extension CustomerDirectory: RecordSource {
    package func record(of address: String) async throws -> CustomerRecord? {
        try await lookup(address)
    }
}
