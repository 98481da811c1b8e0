//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

import Testing
import XMPPTLS

/// Whose certificate it is (RFC 9525).
@Suite struct CertificateIdentityTests {
    private func match(_ name: String, _ domain: String, ascii: String? = nil) throws -> IdentityMatch? {
        try #require(try PeerAuthority.shared.certificate(name))
            .match(ReferenceIdentity(domain: domain, ascii: ascii ?? domain))
    }

    @Test(
        arguments: [
            ("good", "peer.example", .dnsName), ("good", "a.wild.example", .wildcard),
            ("service", "peer.example", .serviceName), ("service", "mail.example", .dnsName),
        ] as [(String, String, IdentityMatch)])
    func isFor(_ name: String, _ domain: String, _ expected: IdentityMatch) throws {
        #expect(try match(name, domain) == expected)
    }

    @Test(arguments: [
        // Neither two labels, nor none, nor a part of one.
        ("good", "a.b.wild.example"), ("good", "wild.example"), ("good", "awild.example"), ("good", ".wild.example"),
        // A wildcard over all names of a top-level domain.
        ("good", "other.example"),
        // The name is not asked for as a pattern.
        ("good", "*.wild.example"),
        // Neither suffixes nor prefixes.
        ("good", "r.example"), ("good", "peer.example.org"), ("good", "peer.exampl"), ("good", "xpeer.example"),
        ("good", ""), ("good", "example"),
        // The common name does not count.
        ("nameless", "nameless CN.example"), ("good", "good CN.example"),
        // Another service, and addresses of people and their neighbours.
        ("client", "peer.example"), ("user", "peer.example"), ("user", "evil.example"),
    ])
    func isNotFor(_ name: String, _ domain: String) throws {
        #expect(try match(name, domain) == nil)
    }

    @Test func comparesInternationalNamesAsALabels() throws {
        #expect(try match("good", "bücher.example", ascii: "xn--bcher-kva.example") == .dnsName)
        #expect(try match("good", "bucher.example") == nil)
        #expect(try match("address", "bücher.example", ascii: "xn--bcher-kva.example") == .xmppAddress)
        #expect(try match("address", "bucher.example") == nil)
    }

    @Test func addressesOfTheInternetAreNoNames() throws {
        let certificate = try #require(try PeerAuthority.shared.certificate("good"))
        #expect(certificate.match(ReferenceIdentity(domain: "192.0.2.1", ascii: nil)) == nil)
    }

    @Test func listsAllNames() throws {
        #expect(
            try PeerAuthority.shared.certificate("service")?.names == ["mail.example", "_xmpp-server.peer.example"])
        #expect(try PeerAuthority.shared.certificate("address")?.names == ["Bücher.example"])
        #expect(try PeerAuthority.shared.certificate("nameless")?.names == [])
    }
}
