//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

import Testing
import XMPPCore
import XMPPServer
import XMPPTestKit

@Suite struct VCardTests {
    private let get = "<vCard xmlns='vcard-temp'/>"
    private let card = "<vCard xmlns='vcard-temp'><FN>Alice &amp; Co</FN><N><GIVEN>Alice</GIVEN></N></vCard>"

    @Test func keepsACardForAllToRead() async throws {
        try await Company.with { server in
            let alice = try await server.client("alice@acme.example")
            let tom = try await server.client("tom@home.example")
            #expect(try await alice.iq("get", to: nil, get).errorCondition == .itemNotFound)
            let stored = try await alice.iq("set", to: nil, card)
            #expect(stored["type"] == "result" && stored.firstChild == nil)
            for (client, address) in [(alice, nil), (alice, "alice@acme.example"), (tom, "alice@acme.example")] {
                try expect(try #require(try await client.iq("get", to: address, get).firstChild), is: card)
            }
            // An empty one takes it away.
            #expect(try await alice.iq("set", to: nil, get)["type"] == "result")
            #expect(try await alice.iq("get", to: nil, get).errorCondition == .itemNotFound)
        }
    }

    @Test func answersAlikeForNoCardAndNoAccount() async throws {
        try await Company.with { server in
            let tom = try await server.client("tom@home.example")
            let none = try await tom.iq("get", to: "bob@acme.example", get)
            let nobody = try await tom.iq("get", to: "nobody@acme.example", get)
            #expect(none.error == StanzaError(.serviceUnavailable))
            #expect(nobody.error == none.error)
        }
    }

    @Test func letsNobodyWriteAnothersCard() async throws {
        try await Company.with { server in
            let tom = try await server.client("tom@home.example")
            #expect(try await tom.iq("set", to: "alice@acme.example", card).errorCondition == .forbidden)
        }
    }

    @Test func boundsACard() async throws {
        var limits = ServerLimits()
        limits.vCardBytes = 200
        try await Company.with(limits: limits) { server in
            let alice = try await server.client("alice@acme.example")
            let large = "<vCard xmlns='vcard-temp'><FN>\(String(repeating: "x", count: 200))</FN></vCard>"
            #expect(try await alice.iq("set", to: nil, large).errorCondition == .notAcceptable)
            #expect(try await alice.iq("set", to: nil, card)["type"] == "result")
        }
    }
}
