//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

/// A record of RFC 2782: where a service of a domain is.
package struct SRVRecord: Sendable, Hashable {
    /// Lower values are tried first.
    package let priority: UInt16
    /// The share among records of the same priority.
    package let weight: UInt16
    package let port: UInt16
    /// The host in lower case without a dot at its end; empty for `.`, which says that the service is not offered.
    package let target: String

    package init(priority: UInt16, weight: UInt16, port: UInt16, target: String) {
        self.priority = priority
        self.weight = weight
        self.port = port
        self.target = target
    }

    /// Reads the data of a record; nil if it is malformed or its target is no host name.
    package init?(data: [UInt8]) {
        var reader = RecordReader(data)
        guard let priority = reader.readUInt16(), let weight = reader.readUInt16(), let port = reader.readUInt16(),
            let target = reader.readHostName(), reader.isAtEnd
        else { return nil }
        self.init(priority: priority, weight: weight, port: port, target: target)
    }
}
