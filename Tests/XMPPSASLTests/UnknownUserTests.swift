//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

import Testing
import XMPPTLS

@testable import XMPPSASL

/// A stranger cannot tell whether an account exists.
@Suite struct UnknownUserTests {
    @Test(arguments: SASLMechanism.allCases.filter { $0.hash != nil && !$0.isPlus })
    func failsAtTheSameStepWithTheSameMessage(_ mechanism: SASLMechanism) throws {
        func failure(_ account: String) throws -> SASLServerAction {
            var client = SASLClient(mechanism: mechanism, username: "juliet", password: "wrong")
            var server = try Fixture.server(mechanism.rawValue)
            return Fixture.run(&client, &server, account: account).server
        }
        let known = try failure("juliet")
        #expect(try failure("nobody") == known)
        #expect(known == .failure(SASLFailure(.notAuthorized, "wrong password or no such user")))
    }

    @Test func challengesOfTheUnknownHaveTheShapeOfTheKnown() throws {
        func challenge(_ credentials: SCRAMCredentials?) throws -> [UInt8] {
            var server = try Fixture.server("SCRAM-SHA-256")
            _ = server.receive(Array("n,,n=juliet,r=x".utf8))
            guard case .challenge(let bytes) = server.supply(credentials: credentials) else { return [] }
            return bytes
        }
        let known = try SCRAMMessage.serverFirst(
            challenge(SCRAMCredentials.derive(password: "p", hash: .sha256, iterations: 4096)))
        let unknown = try SCRAMMessage.serverFirst(challenge(nil))
        #expect(unknown.salt.count == known.salt.count)
        #expect(unknown.iterations == known.iterations)
        #expect(try challenge(nil) == challenge(nil))
    }

    @Test func saltsDependOnNameHostHashAndSecret() {
        func salt(
            _ name: String, _ hash: HashFunction, _ secret: SASLServerSecret, at domain: String = "acme.example"
        ) -> [UInt8] {
            secret.madeUpCredentials(username: name, domain: domain, hash: hash).salt
        }
        let other = SASLServerSecret(key: [UInt8](repeating: 8, count: 32))
        let base = salt("juliet", .sha256, Fixture.secret)
        #expect(base == salt("juliet", .sha256, Fixture.secret))
        #expect(base != salt("romeo", .sha256, Fixture.secret))
        #expect(base != salt("juliet", .sha1, Fixture.secret))
        #expect(base != salt("juliet", .sha256, other))
        #expect(base != salt("juliet", .sha256, Fixture.secret, at: "home.example"))
    }

    @Test func iterationsComeFromThoseInUse() {
        let secret = SASLServerSecret(key: [UInt8](repeating: 1, count: 32), iterations: [4096, 10_000])
        let seen = Set(
            (0..<64).map { secret.madeUpCredentials(username: "u\($0)", domain: "a.example", hash: .sha1).iterations })
        #expect(seen == [4096, 10_000])
    }

    @Test func credentialsOfAnotherHashCountAsNone() throws {
        var server = try Fixture.server("SCRAM-SHA-1")
        _ = server.receive(Array("n,,n=juliet,r=x".utf8))
        let wrong = SCRAMCredentials.derive(password: "p", hash: .sha256, iterations: 4096)
        var other = try Fixture.server("SCRAM-SHA-1")
        _ = other.receive(Array("n,,n=juliet,r=x".utf8))
        #expect(server.supply(credentials: wrong) == other.supply(credentials: nil))
    }

    @Test func dummyVerificationIsAlwaysFalse() {
        #expect(!SCRAMCredentials.verifyDummy(password: "", iterations: 10))
        #expect(!SCRAMCredentials.verifyDummy(password: "p", hash: .sha1, iterations: 10))
    }
}
