//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

import Testing
import XMPPStorage

@Suite struct AccountNoticeStoreTests {
    @Test func tellsWhatIsNewInOrder() async throws {
        let database = try XMPPDatabase(inMemory: "notices")
        let store = AccountNoticeStore(database)
        #expect(try await store.last() == 0)
        func add(_ change: AccountNotice.Change, _ account: String, _ now: Int64) async throws {
            try await database.write { try store.add(change, of: account, now: now, in: $0) }
        }
        try await add(.closed, "a@x", 1)
        let first = try await store.last()
        try await add(.password, "b@x", 2)
        try await add(.closed, "c@x", 3)
        #expect(try await store.after(first).map(\.account) == ["b@x", "c@x"])
        #expect(try await store.after(first).map(\.change) == [.password, .closed])
        // Old ones go, and their ids are not given again.
        try await add(.closed, "d@x", 24 * 60 * 60 * 1000)
        #expect(try await store.after(0).map(\.account) == ["d@x"])
        #expect(try await store.last() == first + 3)
    }
}

@Suite struct AccountLeftoverTests {
    @Test func removesOnlyWhatNobodyOwns() async throws {
        let database = try XMPPDatabase(inMemory: "leftovers")
        let (accounts, vCards) = (AccountStore(database), VCardStore(database))
        try await accounts.create("a@x", credentials: [], created: 0)
        try await vCards.set("<vCard/>", of: "a@x")
        try await vCards.set("<vCard/>", of: "b@x")
        for account in ["a@x", "b@x"] {
            try await database.write { try accounts.removeLeftovers(of: account, in: $0) }
        }
        #expect(try await vCards.vCard(of: "a@x") != nil)
        #expect(try await vCards.vCard(of: "b@x") == nil)
    }
}
