//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

/// A record of RFC 6698 §2.1: what certificate a service shows. Numbers, since unknown ones must be passed over (§4.1).
package struct TLSARecord: Sendable, Hashable {
    /// The longest data taken: a whole certificate with room to spare.
    private static let maximumDataLength = 16 * 1024

    /// 0 PKIX-TA, 1 PKIX-EE, 2 DANE-TA, 3 DANE-EE.
    package let usage: UInt8
    /// 0 the certificate, 1 its public key.
    package let selector: UInt8
    /// 0 the whole, 1 SHA-256, 2 SHA-512.
    package let matchingType: UInt8
    package let data: [UInt8]

    package init(usage: UInt8, selector: UInt8, matchingType: UInt8, data: [UInt8]) {
        self.usage = usage
        self.selector = selector
        self.matchingType = matchingType
        self.data = data
    }

    /// Reads the data of a record; nil if it is cut off or too long.
    package init?(data: [UInt8]) {
        guard data.count > 3, data.count <= TLSARecord.maximumDataLength else { return nil }
        self.init(usage: data[0], selector: data[1], matchingType: data[2], data: Array(data[3...]))
    }
}
