//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

import Glibc

/// Domain names as DNS, TLS and certificates write them.
package enum DomainName {
    /// The longest name in text form, without a dot at its end (RFC 1035 §2.3.4: 255 octets on the wire).
    package static let maximumLength = 253

    /// The name in A-labels (RFC 5890 §2.3.2.1), lower case, without a dot at its end; nil for IP addresses and for
    /// what is no host name.
    package static func ascii(_ domain: String) -> String? {
        guard let prepared = try? DomainPart.prepared(domain), prepared.utf8.first != UInt8(ascii: "[") else {
            return nil
        }
        var address = in_addr()
        guard inet_pton(AF_INET, prepared, &address) != 1 else { return nil }
        let isASCII = prepared.utf8.allSatisfy { $0 < 0x80 }
        guard let name = isASCII ? prepared : try? DomainPart.asciiForm(of: prepared) else { return nil }
        return name.utf8.count <= maximumLength ? name : nil
    }
}
