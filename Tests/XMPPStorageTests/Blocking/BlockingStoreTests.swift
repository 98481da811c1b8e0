//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

import Testing
import XMPPStorage

@Suite struct BlockingStoreTests {
    let database: XMPPDatabase
    let store: BlockingStore
    let juliet = "juliet@capulet.lit"

    init() throws {
        database = try XMPPDatabase(inMemory: "blocking")
        store = BlockingStore(database)
    }

    private func block(_ addresses: [String], of account: String, limit: Int = 10) async throws {
        try await database.write { [store] in try store.block(addresses, of: account, limit: limit, in: $0) }
    }

    @Test func addressIsBlockedOnceAndUnblocked() async throws {
        try await block(["romeo@montague.lit", "iago@shakespeare.lit", "romeo@montague.lit"], of: juliet)
        try await block(["romeo@montague.lit"], of: "nurse@capulet.lit")
        #expect(try await store.list(juliet) == ["iago@shakespeare.lit", "romeo@montague.lit"])
        try await database.write { [store, juliet] in
            try store.unblock(["romeo@montague.lit", "nobody@montague.lit"], of: juliet, in: $0)
        }
        #expect(try await store.list(juliet) == ["iago@shakespeare.lit"])
        try await database.write { [store, juliet] in try store.unblockAll(of: juliet, in: $0) }
        #expect(try await store.list(juliet) == [])
        #expect(try await store.list("nurse@capulet.lit") == ["romeo@montague.lit"])
    }

    @Test func listBeyondItsLimitStaysAsItWas() async throws {
        try await block(["a@x.lit", "b@x.lit"], of: juliet, limit: 3)
        await #expect(throws: StorageError.quotaExceeded) {
            try await block(["c@x.lit", "d@x.lit"], of: juliet, limit: 3)
        }
        #expect(try await store.list(juliet) == ["a@x.lit", "b@x.lit"])
        // What is there already takes no more room, even where the limit has been lowered since.
        try await block(["a@x.lit"], of: juliet, limit: 1)
        #expect(try await store.list(juliet) == ["a@x.lit", "b@x.lit"])
    }

    @Test func transactionSeesItsOwnChanges() async throws {
        let seen = try await database.write { [store, juliet] context in
            try store.block(["montague.lit"], of: juliet, limit: 10, in: context)
            return [
                try store.contains(anyOf: ["romeo@montague.lit/orchard", "montague.lit"], of: juliet, in: context),
                try store.contains(anyOf: ["romeo@montague.lit"], of: juliet, in: context),
                try store.list(juliet, in: context) == ["montague.lit"],
            ]
        }
        #expect(seen == [true, false, true])
    }

    @Test func listGoesWithItsAccount() async throws {
        let accounts = AccountStore(database)
        try await accounts.create(juliet, credentials: [], created: 1)
        try await block(["romeo@montague.lit"], of: juliet)
        try await accounts.delete(juliet)
        #expect(try await store.list(juliet) == [])
    }
}
