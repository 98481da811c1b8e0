//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

import Testing
import XMPPCore
import XMPPTestKit

@testable import XMPPFederation

/// How often others are asked, and how fast they are read.
@Suite struct PacingTests {
    /// One question is open at a time, however much is sent meanwhile (XEP-0198 §4).
    @Test func acknowledgementsAreAskedForOnceUntilTheyCome() async throws {
        try await FederatedServers.with { servers in
            let alice = try await servers.acme.client("alice@acme.example/desk", isAvailable: true)
            servers.ports.set("partner.example", nil)
            let stream = try await servers.authenticated(bidi: true)
            stream.send("<enable xmlns='urn:xmpp:sm:3'/>")
            try await stream.expect("enabled") { $0.isNamed("enabled", "urn:xmpp:sm:3") }
            var requests = 0
            var messages = 0
            func next() async throws {
                let element = try await stream.expect("a message or a request") {
                    $0.name == "message" || $0.isNamed("r", "urn:xmpp:sm:3")
                }
                if element.name == "message" { messages += 1 } else { requests += 1 }
            }
            func send(_ numbers: Range<Int>) {
                for number in numbers {
                    alice.send(
                        "<message to='tom@partner.example' type='chat' id='n\(number)'><body>\(number)</body></message>"
                    )
                }
            }
            send(0..<20)
            while messages < 20 || requests < 1 { try await next() }
            send(20..<40)
            while messages < 40 { try await next() }
            #expect(requests == 1)
            // What was sent since is asked about when the answer comes, once more.
            stream.send("<a xmlns='urn:xmpp:sm:3' h='20'/>")
            try await next()
            #expect(requests == 2 && messages == 40)
            stream.send("<a xmlns='urn:xmpp:sm:3' h='40'/>")
            send(40..<41)
            while messages < 41 || requests < 3 { try await next() }
            #expect(requests == 3)
        }
    }

    /// Whoever has a domain has as many more as he likes: what comes by one stream counts together.
    @Test func aStreamHasABudgetForAllItsDomains() async throws {
        var acme = FederatedServers.Side()
        acme.authentication = .dialback
        // A burst of a hundred, then ten a second.
        acme.limits.stanzasPerSecond = 10
        var partner = FederatedServers.Side()
        partner.secondHost = "lab.example"
        try await FederatedServers.with(acme: acme, partner: partner) { servers in
            let alice = try await servers.acme.client("alice@acme.example/desk", isAvailable: true)
            let tom = try await servers.partner.client("tom@partner.example/home", isAvailable: true)
            let ada = try await servers.partner.client("ada@lab.example/home", isAvailable: true)
            func send(_ client: ScriptedClient, _ count: Int) {
                for _ in 0..<count {
                    client.send("<message to='alice@acme.example' type='chat'><body>b</body></message>")
                }
            }
            func receive(_ count: Int) async throws {
                for _ in 0..<count { _ = try await alice.expect("a message") { $0.name == "message" } }
            }
            send(tom, 1)
            try await receive(1)
            let started = ContinuousClock.now
            // Each less than the burst of a domain, together more than that of a stream.
            send(tom, 65)
            send(ada, 65)
            try await receive(130)
            #expect(servers.acmeFederation.context?.proven.count == 1, "they share a stream")
            // What has been read is taken; what comes then waits until the debt is paid.
            send(ada, 1)
            try await receive(1)
            #expect(ContinuousClock.now - started > .seconds(2))
        }
    }
}
