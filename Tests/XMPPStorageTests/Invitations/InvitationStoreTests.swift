//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

import Testing
import XMPPStorage

@Suite struct InvitationStoreTests {
    private let database: XMPPDatabase
    private let store: InvitationStore
    private let accounts: AccountStore
    private let romeo = "romeo@montague.lit"

    init() throws {
        database = try XMPPDatabase(inMemory: "invitations")
        store = InvitationStore(database)
        accounts = AccountStore(database)
    }

    private func invitation(_ token: UInt8, _ change: (inout NewInvitation) -> Void = { _ in }) -> NewInvitation {
        var invitation = NewInvitation(
            token: [token], host: "montague.lit", groups: ["A", "B"], created: 1000, expires: 2000)
        change(&invitation)
        return invitation
    }

    private func redeem(_ id: Int64) async throws -> Bool {
        try await database.write { [store] in try store.redeem(id, in: $0) }
    }

    @Test func comesBackAsItWas() async throws {
        try await accounts.create(romeo, credentials: [], created: 0)
        let new = invitation(1) {
            $0.inviter = romeo
            $0.account = "juliet@montague.lit"
            $0.subscribes = true
            $0.uses = 3
        }
        let id = try await store.add(new)
        let found = try await store.find(token: [1], at: 1999)
        #expect(found?.id == id)
        #expect(found?.invitation == new)
        #expect(try await store.find(token: [1], at: 2000) == nil)
        #expect(try await store.find(token: [2], at: 1999) == nil)
        #expect(try await store.open(host: "montague.lit", at: 1999).map(\.id) == [id])
        #expect(try await store.open(host: "capulet.lit", at: 1999).isEmpty)
        #expect(try await store.open(host: "montague.lit", at: 2000).isEmpty)
    }

    @Test func isRedeemedAsOftenAsItSays() async throws {
        let id = try await store.add(invitation(1) { $0.uses = 2 })
        #expect(try await redeem(id))
        #expect(try await store.find(token: [1], at: 1500)?.invitation.uses == 1)
        #expect(try await redeem(id))
        #expect(try await !redeem(id))
        #expect(try await store.find(token: [1], at: 1500) == nil)
    }

    @Test func reservesItsAccount() async throws {
        try await accounts.create(romeo, credentials: [], created: 0)
        await #expect(throws: StorageError.exists) { try await store.add(invitation(1) { $0.account = romeo }) }
        let juliet = "juliet@montague.lit"
        let id = try await store.add(invitation(1) { $0.account = juliet })
        await #expect(throws: StorageError.exists) { try await store.add(invitation(2) { $0.account = juliet }) }
        func isReserved(exceptBy other: Int64?, at now: Int64) async throws -> Bool {
            try await database.write { [store] in try store.isReserved(juliet, exceptBy: other, at: now, in: $0) }
        }
        #expect(try await isReserved(exceptBy: nil, at: 1999))
        #expect(try await isReserved(exceptBy: id + 1, at: 1999))
        #expect(try await !isReserved(exceptBy: id, at: 1999))
        #expect(try await !isReserved(exceptBy: nil, at: 2000))
        try await store.revoke(id)
        #expect(try await !isReserved(exceptBy: nil, at: 1999))
        await #expect(throws: StorageError.notFound) { try await store.revoke(id) }
    }

    @Test func boundsWhatOneInviterHasOpen() async throws {
        try await accounts.create(romeo, credentials: [], created: 0)
        for token in 1...3 as ClosedRange<UInt8> {
            try await store.add(invitation(token) { $0.inviter = romeo }, limit: 3)
        }
        await #expect(throws: StorageError.quotaExceeded) {
            try await store.add(invitation(4) { $0.inviter = romeo }, limit: 3)
        }
        // The others have expired by then.
        try await store.add(
            invitation(5) {
                $0.inviter = romeo
                $0.created = 2000
                $0.expires = 3000
            }, limit: 3)
    }

    @Test func countsOnlyWithItsInviter() async throws {
        try await accounts.create(romeo, credentials: [], created: 0)
        let id = try await store.add(invitation(1) { $0.inviter = romeo })
        try await accounts.setDisabled(true, of: romeo)
        #expect(try await store.find(token: [1], at: 1500) == nil)
        #expect(try await !redeem(id))
        try await accounts.setDisabled(false, of: romeo)
        #expect(try await store.find(token: [1], at: 1500) != nil)
        try await accounts.delete(romeo)
        try await accounts.create(romeo, credentials: [], created: 0)
        #expect(try await store.find(token: [1], at: 1500) == nil)
    }

    @Test func forgetsWhatExpiredLongAgo() async throws {
        let old = try await store.add(invitation(1))
        let late = invitation(2) {
            $0.created = 2000 + InvitationStore.grace
            $0.expires = $0.created + 1000
        }
        try await store.add(late)
        #expect(try await redeem(old))
        let older = try await store.add(invitation(3))
        try await store.add(
            invitation(4) {
                $0.created = late.created + 1
                $0.expires = late.expires
            })
        #expect(try await !redeem(older))
    }
}
