//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

import Testing
import XMPPTLS

@testable import XMPPSASL

/// The example exchanges of the specifications, seen from both sides.
@Suite struct ReferenceVectorTests {
    struct Vector: CustomTestStringConvertible, Sendable {
        let mechanism: SASLMechanism
        let clientNonce: String
        let serverNonce: String
        let salt: String
        let clientFirst: String
        let serverFirst: String
        let clientFinal: String
        let serverFinal: String

        var testDescription: String { mechanism.rawValue }
    }

    static let vectors = [
        // RFC 5802 §5
        Vector(
            mechanism: .scramSHA1, clientNonce: "fyko+d2lbbFgONRv9qkxdawL", serverNonce: "3rfcNHYJY1ZVvWVs7j",
            salt: "QSXCR+Q6sek8bf92", clientFirst: "n,,n=user,r=fyko+d2lbbFgONRv9qkxdawL",
            serverFirst: "r=fyko+d2lbbFgONRv9qkxdawL3rfcNHYJY1ZVvWVs7j,s=QSXCR+Q6sek8bf92,i=4096",
            clientFinal:
                "c=biws,r=fyko+d2lbbFgONRv9qkxdawL3rfcNHYJY1ZVvWVs7j,p=v0X8v3Bz2T0CJGbJQyF0X+HI4Ts=",
            serverFinal: "v=rmF9pqV8S7suAoZWja4dJRkFsKQ="),
        // RFC 7677 §3
        Vector(
            mechanism: .scramSHA256, clientNonce: "rOprNGfwEbeRWgbNEkqO",
            serverNonce: "%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0", salt: "W22ZaJ0SNY7soEsUEjb6gQ==",
            clientFirst: "n,,n=user,r=rOprNGfwEbeRWgbNEkqO",
            serverFirst:
                "r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096",
            clientFinal: "c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,"
                + "p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=",
            serverFinal: "v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4="),
    ]

    @Test(arguments: vectors) func clientSpeaksAsInTheSpecification(_ vector: Vector) {
        var client = SASLClient(
            mechanism: vector.mechanism, username: "user", password: "pencil", nonce: vector.clientNonce)
        #expect(client.initialResponse() == Array(vector.clientFirst.utf8))
        #expect(
            client.receive(challenge: Array(vector.serverFirst.utf8)) == .respond(Array(vector.clientFinal.utf8)))
        #expect(client.receive(success: Array(vector.serverFinal.utf8)) == .authenticated)
    }

    @Test(arguments: vectors) func serverSpeaksAsInTheSpecification(_ vector: Vector) throws {
        let hash = try #require(vector.mechanism.hash)
        let salt = try #require(Base64.decode(vector.salt))
        let credentials = SCRAMCredentials.derive(password: "pencil", hash: hash, salt: salt, iterations: 4096)
        var server = try Fixture.server(
            vector.mechanism.rawValue, nonce: vector.serverNonce, protectsOffer: false)
        #expect(server.receive(Array(vector.clientFirst.utf8)) == .needsCredentials(username: "user"))
        #expect(server.supply(credentials: credentials) == .challenge(Array(vector.serverFirst.utf8)))
        #expect(
            server.receive(Array(vector.clientFinal.utf8))
                == .success(username: "user", serverFinal: Array(vector.serverFinal.utf8)))
    }
}
