//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

package import XMPPCore

/// Upgrade tasks: a client that knows the password gives the server what it needs for a better mechanism (XEP-0480).
package enum SASLUpgrade {
    package static let namespace = "urn:xmpp:sasl:upgrade:0"
    package static let scramNamespace = "urn:xmpp:scram-upgrade:0"
    private static let prefix = "UPGR-"

    /// The task for a mechanism, which is named without `-PLUS`.
    package static func task(for mechanism: String) -> String { prefix + mechanism }

    /// The mechanism that a task is for; nil if it is no upgrade.
    package static func mechanism(of task: String) -> String? {
        task.hasPrefix(prefix) ? String(task.dropFirst(prefix.count)) : nil
    }

    /// Offers a task, or asks for it.
    package static func element(_ task: String) -> XMLElement { XMLElement("upgrade", namespace, text: task) }

    /// The tasks that are offered or asked for.
    package static func names(in element: XMLElement) -> [String] {
        element.children("upgrade", namespace).map(\.trimmedText)
    }

    /// What the client is to hash its password with (XEP-0480 §3).
    package struct Salt: Payload, Equatable {
        /// In base64.
        package var salt: String
        package var iterations: Int

        package init(_ salt: String, iterations: Int) {
            self.salt = salt
            self.iterations = iterations
        }

        package init(_ element: XMLElement) throws(PayloadError) {
            try element.expect("salt", scramNamespace)
            salt = element.trimmedText
            guard let iterations = try element.number("iterations", in: 1...Int(Int32.max)) else {
                throw PayloadError("salt", "no 'iterations'")
            }
            guard !salt.isEmpty else { throw PayloadError("salt", "empty") }
            self.iterations = iterations
        }

        package var element: XMLElement {
            XMLElement("salt", scramNamespace, ["iterations": String(iterations)], text: salt)
        }
    }

    /// The SaltedPassword of RFC 5802 §3.
    package struct Hash: Payload, Equatable {
        /// In base64.
        package var saltedPassword: String

        package init(_ saltedPassword: String) { self.saltedPassword = saltedPassword }

        package init(_ element: XMLElement) throws(PayloadError) {
            try element.expect("hash", scramNamespace)
            saltedPassword = element.trimmedText
            guard !saltedPassword.isEmpty else { throw PayloadError("hash", "empty") }
        }

        package var element: XMLElement { XMLElement("hash", scramNamespace, text: saltedPassword) }
    }
}
