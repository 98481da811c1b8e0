//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

import Testing
import XMPPCore
import XMPPSASL
import XMPPStorage
import XMPPTLS

@testable import switchboard

@Suite struct AccountAdministrationTests {
    private let store: AccountStore
    private let notices: AccountNoticeStore
    private let accounts: AccountAdministration

    init() throws {
        let configuration = try ConfigurationFixture.load(
            """
            hosts:
              acme.example: {certificate: a.pem, key: a.key}
              home.example: {certificate: a.pem, key: a.key}
            authentication: {scram_iterations: 4096}
            """)
        let database = try XMPPDatabase(inMemory: "accounts")
        store = AccountStore(database)
        notices = AccountNoticeStore(database)
        accounts = AccountAdministration(configuration, database: database)
    }

    @Test func storesKeysOfAllHashesAndNoPassword() async throws {
        let alice = try accounts.address("Alice@ACME.example")
        try await accounts.add(alice, password: "correct horse")
        let stored = try await store.credentials("alice@acme.example")
        #expect(stored.map(\.mechanism) == ["SCRAM-SHA-1", "SCRAM-SHA-256", "SCRAM-SHA-512"])
        #expect(stored.allSatisfy { $0.iterations == 4096 })
        let strong = try #require(stored.last)
        let keys = SCRAMCredentials.derive(
            password: "correct horse", hash: .sha512, salt: strong.salt, iterations: strong.iterations)
        #expect(keys.storedKey == strong.storedKey)
        #expect(keys.serverKey == strong.serverKey)
    }

    @Test func replacesThePassword() async throws {
        let alice = try accounts.address("alice@acme.example")
        try await accounts.add(alice, password: "correct horse")
        let old = try await store.credentials("alice@acme.example")
        try await accounts.setPassword("battery staple", of: alice)
        let new = try await store.credentials("alice@acme.example")
        #expect(new.count == 3)
        #expect(new != old)
    }

    @Test func listsByHostInTheOrderOfTheConfiguration() async throws {
        for name in ["tom@home.example", "bob@acme.example", "alice@acme.example"] {
            try await accounts.add(try accounts.address(name), password: "correct horse", created: 5)
        }
        let all = try await accounts.list(host: nil)
        #expect(all.map(\.account) == ["alice@acme.example", "bob@acme.example", "tom@home.example"])
        #expect(try await accounts.list(host: "home.example").map(\.account) == ["tom@home.example"])
        #expect(AccountAdministration.text(all).split(separator: "\n").count == 3)
        #expect(try AccountAdministration.json(all).contains(#""account" : "bob@acme.example""#))
    }

    @Test func deletes() async throws {
        let alice = try accounts.address("alice@acme.example")
        try await accounts.add(alice, password: "correct horse")
        try await accounts.delete(alice)
        #expect(try await accounts.list(host: nil) == [])
    }

    @Test func saysWhatIsWrong() async throws {
        let alice = try accounts.address("alice@acme.example")
        await #expect(throws: CommandFailure("The password needs at least 8 characters.")) {
            try await accounts.add(alice, password: "short")
        }
        await #expect(
            throws: CommandFailure("The password holds characters that cannot be used, such as control characters.")
        ) {
            try await accounts.add(alice, password: "long enough\u{7}")
        }
        await #expect(throws: CommandFailure("There is no account alice@acme.example.")) {
            try await accounts.delete(alice)
        }
        await #expect(throws: CommandFailure("There is no account alice@acme.example.")) {
            try await accounts.setPassword("correct horse", of: alice)
        }
        try await accounts.add(alice, password: "correct horse")
        await #expect(
            throws: CommandFailure(
                "alice@acme.example exists already. Use \"switchboard user passwd\" for a new password.")
        ) {
            try await accounts.add(alice, password: "correct horse")
        }
    }

    @Test(arguments: [
        ("alice", "\"alice\" is no account's address. Write name@host."),
        ("alice@acme.example/phone", "\"alice@acme.example/phone\" is no account's address. Write name@host."),
        ("alice@acme.exampel", "acme.exampel is no host of this server. Did you mean \"acme.example\"?"),
    ])
    func refusesAddresses(_ address: String, _ reason: String) {
        #expect(throws: CommandFailure(reason)) { try accounts.address(address) }
    }

    @Test func tellsARunningServerWhatItHasDone() async throws {
        let alice = try accounts.address("alice@acme.example")
        try await accounts.add(alice, password: "correct horse")
        try await accounts.setPassword("battery staple", of: alice)
        try await accounts.setDisabled(true, of: alice)
        #expect(try await store.account("alice@acme.example")?.isDisabled == true)
        try await accounts.setDisabled(false, of: alice)
        #expect(try await store.account("alice@acme.example")?.isDisabled == false)
        try await accounts.delete(alice)
        #expect(try await notices.after(0).map(\.change) == [.password, .closed, .closed])
        await #expect(throws: CommandFailure("There is no account alice@acme.example.")) {
            try await accounts.setDisabled(true, of: alice)
        }
        #expect(try await notices.after(0).count == 3)
    }

    @Test func refusesPasswordsThatAreTheName() async throws {
        let alice = try accounts.address("alice@acme.example")
        await #expect(throws: CommandFailure("The password must not be the account's name.")) {
            try await accounts.add(alice, password: "Alice@acme.example")
        }
    }
}
