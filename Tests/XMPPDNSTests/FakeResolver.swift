//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

import XMPPDNS

/// Answers from a table; everything else does not exist.
struct FakeResolver: Resolver {
    var answers: [String: Result<DNSResponse, DNSError>] = [:]
    /// Whether "does not exist" is proven.
    var isSecure = false

    func lookUp(_ name: String, _ type: DNSType) async throws -> DNSResponse {
        try (answers["\(name) \(type.name)"] ?? .success(DNSResponse(isSecure: isSecure, exists: false))).get()
    }

    mutating func set(_ name: String, _ type: DNSType, _ records: [[UInt8]], isSecure: Bool = false) {
        answers["\(name) \(type.name)"] = .success(DNSResponse(records: records, isSecure: isSecure))
    }

    /// The data of an SRV record.
    static func srv(_ priority: UInt8, _ weight: UInt8, _ port: UInt16, _ target: String) -> [UInt8] {
        [0, priority, 0, weight, UInt8(port >> 8), UInt8(port & 0xFF)]
            + target.split(separator: ".").flatMap { [UInt8($0.utf8.count)] + Array($0.utf8) } + [0]
    }
}
