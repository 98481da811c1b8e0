//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

import Testing
import XMPPCore
import XMPPFederation
import XMPPTestKit

/// People on two servers of ours.
@Suite struct ConversationTests {
    /// How the servers prove themselves to each other.
    struct Way: Sendable, CustomTestStringConvertible {
        var acme = FederatedServers.Side()
        var partner = FederatedServers.Side()
        var directTLS = false
        let testDescription: String

        static let all = [
            Way(testDescription: "certificates"),
            Way(directTLS: true, testDescription: "certificates, direct TLS"),
            Way(
                acme: .init(certificate: .selfSigned, authentication: .dialback),
                partner: .init(certificate: .selfSigned, authentication: .dialback), testDescription: "dialback"),
            Way(
                acme: .init(certificate: .good, authentication: .dialback),
                partner: .init(certificate: .selfSigned, authentication: .certificate),
                testDescription: "one has a certificate, the other is called back"),
        ]
    }

    @Test(arguments: Way.all) func messagesGoBothWays(_ way: Way) async throws {
        try await FederatedServers.with(acme: way.acme, partner: way.partner, directTLS: way.directTLS) { servers in
            let alice = try await servers.acme.client("alice@acme.example/desk", isAvailable: true)
            let tom = try await servers.partner.client("tom@partner.example/home", isAvailable: true)
            alice.send("<message to='tom@partner.example' type='chat' id='m1'><body>Hello Tom</body></message>")
            let there = try await tom.expect("<message id='m1'><body>Hello Tom</body></message>")
            #expect(there["from"] == "alice@acme.example/desk")
            #expect(there["to"] == "tom@partner.example")
            tom.send("<message to='alice@acme.example/desk' type='chat' id='m2'><body>Hello Alice</body></message>")
            let back = try await alice.expect("<message id='m2'><body>Hello Alice</body></message>")
            #expect(back["from"] == "tom@partner.example/home")
        }
    }

    @Test func manyMessagesKeepTheirOrder() async throws {
        try await FederatedServers.with { servers in
            let alice = try await servers.acme.client("alice@acme.example/desk", isAvailable: true)
            let tom = try await servers.partner.client("tom@partner.example/home", isAvailable: true)
            for number in 0..<300 {
                alice.send(
                    "<message to='tom@partner.example' type='chat' id='n\(number)'><body>\(number)</body></message>")
            }
            for number in 0..<300 {
                let next = try await tom.expect("a message") {
                    $0.name == "message" && $0.child("body", Namespace.client) != nil
                }
                #expect(next["id"] == "n\(number)")
            }
        }
    }

    @Test func requestsAreAnswered() async throws {
        try await FederatedServers.with { servers in
            let alice = try await servers.acme.client("alice@acme.example/desk")
            let answer = try await alice.iq(
                "get", to: "partner.example", "<query xmlns='http://jabber.org/protocol/disco#info'/>")
            #expect(answer["type"] == "result")
            #expect(answer["from"] == "partner.example")
            let nobody = try await alice.iq("get", to: "nobody@partner.example/x", "<ping xmlns='urn:xmpp:ping'/>")
            #expect(nobody["type"] == "error")
            #expect(nobody.child("error", Namespace.client)?.firstChild?.name == "service-unavailable")
        }
    }
}
