//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

import XMPPDNS

/// Answers from a table; everything else does not exist.
struct FakeResolver: Resolver {
    var answers: [String: Result<DNSResponse, DNSError>] = [:]
    /// Whether everything is proven.
    var isSecure = false

    func lookUp(_ name: String, _ type: DNSType) async throws -> DNSResponse {
        try (answers["\(name) \(type.name)"] ?? .success(DNSResponse(isSecure: isSecure, exists: false))).get()
    }

    mutating func addresses(_ host: String, _ addresses: String...) {
        let all = addresses.compactMap { IPAddress($0) }
        for (type, list) in [(DNSType.ipv4, all.filter { !$0.isIPv6 }), (.ipv6, all.filter(\.isIPv6))] {
            answers["\(host) \(type.name)"] = .success(DNSResponse(records: list.map(\.bytes), isSecure: isSecure))
        }
    }

    mutating func service(
        _ domain: String, _ target: String, port: Int, priority: UInt8 = 0, isDirectTLS: Bool = false
    ) {
        let name = "_xmpp\(isDirectTLS ? "s" : "")-server._tcp.\(domain) SRV"
        let data: [UInt8] =
            [0, priority, 0, 0, UInt8(port >> 8), UInt8(port & 0xFF)]
            + target.split(separator: ".").flatMap { [UInt8($0.utf8.count)] + Array($0.utf8) } + [0]
        let before = (try? answers[name]?.get().records) ?? []
        answers[name] = .success(DNSResponse(records: before + [data], isSecure: isSecure))
    }

    mutating func tlsa(_ host: String, port: Int, _ records: [[UInt8]]) {
        answers["_\(port)._tcp.\(host) TLSA"] = .success(DNSResponse(records: records, isSecure: isSecure))
    }
}
