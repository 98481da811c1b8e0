//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

import Testing
import XMPPStorage

@testable import XMPPServer

@Suite struct DeviceUsesTests {
    private let uses = DeviceUses()

    private func token(_ nonce: UInt8, count: Int64 = -1) -> StoredToken {
        StoredToken(mechanism: "HT-SHA-256-NONE", nonce: [nonce], issued: 1, expires: 2, count: count)
    }

    private func use(_ id: String, _ nonce: UInt8?, _ count: Int64?, at time: Int64 = 1) -> DeviceUse {
        DeviceUse(
            account: "a@x", device: StoredDevice(id: id, firstUsed: 1, lastUsed: time), nonce: nonce.map { [$0] },
            count: count)
    }

    @Test func takesACounterOnce() {
        #expect(uses.take(0, of: token(1)))
        #expect(!uses.take(0, of: token(1)))
        #expect(uses.take(5, of: token(1)))
        // What was read of it may be old, or newer than what is known here.
        #expect(!uses.take(4, of: token(1, count: 2)))
        #expect(!uses.take(9, of: token(1, count: 9)))
        #expect(uses.take(10, of: token(1, count: 9)))
        #expect(uses.take(0, of: token(2)))
    }

    @Test func asksForOneWriteOfAllThatWaits() {
        #expect(uses.add(use("phone", 1, 3)))
        #expect(!uses.add(use("phone", 1, 2, at: 7)))
        #expect(!uses.add(use("phone", nil, nil, at: 8)))
        #expect(!uses.add(use("desk", 2, 1)))
        #expect(
            uses.takeAll().sorted { $0.device.id < $1.device.id } == [use("desk", 2, 1), use("phone", 1, 3, at: 8)])
        #expect(uses.takeAll().isEmpty)
        // The next token's counter begins anew.
        #expect(uses.add(use("phone", 1, 9)))
        #expect(!uses.add(use("phone", 3, 0)))
        #expect(uses.takeAll() == [use("phone", 3, 0)])
    }

    @Test func forgetsTheTokenBeforeTheOneThatIsShown() {
        let read = StoredLogin(tokens: [token(2), token(1)], hasUnusedToken: true)
        #expect(uses.applied(to: read) == read)
        #expect(uses.add(use("phone", 1, 1)))
        #expect(uses.applied(to: read) == read)
        #expect(!uses.add(use("phone", 2, nil), isFirst: true))
        #expect(uses.applied(to: read) == StoredLogin(tokens: [token(2)]))
        let next = StoredLogin(tokens: [token(3), token(2)], hasUnusedToken: true)
        #expect(uses.applied(to: next) == next)
    }
}
