//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

import Testing
import XMPPTLS

@testable import XMPPSASL

/// XEP-0474: the server says what it has offered, the client compares.
@Suite struct DowngradeProtectionTests {
    /// XEP-0474 §5.3.
    private let example = SASLAdvertisement(
        mechanisms: ["SCRAM-SHA-1-PLUS", "SCRAM-SHA-1"], channelBindings: ["tls-server-end-point", "tls-exporter"])

    @Test func hashesAsInTheSpecification() {
        #expect(example.downgradeHash(for: .scramSHA1Plus) == "G6k/rBLDqgOhRRaCuuatSDFkJ08=")
        #expect(example.downgradeHash(for: .plain) == nil)
    }

    /// XEP-0474 §5.3: the whole exchange, channel binding data included.
    @Test func clientTakesTheSpecificationsChallenge() throws {
        var client = SASLClient(
            mechanism: .scramSHA1Plus, username: "user", password: "pencil",
            binding: .bound(.tlsExporter, Array("THIS IS FAKE CB DATA".utf8)), advertisement: example,
            nonce: "12C4CD5C-E38E-4A98-8F6D-15C38F51CCC6")
        #expect(
            Base64.encode(client.initialResponse())
                == "cD10bHMtZXhwb3J0ZXIsLG49dXNlcixyPTEyQzRDRDVDLUUzOEUtNEE5OC04RjZELTE1QzM4RjUxQ0NDNg==")
        let challenge = "r=12C4CD5C-E38E-4A98-8F6D-15C38F51CCC6a09117a6-ac50-4f2f-93f1-93799c2bddf6,"
        guard
            case .respond = client.receive(
                challenge: Array("\(challenge)s=QSXCR+Q6sek8bf92,i=4096,h=G6k/rBLDqgOhRRaCuuatSDFkJ08=".utf8))
        else {
            Issue.record("refused")
            return
        }
    }

    private func run(_ seen: SASLAdvertisement?, _ mechanism: SASLMechanism = .scramSHA256) throws -> SASLClientAction?
    {
        var client = SASLClient(
            mechanism: mechanism, username: "juliet", password: "r0m30", advertisement: seen)
        var server = try Fixture.server(mechanism.rawValue)
        return Fixture.run(&client, &server).client
    }

    @Test func acceptsWhatWasOffered() throws {
        for mechanism in [SASLMechanism.scramSHA1, .scramSHA256, .scramSHA512] {
            #expect(try run(Fixture.everything.advertisement, mechanism) == .authenticated)
            #expect(try run(nil, mechanism) == .authenticated)
        }
    }

    @Test func refusesWhenAMechanismWasTakenAway() throws {
        let all = Fixture.everything.advertisement
        let less = SASLAdvertisement(
            mechanisms: all.mechanisms.filter { !$0.hasSuffix("-PLUS") }, channelBindings: all.channelBindings)
        guard case .failure(let failure)? = try run(less) else {
            Issue.record("accepted")
            return
        }
        #expect(failure.condition == .notAuthorized)
    }

    @Test(
        arguments: [nil, ["tls-server-end-point"], ["tls-exporter", "tls-server-end-point", "tls-unique"]]
            as [[String]?])
    func refusesWhenBindingsWereChanged(_ bindings: [String]?) throws {
        let all = Fixture.everything.advertisement
        let changed = SASLAdvertisement(mechanisms: all.mechanisms, channelBindings: bindings)
        guard case .failure? = try run(changed) else {
            Issue.record("accepted")
            return
        }
    }

    /// Who takes the hash out or changes it breaks the signatures.
    @Test func refusesAHashThatWasTakenOut() throws {
        var client = SASLClient(mechanism: .scramSHA256, username: "juliet", password: "r0m30")
        var server = try Fixture.server("SCRAM-SHA-256")
        #expect(server.receive(client.initialResponse()) == .needsCredentials(username: "juliet"))
        let credentials = SCRAMCredentials.derive(password: "r0m30", hash: .sha256, iterations: 4096)
        guard case .challenge(let challenge) = server.supply(credentials: credentials) else {
            Issue.record("no challenge")
            return
        }
        let text = String(decoding: challenge, as: UTF8.self)
        let cut = try #require(text.firstRange(of: ",h="))
        guard case .respond(let response) = client.receive(challenge: Array(text[..<cut.lowerBound].utf8)) else {
            Issue.record("no response")
            return
        }
        #expect(server.receive(response).condition == .notAuthorized)
    }

    @Test func orderDoesNotMatter() {
        let other = SASLAdvertisement(
            mechanisms: example.mechanisms.reversed(), channelBindings: example.channelBindings?.reversed())
        #expect(other.downgradeHash(for: .scramSHA256) == example.downgradeHash(for: .scramSHA256))
        let none = SASLAdvertisement(mechanisms: example.mechanisms, channelBindings: nil)
        #expect(none.downgradeHash(for: .scramSHA256) != example.downgradeHash(for: .scramSHA256))
    }
}
