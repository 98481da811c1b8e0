//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

/// Asks DNS. Cancelling the task ends the wait.
package protocol Resolver: Sendable {
    /// The records of one type at `name`, an absolute name in ASCII with or without a dot at its end.
    ///
    /// - Throws: ``DNSError``, or `CancellationError`.
    func lookUp(_ name: String, _ type: DNSType) async throws -> DNSResponse
}

extension Resolver {
    package func ipv4(_ name: String) async throws -> DNSAnswer<IPAddress> {
        try await DNSAnswer(lookUp(name, .ipv4), .ipv4) { $0.count == 4 ? IPAddress(bytes: $0) : nil }
    }

    package func ipv6(_ name: String) async throws -> DNSAnswer<IPAddress> {
        try await DNSAnswer(lookUp(name, .ipv6), .ipv6) { $0.count == 16 ? IPAddress(bytes: $0) : nil }
    }

    package func services(_ name: String) async throws -> DNSAnswer<SRVRecord> {
        try await DNSAnswer(lookUp(name, .service), .service) { SRVRecord(data: $0) }
    }

    package func tlsa(_ name: String) async throws -> DNSAnswer<TLSARecord> {
        try await DNSAnswer(lookUp(name, .tlsa), .tlsa) { TLSARecord(data: $0) }
    }
}
