//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

/// One place where the streams of a domain may be taken.
package struct ServiceTarget: Sendable, Hashable {
    /// A host name in A-labels, or an IP address.
    package let host: String
    package let port: Int
    /// TLS from the first byte (XEP-0368), else STARTTLS.
    package let isDirectTLS: Bool
    package let priority: UInt16
    package let weight: UInt16

    package init(host: String, port: Int, isDirectTLS: Bool, priority: UInt16 = 0, weight: UInt16 = 0) {
        self.host = host
        self.port = port
        self.isDirectTLS = isDirectTLS
        self.priority = priority
        self.weight = weight
    }
}

extension ServiceTarget: CustomStringConvertible {
    package var description: String {
        (host.utf8.contains(UInt8(ascii: ":")) ? "[\(host)]" : host) + ":\(port)" + (isDirectTLS ? " (direct TLS)" : "")
    }
}
