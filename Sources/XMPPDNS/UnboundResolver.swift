//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

/// A ``Resolver`` over libunbound: validates DNSSEC, follows CNAME records within the library's limits, keeps answers for
/// as long as they hold.
///
/// The library works on a thread of its own; another thread takes its answers. No event loop ever waits.
package final class UnboundResolver: Resolver {
    private let queries: UnboundQueries

    /// - Throws: ``DNSError/configuration(_:)``.
    package init(_ configuration: ResolverConfiguration) throws(DNSError) {
        queries = try UnboundQueries(configuration)
    }

    deinit {
        queries.close()
    }

    package func lookUp(_ name: String, _ type: DNSType) async throws -> DNSResponse {
        guard UnboundResolver.canAsk(for: name) else { throw DNSError.invalidName }
        let id = queries.nextID()
        return try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                queries.add(id, name: name, type: type, continuation)
            }
        } onCancel: {
            queries.cancel(id)
        }
    }

    /// Ends all questions with ``DNSError/closed`` and frees the library's memory, once its threads are at rest.
    package func close() {
        queries.close()
    }

    /// Whether a name can go on the wire: ASCII without spaces, labels of 1 to 63 octets, 253 in all.
    static func canAsk(for name: String) -> Bool {
        let bytes = name.utf8.last == UInt8(ascii: ".") ? name.utf8.dropLast() : name.utf8[...]
        return 1...253 ~= bytes.count && bytes.allSatisfy { 0x21...0x7E ~= $0 && $0 != UInt8(ascii: "\\") }
            && bytes.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
                .allSatisfy { 1...63 ~= $0.count }
    }
}
