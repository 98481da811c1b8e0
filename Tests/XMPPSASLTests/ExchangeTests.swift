//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

import Testing
import XMPPTLS

@testable import XMPPSASL

/// Our client against our server.
@Suite struct ExchangeTests {
    struct Case: CustomTestStringConvertible, Sendable {
        let mechanism: SASLMechanism
        let type: ChannelBindingType?

        var binding: SASLClient.Binding {
            type.flatMap { type in Fixture.bindings[type].map { .bound(type, $0) } } ?? .unsupported
        }
        var testDescription: String { "\(mechanism.rawValue) \(type?.rawValue ?? "unbound")" }
    }

    static let cases = SASLMechanism.allCases.filter(\.usesPassword).flatMap { mechanism in
        mechanism.isPlus
            ? ChannelBindingType.allCases.map { Case(mechanism: mechanism, type: $0) }
            : [Case(mechanism: mechanism, type: nil)]
    }

    @Test(arguments: cases) func acceptsTheRightPassword(_ test: Case) throws {
        var client = SASLClient(
            mechanism: test.mechanism, username: "juliet", password: "r0m30", binding: test.binding)
        var server = try Fixture.server(test.mechanism.rawValue)
        let result = Fixture.run(&client, &server)
        guard case .success("juliet", _) = result.server else {
            Issue.record("\(result)")
            return
        }
        #expect(result.client == .authenticated)
    }

    @Test(arguments: cases) func refusesAWrongPassword(_ test: Case) throws {
        var client = SASLClient(
            mechanism: test.mechanism, username: "juliet", password: "wrong", binding: test.binding)
        var server = try Fixture.server(test.mechanism.rawValue)
        let result = Fixture.run(&client, &server)
        #expect(result.server == .failure(SASLFailure(.notAuthorized, "wrong password or no such user")))
    }

    @Test(arguments: cases.filter { $0.type != nil }) func refusesABindingToAnotherChannel(_ test: Case) throws {
        let type = try #require(test.type)
        var client = SASLClient(
            mechanism: test.mechanism, username: "juliet", password: "r0m30",
            binding: .bound(type, Array("middleman".utf8)))
        var server = try Fixture.server(test.mechanism.rawValue)
        let result = Fixture.run(&client, &server)
        #expect(result.server == .failure(SASLFailure(.notAuthorized, "channel binding does not match")))
    }

    @Test func takesNamesWithReservedCharacters() throws {
        var client = SASLClient(mechanism: .scramSHA256, username: "a,b=c", password: "p")
        var server = try Fixture.server("SCRAM-SHA-256")
        #expect(server.receive(client.initialResponse()) == .needsCredentials(username: "a,b=c"))
    }

    @Test func normalisesTheUserName() throws {
        var server = try Fixture.server("SCRAM-SHA-256")
        #expect(server.receive(Array("n,,n=JULIET,r=x".utf8)) == .needsCredentials(username: "juliet"))
        var plain = try Fixture.server("PLAIN")
        #expect(
            plain.receive(Array("\0JULIET\0Secret".utf8)) == .verifyPassword(username: "juliet", password: "Secret"))
    }

    @Test(arguments: ["SCRAM-SHA-256", "PLAIN"]) func asksOnceForAMissingInitialResponse(_ name: String) throws {
        var server = try Fixture.server(name)
        #expect(server.receive(nil) == .challenge([]))
        #expect(server.receive(nil) == .failure(SASLFailure(.malformedRequest, "no data")))
    }

    @Test func continuesAfterAnEmptyChallenge() throws {
        var server = try Fixture.server("SCRAM-SHA-1")
        #expect(server.receive(nil) == .challenge([]))
        #expect(server.receive(Array("n,,n=juliet,r=x".utf8)) == .needsCredentials(username: "juliet"))
    }

    @Test(arguments: [nil, "juliet@example.org", "Juliet@EXAMPLE.org"] as [String?])
    func acceptsOnesOwnIdentity(_ authzid: String?) throws {
        for mechanism in [SASLMechanism.plain, .scramSHA256] {
            var client = SASLClient(
                mechanism: mechanism, username: "juliet", password: "r0m30", authzid: authzid)
            var server = try Fixture.server(mechanism.rawValue)
            #expect(Fixture.run(&client, &server).client == .authenticated)
        }
    }

    @Test(arguments: [
        "romeo@example.org", "juliet@example.net", "juliet", "example.org", "juliet@example.org/orchard",
        "@example.org", "juliet@", "juliet@@example.org",
    ])
    func refusesAnotherIdentity(_ authzid: String) throws {
        for mechanism in [SASLMechanism.plain, .scramSHA256] {
            var client = SASLClient(
                mechanism: mechanism, username: "juliet", password: "r0m30", authzid: authzid)
            var server = try Fixture.server(mechanism.rawValue)
            guard case .failure(let failure) = Fixture.run(&client, &server).server else {
                Issue.record("\(mechanism) accepts \(authzid)")
                continue
            }
            #expect(failure.condition == .invalidAuthzid)
        }
    }

    @Test func nonceHasAtLeast144Bits() throws {
        var server = try SASLServer(
            mechanism: "SCRAM-SHA-256", offered: Fixture.everything, domain: "example.org",
            secret: Fixture.secret, normaliser: Fixture.normaliser)
        _ = server.receive(Array("n,,n=juliet,r=x".utf8))
        guard case .challenge(let bytes) = server.supply(credentials: nil) else {
            Issue.record("no challenge")
            return
        }
        let nonce = try SCRAMMessage.serverFirst(bytes).nonce
        #expect((nonce.count - 1) * 6 >= 144)
    }
}
