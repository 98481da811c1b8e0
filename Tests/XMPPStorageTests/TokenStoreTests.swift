//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

import Testing
import XMPPStorage

@Suite struct TokenStoreTests {
    private let database: XMPPDatabase
    private let store: TokenStore
    private let accounts: AccountStore
    private let romeo = "romeo@montague.lit"
    private let old = StoredCredential(
        mechanism: "SCRAM-SHA-256", salt: [1], iterations: 4096, storedKey: [2], serverKey: [3])
    private let new = StoredCredential(
        mechanism: "SCRAM-SHA-512", salt: [4], iterations: 4096, storedKey: [5], serverKey: [6])

    init() async throws {
        database = try XMPPDatabase(inMemory: "tokens")
        store = TokenStore(database)
        accounts = AccountStore(database)
        try await accounts.create(romeo, credentials: [old], created: 1)
    }

    private func token(_ nonce: UInt8, expires: Int64 = 100, count: Int64 = -1) -> StoredToken {
        StoredToken(mechanism: "HT-SHA-256-NONE", nonce: [nonce], issued: 1, expires: expires, count: count)
    }

    private func device(_ id: String = "phone", at time: Int64 = 1) -> StoredDevice {
        StoredDevice(id: id, software: "S", name: "N", address: "192.0.2.1", firstUsed: time, lastUsed: time)
    }

    private func record(_ use: TokenUse, _ device: StoredDevice? = nil) async throws -> TokenOutcome {
        try await store.record(use, device: device ?? self.device(), account: romeo)
    }

    @Test func keepsATokenAndItsDevice() async throws {
        #expect(try await store.login(romeo, device: "phone") == StoredLogin())
        #expect(try await store.knows("phone", of: romeo) == false)
        #expect(try await record(TokenUse(new: token(1))) == .kept)
        #expect(
            try await store.login(romeo, device: "phone")
                == StoredLogin(tokens: [token(1)], device: device(), hasUnusedToken: true))
        #expect(try await store.login(romeo, device: "desk") == StoredLogin())
        #expect(try await store.knows("phone", of: romeo))
    }

    @Test func theNewTokenTakesThePlaceOfTheOldWhenItIsUsed() async throws {
        _ = try await record(TokenUse(new: token(1)))
        _ = try await record(TokenUse(nonce: [1], new: token(2)))
        #expect(try await store.login(romeo, device: "phone").tokens == [token(2), token(1)])
        // Another one that was never used is replaced.
        _ = try await record(TokenUse(nonce: [1], new: token(3)))
        #expect(try await store.login(romeo, device: "phone").tokens == [token(3), token(1)])
        #expect(try await record(TokenUse(nonce: [2])) == .revoked)
        #expect(try await record(TokenUse(nonce: [3])) == .kept)
        let login = try await store.login(romeo, device: "phone")
        #expect(login.tokens == [token(3)])
        #expect(login.hasUnusedToken == false)
    }

    @Test func usesAreWrittenDownLater() async throws {
        _ = try await record(TokenUse(new: token(1)))
        _ = try await record(TokenUse(nonce: [1], count: 4))
        var later = device(at: 9)
        later.address = "198.51.100.7"
        later.firstUsed = 1
        let uses = [
            DeviceUse(account: romeo, device: later, nonce: [1], count: 6),
            // What came later was written first.
            DeviceUse(account: romeo, device: later, nonce: [1], count: 5),
            // Of another token, of a device that has been forgotten, and of one that nobody knows.
            DeviceUse(account: romeo, device: later, nonce: [2], count: 9),
            DeviceUse(account: romeo, device: device("desk"), nonce: [1], count: 9),
            DeviceUse(account: "juliet@capulet.lit", device: later),
        ]
        try await store.record(uses)
        #expect(
            try await store.login(romeo, device: "phone") == StoredLogin(tokens: [token(1, count: 6)], device: later))
        #expect(try await store.knows("desk", of: romeo) == false)
        #expect(try await store.devices("juliet@capulet.lit").isEmpty)
        // A new one that is shown takes the place of the old one, now as at once.
        _ = try await record(TokenUse(nonce: [1], new: token(2)))
        try await store.record([DeviceUse(account: romeo, device: later, nonce: [2])])
        #expect(try await store.login(romeo, device: "phone") == StoredLogin(tokens: [token(2)], device: later))
    }

    @Test func aRosterIsNotReadForATokenThatIsTakenBack() async throws {
        let rosters = RosterStore(database)
        let shown = ShownToken(device: "phone", nonce: [1])
        _ = try await record(TokenUse(new: token(1)))
        #expect(try await rosters.load(romeo, ifAllowed: true, token: shown) != nil)
        for wrong in [ShownToken(device: "desk", nonce: [1]), ShownToken(device: "phone", nonce: [2])] {
            await #expect(throws: StorageError.notFound) {
                try await rosters.load(romeo, ifAllowed: true, token: wrong)
            }
        }
        try await store.revoke(romeo)
        await #expect(throws: StorageError.notFound) {
            try await rosters.load(romeo, ifAllowed: true, token: shown)
        }
    }

    @Test func aDeviceIsFoundWithTheKeys() async throws {
        _ = try await record(TokenUse())
        #expect(try await accounts.loginCredentials(romeo, device: "phone").device == device())
        let unknown = try await accounts.loginCredentials(romeo, device: "desk")
        #expect(unknown.credentials == [old])
        #expect(unknown.device == nil)
        #expect(try await accounts.loginCredentials(romeo).device == nil)
    }

    @Test func countersGoUp() async throws {
        _ = try await record(TokenUse(new: token(1)))
        #expect(try await record(TokenUse(nonce: [1], count: 0)) == .kept)
        #expect(try await record(TokenUse(nonce: [1], count: 0)) == .replayed)
        #expect(try await record(TokenUse(nonce: [1], count: 7)) == .kept)
        #expect(try await record(TokenUse(nonce: [1], count: 3, new: token(2))) == .replayed)
        #expect(try await store.login(romeo, device: "phone").tokens == [token(1, count: 7)])
        // A new token counts from the beginning.
        _ = try await record(TokenUse(nonce: [1], new: token(2)))
        #expect(try await record(TokenUse(nonce: [2], count: 1)) == .kept)
    }

    @Test func canBeInvalidated() async throws {
        _ = try await record(TokenUse(new: token(1)))
        #expect(try await record(TokenUse(nonce: [1], invalidates: true)) == .kept)
        #expect(try await store.login(romeo, device: "phone").tokens.isEmpty)
        _ = try await record(TokenUse(new: token(2)))
        _ = try await record(TokenUse(nonce: [2], invalidates: true, new: token(3)))
        #expect(try await store.login(romeo, device: "phone").tokens == [token(3)])
    }

    @Test func goWithThePasswordTheLockAndTheAccount() async throws {
        _ = try await record(TokenUse(new: token(1)))
        try await accounts.setCredentials([new], of: romeo)
        #expect(try await store.login(romeo, device: "phone") == StoredLogin())
        #expect(try await record(TokenUse(nonce: [1])) == .revoked)
        _ = try await record(TokenUse(new: token(2)))
        try await accounts.setDisabled(true, of: romeo)
        #expect(try await record(TokenUse(new: token(3))) == .revoked)
        try await accounts.setDisabled(false, of: romeo)
        #expect(try await store.login(romeo, device: "phone").tokens.isEmpty)
        _ = try await record(TokenUse(new: token(4)))
        try await accounts.delete(romeo)
        #expect(try await store.devices(romeo).isEmpty)
        #expect(try await record(TokenUse(new: token(5))) == .revoked)
    }

    @Test func forgetsTheDevicesUsedLongestAgo() async throws {
        for number in 0...TokenStore.maximumDevices {
            _ = try await record(TokenUse(new: token(1)), device("d\(number)", at: Int64(number)))
        }
        let devices = try await store.devices(romeo)
        #expect(devices.count == TokenStore.maximumDevices)
        #expect(devices.first?.id == "d\(TokenStore.maximumDevices)")
        #expect(try await store.login(romeo, device: "d0") == StoredLogin())
        try await store.revoke(romeo, device: "d5")
        #expect(try await store.knows("d5", of: romeo) == false)
        #expect(try await store.login(romeo, device: "d6").tokens.count == 1)
    }

    @Test func removesWhatHasExpired() async throws {
        _ = try await record(TokenUse(new: token(1, expires: 10)))
        try await store.removeExpired(before: 10)
        #expect(try await store.login(romeo, device: "phone").tokens.count == 1)
        try await store.removeExpired(before: 11)
        #expect(try await store.login(romeo, device: "phone").tokens.isEmpty)
    }

    // MARK: Upgrades

    @Test func addsKeysOfTheSamePasswordOnly() async throws {
        #expect(try await accounts.accountsWithout("SCRAM-SHA-512") == ["montague.lit": 1])
        #expect(try await accounts.add(new, of: romeo, proven: new) == false)
        #expect(try await accounts.add(new, of: romeo, proven: old))
        #expect(try await accounts.add(new, of: romeo, proven: old) == false)
        #expect(try await accounts.credentials(romeo) == [old, new])
        #expect(try await accounts.accountsWithout("SCRAM-SHA-512").isEmpty)
        #expect(try await accounts.mayLogIn(romeo))
        try await accounts.setDisabled(true, of: romeo)
        #expect(try await accounts.mayLogIn(romeo) == false)
        #expect(try await accounts.mayLogIn("nobody@montague.lit") == false)
    }
}
