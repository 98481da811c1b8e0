//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

import Testing
import XMPPCore
import XMPPTestKit

@testable import XMPPFederation

/// Two domains of one server that write to the same other one.
@Suite struct SharedStreamTests {
    private static let lab = "lab.example"

    /// alice of acme.example and ada of lab.example, which is on the same server, and tom of partner.example, all online.
    private struct People {
        let servers: FederatedServers
        let alice: ScriptedClient
        let ada: ScriptedClient
        let tom: ScriptedClient
    }

    /// `authentication`: how the other server asks for proof: who has no certificate for the second domain is called back, or refused.
    private func with(
        _ authentication: FederationRule.Authentication, _ body: (People) async throws -> Void
    ) async throws {
        var acme = FederatedServers.Side()
        acme.secondHost = Self.lab
        var partner = FederatedServers.Side()
        partner.authentication = authentication
        try await FederatedServers.with(acme: acme, partner: partner) { servers in
            try await body(
                People(
                    servers: servers,
                    alice: try await servers.acme.client("alice@acme.example/desk", isAvailable: true),
                    ada: try await servers.acme.client("ada@lab.example/desk", isAvailable: true),
                    tom: try await servers.partner.client("tom@partner.example/home", isAvailable: true)))
        }
    }

    private func message(_ id: String) -> String {
        "<message to='tom@partner.example' type='chat' id='\(id)'><body>\(id)</body></message>"
    }

    @Test func oneStreamCarriesBoth() async throws {
        try await with(.dialback) { people in
            let (servers, alice, ada, tom) = (people.servers, people.alice, people.ada, people.tom)
            alice.send(message("a0"))
            try await tom.expect("<message id='a0'/>")
            for number in 0..<40 {
                ada.send(message("l\(number)"))
                alice.send(message("a\(number + 1)"))
            }
            var seen: [String: [String]] = [:]
            for _ in 0..<80 {
                let next = try await tom.expect("a message") { $0.name == "message" }
                seen[try JID(next["from"] ?? "").bareString, default: []].append(next["id"] ?? "")
            }
            #expect(seen["ada@lab.example"] == (0..<40).map { "l\($0)" })
            #expect(seen["alice@acme.example"] == (1...40).map { "a\($0)" })
            #expect(servers.partnerFederation.context?.proven.count == 1)
            let ways = try await servers.acmeFederation.report().ways
            #expect(ways.map(\.pair.local).sorted() == ["acme.example", Self.lab])
            #expect(ways.allSatisfy { $0.state == .connected })
            // All that was sent is acknowledged, of whichever domain.
            try await servers.acme.eventually("nothing on its way") {
                try await servers.acmeFederation.report().ways.allSatisfy { $0.unacknowledged == 0 }
            }
        }
    }

    @Test func whatComesBackGoesToEitherDomain() async throws {
        try await with(.dialback) { people in
            let tom = people.tom
            for (sender, id) in [(people.alice, "a"), (people.ada, "l")] {
                sender.send(message(id))
                let received = try await tom.expect("<message id='\(id)'/>")
                tom.send("<message to='\(received["from"] ?? "")' type='chat' id='re-\(id)'><body>b</body></message>")
                try await sender.expect("<message id='re-\(id)'/>")
            }
        }
    }

    @Test func whoIsRefusedGoesAlone() async throws {
        try await with(.certificate) { people in
            let (servers, alice, ada, tom) = (people.servers, people.alice, people.ada, people.tom)
            alice.send(message("a"))
            try await tom.expect("<message id='a'/>")
            ada.send(message("l"))
            try await ada.expect("<message type='error' id='l'/>")
            let ways = try await servers.acmeFederation.report().ways
            #expect(ways.first { $0.pair.local == Self.lab }?.state == .unreachable)
            // The stream that refused her goes on for others.
            alice.send(message("b"))
            let next = try await tom.expect("a message") { $0.name == "message" }
            #expect(next["id"] == "b")
            #expect(servers.partnerFederation.context?.proven.count == 1)
        }
    }

    @Test func aDomainThatRefusesIsNotAskedAgain() {
        let shared = SharedStreams()
        shared.open(.init(id: 1) { _, _ in }, to: "a.example")
        #expect(shared.door(to: "a.example")?.id == 1)
        #expect(shared.door(to: "b.example") == nil)
        shared.close(2, to: "a.example")
        #expect(shared.door(to: "a.example") != nil, "another stream's end is none of this one's")
        shared.refused(by: "a.example")
        #expect(shared.door(to: "a.example") == nil)
        for number in 0...SharedStreams.maximumUnwilling { shared.refused(by: "d\(number).example") }
        #expect(shared.door(to: "a.example")?.id == 1, "what is remembered is bounded")
        shared.close(1, to: "a.example")
        #expect(shared.door(to: "a.example") == nil)
    }
}
