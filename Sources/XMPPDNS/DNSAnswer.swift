//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

/// The answer to one question, its data unread.
package struct DNSResponse: Sendable, Equatable {
    /// The data of each record (RFC 1035 §3.2.1), names in it uncompressed.
    package var records: [[UInt8]]
    /// DNSSEC has proven the answer, be it that there is none.
    package var isSecure: Bool
    /// False if the name itself does not exist (NXDOMAIN).
    package var exists: Bool
    /// The name at the end of a chain of CNAME records; nil if there was none.
    package var canonicalName: String?
    /// Seconds for which the answer holds.
    package var timeToLive: Int

    package init(
        records: [[UInt8]] = [], isSecure: Bool = false, exists: Bool = true, canonicalName: String? = nil,
        timeToLive: Int = 0
    ) {
        self.records = records
        self.isSecure = isSecure
        self.exists = exists
        self.canonicalName = canonicalName
        self.timeToLive = timeToLive
    }
}

/// The answer to one question. Forged answers never come this far: they are errors.
package struct DNSAnswer<Record: Sendable>: Sendable {
    /// The records that can be read; may be empty.
    package let records: [Record]
    /// DNSSEC has proven the answer, be it that there is none.
    package let isSecure: Bool
    /// False if the name itself does not exist (NXDOMAIN).
    package let exists: Bool
    /// The name at the end of a chain of CNAME records; nil if there was none.
    package let canonicalName: String?
    /// Seconds for which the answer holds.
    package let timeToLive: Int

    package init(
        records: [Record], isSecure: Bool = false, exists: Bool = true, canonicalName: String? = nil,
        timeToLive: Int = 0
    ) {
        self.records = records
        self.isSecure = isSecure
        self.exists = exists
        self.canonicalName = canonicalName
        self.timeToLive = timeToLive
    }

    /// Reads each record with `read`; those it refuses are left out.
    ///
    /// - Throws: ``DNSError/malformed(_:)`` if there are records and it refuses them all.
    init(_ response: DNSResponse, _ type: DNSType, read: ([UInt8]) -> Record?) throws(DNSError) {
        let records = response.records.compactMap(read)
        guard !records.isEmpty || response.records.isEmpty else { throw .malformed(type) }
        self.init(
            records: records, isSecure: response.isSecure, exists: response.exists,
            canonicalName: response.canonicalName, timeToLive: response.timeToLive)
    }
}
