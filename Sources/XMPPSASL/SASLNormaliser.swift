//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

/// The profiles of PRECIS (RFC 8265) that names and passwords pass through, given by the host so that this target
/// stays free of Unicode tables. Each returns nil for a string its profile forbids.
package struct SASLNormaliser: Sendable {
    /// UsernameCaseMapped.
    package let username: @Sendable (String) -> String?
    /// OpaqueString.
    package let password: @Sendable (String) -> String?

    package init(
        username: @escaping @Sendable (String) -> String?, password: @escaping @Sendable (String) -> String?
    ) {
        self.username = username
        self.password = password
    }
}
