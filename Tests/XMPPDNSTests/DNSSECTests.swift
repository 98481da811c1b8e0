//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

import Testing
import XMPPDNS

/// What a real, signing name server and libunbound make of each other.
@Suite(.enabled(if: TestNameServer.isInstalled, "knot is not installed"))
struct DNSSECTests {
    private static let zones = [
        TestNameServer.Zone(
            name: "signed.example", isSigned: true,
            records: """
                _xmpp-server._tcp SRV 5 1 5269 host
                _xmpps-server._tcp SRV 4 1 443 Host
                host A 192.0.2.7
                host AAAA 2001:db8::7
                alias CNAME host
                _5269._tcp.host TLSA 3 1 1 0B9FA5A59EED715C26C1020C711B4F6EC42D58B0015E14337A39DAD301C5AFC3
                loop CNAME loop2
                loop2 CNAME loop
                """),
        TestNameServer.Zone(name: "plain.example", isSigned: false, records: "host A 192.0.2.8"),
        TestNameServer.Zone(name: "forged.example", isSigned: false, records: "host A 192.0.2.9"),
    ]

    /// A DS record whose key nobody has.
    private static let forgedKey =
        "forged.example. DS 39154 13 2 c64579711284d0a9f7b5b5c903cb0990185085fcda9d832367c605b0c8361def"

    private func world() async throws -> (TestNameServer, UnboundResolver) {
        let server = try TestNameServer(DNSSECTests.zones)
        try #require(server.keys.count == 1)
        let anchor = ResolverConfiguration.TrustAnchor.records(server.keys + [DNSSECTests.forgedKey])
        return (server, try await server.readyResolver(trusting: anchor, asking: "host.plain.example"))
    }

    @Test func tellsSecureInsecureAndBogusApart() async throws {
        let (server, resolver) = try await world()
        let secure = try await resolver.ipv4("host.signed.example")
        #expect(secure.records == [try #require(IPAddress("192.0.2.7"))])
        #expect(secure.isSecure && secure.exists && secure.timeToLive > 0)
        #expect(try await resolver.ipv6("host.signed.example.").records.first?.description == "2001:db8::7")

        let insecure = try await resolver.ipv4("host.plain.example")
        #expect(insecure.records.count == 1 && !insecure.isSecure)

        let error = await #expect(throws: DNSError.self) { try await resolver.ipv4("host.forged.example") }
        guard case .bogus(let reason)? = error else { throw try #require(error) }
        #expect(reason.contains("forged.example"))
        withExtendedLifetime(server) {}
    }

    @Test func provesThatThereIsNone() async throws {
        let (server, resolver) = try await world()
        let noName = try await resolver.services("_xmpp-server._tcp.nowhere.signed.example")
        #expect(noName.records.isEmpty && !noName.exists && noName.isSecure)
        let noType = try await resolver.services("host.signed.example")
        #expect(noType.records.isEmpty && noType.exists && noType.isSecure)
        let insecure = try await resolver.ipv4("nowhere.plain.example")
        #expect(insecure.records.isEmpty && !insecure.exists && !insecure.isSecure)
        withExtendedLifetime(server) {}
    }

    @Test func failuresAreNoAnswers() async throws {
        let (server, resolver) = try await world()
        // The server refuses what is none of its zones, which libunbound reports as a failure.
        await #expect(throws: DNSError.serverFailure("")) { try await resolver.ipv4("host.elsewhere.example") }
        await #expect(throws: DNSError.serverFailure("")) { try await resolver.ipv4("loop.signed.example") }
        withExtendedLifetime(server) {}
    }

    @Test func readsServicesTLSAAndAliases() async throws {
        let (server, resolver) = try await world()
        let targets = try await ServiceTargets.resolve("Signed.Example", with: resolver)
        #expect(
            targets.groups.map { $0.map(\.description) } == [
                ["host.signed.example:443 (direct TLS)"], ["host.signed.example:5269"],
            ])
        #expect(targets.isSecure)
        let tlsa = try await resolver.tlsa("_5269._tcp.host.signed.example")
        #expect(tlsa.isSecure)
        #expect(tlsa.records.map { [$0.usage, $0.selector, $0.matchingType] } == [[3, 1, 1]])
        #expect(tlsa.records.first?.data.prefix(2) == [0x0B, 0x9F])
        let alias = try await resolver.ipv4("alias.signed.example")
        #expect(alias.canonicalName == "host.signed.example")
        #expect(alias.records.count == 1 && alias.isSecure)
        #expect(try await resolver.ipv4("host.signed.example").canonicalName == nil)
        withExtendedLifetime(server) {}
    }

    @Test func withoutAnAnchorNothingIsSecure() async throws {
        let server = try TestNameServer(DNSSECTests.zones)
        let resolver = try await server.readyResolver(trusting: .none, asking: "host.plain.example")
        #expect(try await !resolver.ipv4("host.signed.example").isSecure)
        #expect(try await resolver.ipv4("host.forged.example").records.count == 1)
        withExtendedLifetime(server) {}
    }

    @Test func answersManyAtOnce() async throws {
        let (server, resolver) = try await world()
        let count = try await withThrowingTaskGroup(of: Int.self) { group in
            for index in 0..<600 {
                group.addTask {
                    try await resolver.ipv4(index.isMultiple(of: 2) ? "host.signed.example" : "n\(index).plain.example")
                        .records.count
                }
            }
            return try await group.reduce(0, +)
        }
        #expect(count == 300)
        withExtendedLifetime(server) {}
    }
}
