//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

import Testing
import XMPPTLS

@testable import XMPPSASL

/// EXTERNAL, ANONYMOUS and the mechanisms for tokens.
@Suite struct OtherMechanismTests {
    private let offered = SASLMechanismList.offered(
        tls: ChannelBindingType.allCases, plainAllowed: true, externalAllowed: true, anonymousAllowed: true)

    private func server(
        _ mechanism: SASLMechanism, users: [String] = [], bindings: [ChannelBindingType: [UInt8]] = Fixture.bindings
    ) throws -> SASLServer {
        try SASLServer(
            mechanism: mechanism.rawValue, offered: offered, domain: "example.org", allowsTokens: true,
            bindings: bindings, certificateUsers: users, secret: Fixture.secret, normaliser: Fixture.normaliser)
    }

    // MARK: EXTERNAL (XEP-0178 §2)

    @Test(
        arguments: [
            ("", ["juliet"], "juliet"), ("juliet@example.org", ["juliet"], "juliet"),
            ("Juliet@EXAMPLE.org", ["juliet", "romeo"], "juliet"), ("romeo@example.org", ["juliet", "romeo"], "romeo"),
        ]) func takesTheCertificatesAccount(_ authzid: String, _ users: [String], _ account: String) throws
    {
        var server = try server(.external, users: users)
        #expect(server.receive(Array(authzid.utf8)) == .needsAccount(username: account))
        #expect(server.supply(accountExists: true) == .success(username: account, serverFinal: nil))
    }

    @Test(
        arguments: [
            ("", ["juliet", "romeo"], SASLFailure.Condition.invalidAuthzid), ("", [], .notAuthorized),
            ("nurse@example.org", ["juliet"], .invalidAuthzid), ("juliet@example.net", ["juliet"], .invalidAuthzid),
            ("juliet", ["juliet"], .invalidAuthzid), ("juliet@example.org/desk", ["juliet"], .invalidAuthzid),
            ("juliet@example.org\0", ["juliet"], .malformedRequest),
        ]) func refusesOtherAccounts(_ authzid: String, _ users: [String], _ condition: SASLFailure.Condition) throws
    {
        var server = try server(.external, users: users)
        #expect(server.receive(Array(authzid.utf8)).condition == condition)
    }

    @Test func refusesAnAccountThatIsGone() throws {
        var server = try server(.external, users: ["juliet"])
        _ = server.receive([])
        #expect(server.supply(accountExists: false).condition == .notAuthorized)
        #expect(server.supply(accountExists: true).condition == .malformedRequest)
    }

    // MARK: ANONYMOUS (RFC 4505)

    @Test func givesEachVisitorANameThatNobodyGuesses() throws {
        var names: Set<String> = []
        for trace in ["", "sirhc@example.net"] {
            var server = try server(.anonymous)
            guard case .success(let name, nil) = server.receive(Array(trace.utf8)) else {
                Issue.record("no success")
                return
            }
            #expect(SASLVisitors.isVisitor(name))
            #expect(name.contains("sirhc") == false)
            names.insert(name)
        }
        #expect(names.count == 2)
        #expect(SASLVisitors.isVisitor("visitor-1") == false)
        #expect(SASLVisitors.isVisitor("juliet") == false)
    }

    // MARK: Tokens

    @Test(arguments: [SASLMechanism.tokenExporter, .tokenEndPoint, .tokenUnbound])
    func takesAToken(_ mechanism: SASLMechanism) throws {
        let binding = mechanism.tokenBinding.flatMap { Fixture.bindings[$0] } ?? []
        let message = HashedToken.initiatorMessage(username: "juliet", token: "t2", binding: binding)
        let tokens = [SASLToken("t1", mechanism: mechanism), SASLToken("t2", mechanism: mechanism)]
        var right = try server(mechanism)
        #expect(right.receive(message) == .needsTokens(username: "juliet"))
        #expect(
            right.supply(tokens: tokens)
                == .success(
                    username: "juliet", serverFinal: HashedToken.responderMessage(token: "t2", binding: binding)))
        #expect(right.usedToken == 1)

        var none = try server(mechanism)
        _ = none.receive(message)
        #expect(none.supply(tokens: []).condition == .notAuthorized)
        var expired = try server(mechanism)
        _ = expired.receive(message)
        #expect(
            expired.supply(tokens: [SASLToken("t2", mechanism: mechanism, isExpired: true)]).condition
                == .credentialsExpired)
        var other = try server(mechanism)
        _ = other.receive(message)
        let otherMechanism: SASLMechanism = mechanism == .tokenUnbound ? .tokenExporter : .tokenUnbound
        #expect(other.supply(tokens: [SASLToken("t2", mechanism: otherMechanism)]).condition == .notAuthorized)
    }

    @Test func refusesATokenOfAnotherChannel() throws {
        let message = HashedToken.initiatorMessage(username: "juliet", token: "t", binding: [1, 2, 3])
        var server = try server(.tokenExporter)
        _ = server.receive(message)
        #expect(server.supply(tokens: [SASLToken("t", mechanism: .tokenExporter)]).condition == .notAuthorized)
    }

    @Test(arguments: [
        [], [0], Array("juliet".utf8), Array("juliet\0short".utf8), [0xff, 0] + [UInt8](repeating: 1, count: 32),
    ])
    func refusesNonsense(_ message: [UInt8]) throws {
        var server = try server(.tokenUnbound)
        #expect(server.receive(message).condition == .malformedRequest)
    }

    @Test func tokensAreNotOfferedAmongTheMechanisms() throws {
        #expect(offered.mechanisms.contains(where: \.isToken) == false)
        #expect(offered.tokenMechanisms == [.tokenExporter, .tokenEndPoint, .tokenUnbound])
        #expect(SASLMechanismList.offered(tls: [], plainAllowed: true).tokenMechanisms == [.tokenUnbound])
        #expect(throws: SASLFailure.self) { try Fixture.server("HT-SHA-256-NONE") }
    }

    // MARK: Names of devices

    @Test func aDevicesNameIsStableAndItsOwn() {
        let name = Fixture.secret.deviceName("d", account: "juliet@example.org")
        #expect(name == Fixture.secret.deviceName("d", account: "juliet@example.org"))
        #expect(name != Fixture.secret.deviceName("e", account: "juliet@example.org"))
        #expect(name != Fixture.secret.deviceName("d", account: "romeo@example.org"))
        #expect(name != SASLServerSecret().deviceName("d", account: "juliet@example.org"))
    }
}
