//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

import Testing
import XMPPTLS

@testable import XMPPSASL

/// Channel binding flags against what was offered (RFC 5802 §6).
@Suite struct DowngradeTests {
    @Test func refusesYWhenPlusWasOffered() throws {
        var server = try Fixture.server("SCRAM-SHA-256")
        #expect(server.receive(Array("y,,n=user,r=x".utf8)).condition == .notAuthorized)
    }

    @Test func acceptsYWhenPlusWasNotOffered() throws {
        var server = try Fixture.server("SCRAM-SHA-256", offered: Fixture.withoutBinding)
        #expect(server.receive(Array("y,,n=user,r=x".utf8)) == .needsCredentials(username: "user"))
    }

    @Test func acceptsNWhenPlusWasOffered() throws {
        var server = try Fixture.server("SCRAM-SHA-256")
        #expect(server.receive(Array("n,,n=user,r=x".utf8)) == .needsCredentials(username: "user"))
    }

    @Test(arguments: ["n,,n=user,r=x", "y,,n=user,r=x", "p=tls-unique,,n=user,r=x"])
    func refusesPlusWithoutAnAdvertisedBinding(_ message: String) throws {
        var server = try Fixture.server("SCRAM-SHA-256-PLUS")
        #expect(server.receive(Array(message.utf8)).condition == .malformedRequest)
    }

    @Test func refusesABindingWithoutPlus() throws {
        var server = try Fixture.server("SCRAM-SHA-256")
        #expect(server.receive(Array("p=tls-exporter,,n=user,r=x".utf8)).condition == .malformedRequest)
    }

    @Test func refusesATypeThatIsKnownButNotAdvertised() throws {
        let offered = SASLMechanismList.offered(tls: [.tlsServerEndPoint], plainAllowed: false)
        var server = try Fixture.server("SCRAM-SHA-256-PLUS", offered: offered)
        #expect(server.receive(Array("p=tls-exporter,,n=user,r=x".utf8)).condition == .malformedRequest)
    }

    @Test func refusesAFlagChangedUnderway() throws {
        // A middleman turns "y" into "n" so that we do not notice; the client signs what it sent.
        var client = SASLClient(
            mechanism: .scramSHA256, username: "juliet", password: "r0m30", binding: .unoffered)
        var server = try Fixture.server("SCRAM-SHA-256")
        var first = client.initialResponse()
        first[0] = UInt8(ascii: "n")
        #expect(server.receive(first) == .needsCredentials(username: "juliet"))
        let credentials = SCRAMCredentials.derive(password: "r0m30", hash: .sha256, iterations: 4096)
        guard case .challenge(let challenge) = server.supply(credentials: credentials),
            case .respond(let response) = client.receive(challenge: challenge)
        else {
            Issue.record("no exchange")
            return
        }
        #expect(server.receive(response).condition == .notAuthorized)
    }
}
