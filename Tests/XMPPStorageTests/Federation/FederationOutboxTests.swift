//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

import Testing

@testable import XMPPStorage

@Suite struct FederationOutboxTests {
    @Test func aPartIsKeptForDomainsThatCanBeReached() async throws {
        let database = try XMPPDatabase(inMemory: "federation-outbox-reserve")
        let quota = StorageQuota(stanzas: 4, bytes: 1000)
        let outbox = FederationOutbox(database, quota: quota, total: quota)
        func new(_ remote: String) -> NewFederationStanza {
            NewFederationStanza(local: "acme.example", remote: remote, stanza: "<message/>", stamp: 0)
        }
        for _ in 0..<3 { _ = try await outbox.append(new("down.example"), leavesReserve: true) }
        await #expect(throws: StorageError.quotaExceeded) {
            try await outbox.append(new("gone.example"), leavesReserve: true)
        }
        _ = try await outbox.append(new("up.example"))
        #expect(try await outbox.usage(nil).stanzas == 4)
    }

    private let quota = StorageQuota(stanzas: 3, bytes: 100)
    private let total = StorageQuota(stanzas: 4, bytes: 1000)

    private func stanza(
        _ text: String, to remote: String = "a.example", from local: String = "acme.example"
    )
        -> NewFederationStanza
    {
        NewFederationStanza(local: local, remote: remote, stanza: text, stamp: 5)
    }

    @Test func keepsTheOrderOfEachPair() async throws {
        let outbox = FederationOutbox(try XMPPDatabase(inMemory: "outbox-order"), quota: quota, total: total)
        let first = try await outbox.append(stanza("<1/>"))
        _ = try await outbox.append(stanza("<2/>", from: "home.example"))
        let third = try await outbox.append(stanza("<3/>"))
        let pending = try await outbox.pending(local: "acme.example", remote: "a.example", limit: 10)
        #expect(pending.map(\.stanza) == ["<1/>", "<3/>"])
        #expect(pending.map(\.id) == [first, third])
        #expect(pending.map(\.stamp) == [5, 5])
        let rest = try await outbox.pending(local: "acme.example", remote: "a.example", after: first, limit: 10)
        #expect(rest.map(\.id) == [third])
        #expect(Set(try await outbox.pairs().map(\.local)) == ["acme.example", "home.example"])
    }

    @Test func boundsEachDomainAndAll() async throws {
        let outbox = FederationOutbox(try XMPPDatabase(inMemory: "outbox-bounds"), quota: quota, total: total)
        var ids: [Int64] = []
        for _ in 0..<3 { ids.append(try await outbox.append(stanza("<m/>"))) }
        await #expect(throws: StorageError.quotaExceeded) { try await outbox.append(stanza("<m/>")) }
        _ = try await outbox.append(stanza("<m/>", to: "b.example"))
        await #expect(throws: StorageError.quotaExceeded) {
            try await outbox.append(stanza("<m/>", to: "c.example"))
        }
        #expect(try await outbox.usage("c.example") == StorageUsage(stanzas: 0, bytes: 0))
        // Whoever takes the refusal for an answer has changed nothing.
        try await outbox.database.write { context in
            _ = #expect(throws: StorageError.quotaExceeded) {
                try outbox.append(stanza("<m/>", to: "c.example"), in: context)
            }
        }
        #expect(try await outbox.usage("c.example") == StorageUsage(stanzas: 0, bytes: 0))
        #expect(try await outbox.usage(nil) == StorageUsage(stanzas: 4, bytes: 16))
        try await outbox.remove(ids + [999])
        #expect(try await outbox.usage("a.example") == StorageUsage(stanzas: 0, bytes: 0))
        #expect(try await outbox.usage(nil) == StorageUsage(stanzas: 1, bytes: 4))
        _ = try await outbox.append(stanza("<m/>", to: "c.example"))
    }

    @Test func oneSenderGetsAShare() async throws {
        let much = StorageQuota(stanzas: 100, bytes: 1000)
        let outbox = FederationOutbox(
            try XMPPDatabase(inMemory: "outbox-share"), quota: much, total: much,
            share: StorageQuota(stanzas: 2, bytes: 20))
        func new(_ sender: String?, _ text: String = "<m/>", to remote: String = "a.example") -> NewFederationStanza {
            NewFederationStanza(local: "acme.example", remote: remote, stanza: text, stamp: 1, sender: sender)
        }
        let alice = "alice@acme.example"
        let first = try await outbox.append(new(alice))
        _ = try await outbox.append(new(alice, to: "b.example"))
        await #expect(throws: StorageError.quotaExceeded) { try await outbox.append(new(alice, to: "c.example")) }
        #expect(try await outbox.usage(ofSender: alice) == StorageUsage(stanzas: 2, bytes: 8))
        #expect(try await outbox.usage("c.example") == StorageUsage(stanzas: 0, bytes: 0), "nothing is charged for it")
        _ = try await outbox.append(new("bob@acme.example"))
        await #expect(throws: StorageError.quotaExceeded, "too long for a share") {
            try await outbox.append(new("carol@acme.example", "<message-of-21-bytes/>"))
        }
        for _ in 0..<3 { _ = try await outbox.append(new(nil)) }
        #expect(try await outbox.usage(nil).stanzas == 6)
        try await outbox.remove([first])
        #expect(try await outbox.usage(ofSender: alice) == StorageUsage(stanzas: 1, bytes: 4))
        _ = try await outbox.append(new(alice))
        #expect(try await outbox.largest(10).map(\.remote) == ["a.example", "b.example"])
    }

    @Test func whatIsOfAServiceIsChargedToNobody() async throws {
        let much = StorageQuota(stanzas: 100, bytes: 1000)
        let outbox = FederationOutbox(
            try XMPPDatabase(inMemory: "outbox-before"), quota: much, total: much,
            share: StorageQuota(stanzas: 1, bytes: 20))
        let id = try await outbox.append(stanza("<m/>"))
        try await outbox.remove([id])
        #expect(try await outbox.usage(nil) == StorageUsage(stanzas: 0, bytes: 0))
    }
}
