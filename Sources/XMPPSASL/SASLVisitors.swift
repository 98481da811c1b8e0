//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

internal import XMPPTLS

/// The accounts of visitors: made at log-in without a name, gone with their session (XEP-0175).
package enum SASLVisitors {
    private static let prefix = "visitor-"
    private static let randomBytes = 16

    /// Whether it is such a name; no account can be made with one by other ways.
    package static func isVisitor(_ name: String) -> Bool {
        guard name.hasPrefix(prefix) else { return false }
        let rest = name.utf8.dropFirst(prefix.utf8.count)
        return rest.count == 2 * randomBytes && rest.allSatisfy { "0123456789abcdef".utf8.contains($0) }
    }

    /// 128 random bits: nobody guesses another visitor's address.
    static func makeName() -> String { prefix + SecureRandom.hexToken(bytes: randomBytes) }
}
