//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

import Testing
import XMPPCore
import XMPPServer
import XMPPTestKit

@testable import XMPPFederation

/// Streams of others when there are too many of them.
@Suite struct StreamLimitTests {
    private static let pair = DomainPair(local: FederatedServers.acme, remote: FederatedServers.partner)

    private func message(_ id: String) -> String {
        """
        <message from='tom@partner.example' to='alice@acme.example' type='chat' id='\(id)'><body>x</body></message>
        """
    }

    @Test func aServerThatHasGoneSilentlyComesBack() async throws {
        var side = FederatedServers.Side()
        side.limits.streamsPerDomain = 2
        try await FederatedServers.with(acme: side) { servers in
            let alice = try await servers.acme.client("alice@acme.example/desk", isAvailable: true)
            let first = try await servers.provenStream()
            let second = try await servers.provenStream()
            first.send(message("one"))
            try await alice.expect("<message id='one'/>")
            let third = try await servers.provenStream()
            // The second has been silent for longest.
            #expect(try await second.ended().condition == "resource-constraint")
            first.send(message("two"))
            try await alice.expect("<message id='two'/>")
            third.send(message("three"))
            try await alice.expect("<message id='three'/>")
        }
    }

    @Test func strangersKeepNobodyOut() async throws {
        var side = FederatedServers.Side()
        side.configure = { $0.limits.serverConnections = 4 }
        try await FederatedServers.with(acme: side) { servers in
            let alice = try await servers.acme.client("alice@acme.example/desk", isAvailable: true)
            let proven = try await servers.provenStream()
            var strangers: [StreamConnection] = []
            for _ in 0..<6 { strangers.append(try await servers.securedStream()) }
            for stranger in strangers.prefix(4) { _ = try await stranger.ended() }
            let other = try await servers.provenStream()
            proven.send(message("one"))
            try await alice.expect("<message id='one'/>")
            other.send(message("two"))
            try await alice.expect("<message id='two'/>")
        }
    }

    @Test func aStreamThatIsNotNeededIsForgotten() async throws {
        try await FederatedServers.with { servers in
            // The real partner is not there: what goes can only go by these streams.
            servers.ports.set(FederatedServers.partner, nil)
            let domain = try #require(
                servers.acmeFederation.context.flatMap { $0.domains.domain(Self.pair, $0) })
            let first = try await servers.provenStream(bidi: true)
            try await servers.acme.eventually("a stream that goes both ways") { domain.carrierCount == 1 }
            for _ in 0..<3 {
                let other = try await servers.provenStream(bidi: true)
                other.send(message("x"))
                other.send("</stream:stream>")
                _ = try await other.ended()
            }
            #expect(domain.carrierCount == 1)
            let alice = try await servers.acme.client("alice@acme.example/desk", isAvailable: true)
            alice.send("<message to='tom@partner.example' id='b1' type='chat'><body>back</body></message>")
            try await first.expect("<message id='b1'/>")
        }
    }
}
