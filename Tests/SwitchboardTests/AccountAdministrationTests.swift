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
    private let database: XMPPDatabase
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
        database = try XMPPDatabase(inMemory: "accounts")
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

    @Test func leavesWordForTheContactsOfWhoIsDeleted() async throws {
        let alice = try accounts.address("alice@acme.example")
        try await accounts.add(alice, password: "correct horse")
        for (contact, item) in [
            ("friend", StoredRosterItem(contact: "friend@far.example", subscription: .both)),
            ("asked", StoredRosterItem(contact: "asked@far.example", ask: true)),
            ("stranger", StoredRosterItem(contact: "stranger@far.example")),
        ] {
            #expect(item.contact.hasPrefix(contact))
            try await RosterStore(database).update("alice@acme.example", .put(item))
        }
        try await accounts.delete(alice)
        let left = try await database.write { [database] in try DepartureStore(database).take(9, in: $0) }
        let sorted = left.sorted { $0.contact < $1.contact }
        #expect(sorted.map(\.contact) == ["asked@far.example", "friend@far.example"])
        #expect(sorted.map(\.seesContact) == [true, true] && sorted.map(\.isSeenByContact) == [false, true])
    }

    @Test func refusesNamesThatAreKept() async throws {
        try await InvitationStore(database).add(
            NewInvitation(
                token: [1], host: "acme.example", inviter: nil, account: "alice@acme.example",
                registers: true, subscribes: false, created: 1, expires: .max))
        await #expect(
            throws: CommandFailure(
                "alice@acme.example is kept for somebody who was invited. Use \"switchboard invite list\" to see.")
        ) {
            try await accounts.add(accounts.address("alice@acme.example"), password: "correct horse")
        }
        let visitor = "visitor-0123456789abcdef0123456789abcdef"
        await #expect(throws: CommandFailure("Names like \(visitor) are those of visitors.")) {
            try await accounts.add(accounts.address(visitor + "@acme.example"), password: "correct horse")
        }
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

    @Test func signsDevicesOut() async throws {
        let alice = try accounts.address("alice@acme.example")
        await #expect(throws: CommandFailure("There is no account alice@acme.example.")) {
            try await accounts.devices(of: alice)
        }
        try await accounts.add(alice, password: "correct horse")
        #expect(try await accounts.devices(of: alice) == [])
        let tokens = TokenStore(database)
        for (number, id) in ["phone", "desk", "tablet"].enumerated() {
            let time = Int64(number) + 1
            let token = StoredToken(mechanism: "HT-SHA-256-NONE", nonce: [1], issued: time, expires: 1000)
            let outcome = try await tokens.record(
                TokenUse(new: id == "desk" ? nil : token),
                device: StoredDevice(
                    id: id, software: "Pocket", name: id.uppercased(), address: "192.0.2.1", firstUsed: time,
                    lastUsed: time),
                account: "alice@acme.example")
            #expect(outcome == .kept)
        }
        let listed = try await accounts.devices(of: alice)
        #expect(listed.map(\.device) == ["tablet", "desk", "phone"])
        #expect(listed.map(\.tokenExpires) == [1000, nil, 1000])
        #expect(
            AccountAdministration.text(listed).split(separator: "\n").first
                == "tablet  TABLET, Pocket  192.0.2.1  last used 1970-01-01T00:00:00.003Z  token until 1970-01-01T00:00:01Z"
        )
        #expect(try AccountAdministration.json(listed).contains(#""device" : "tablet""#))
        await #expect(
            throws: CommandFailure(
                "alice@acme.example has no device fridge. Use \"switchboard user devices\" to see them.")
        ) {
            try await accounts.signOut(["phone", "fridge"], of: alice)
        }
        #expect(try await accounts.signOut(["phone"], of: alice) == 1)
        #expect(try await tokens.login("alice@acme.example", device: "phone").tokens == [])
        #expect(try await tokens.login("alice@acme.example", device: "tablet").tokens.count == 1)
        #expect(try await accounts.signOut([], of: alice) == 2)
        #expect(try await accounts.devices(of: alice) == [])
        #expect(try await notices.after(0).map(\.device) == ["phone", "tablet", "desk"])
    }

    @Test func listsAndRevokesCertificates() async throws {
        let alice = try accounts.address("alice@acme.example")
        try await accounts.add(alice, password: "correct horse")
        let certificates = CertificateStore(database)
        func add(_ name: String, _ byte: UInt8) async throws {
            try await certificates.add(
                StoredCertificate(
                    account: "alice@acme.example", name: name, fingerprint: [byte, 10], certificate: [1]),
                limit: 9)
        }
        try await add("desk", 1)
        try await add("phone", 2)
        let listed = try await accounts.certificates(of: alice)
        #expect(listed.map(\.name) == ["desk", "phone"])
        #expect(AccountAdministration.text(listed) == "desk  SHA-256 010a\nphone  SHA-256 020a")
        await #expect(throws: CommandFailure.self) { try await accounts.revokeCertificates(["fridge"], of: alice) }
        #expect(try await accounts.revokeCertificates(["desk"], of: alice) == 1)
        #expect(try await accounts.certificates(of: alice).map(\.name) == ["phone"])
        #expect(try await accounts.revokeCertificates([], of: alice) == 1)
        // Who had the old password may have named one.
        try await add("thief", 3)
        try await accounts.setPassword("another horse", of: alice)
        #expect(try await certificates.list("alice@acme.example") == [])
        try await add("thief", 3)
        try await accounts.setDisabled(true, of: alice)
        #expect(try await certificates.list("alice@acme.example") == [])
    }
}
