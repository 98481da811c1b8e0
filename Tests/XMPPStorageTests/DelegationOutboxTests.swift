//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

import Testing
import XMPPStorage

@Suite struct DelegationOutboxTests {
    let database: XMPPDatabase
    let outbox: DelegationOutbox

    init() throws {
        database = try XMPPDatabase(inMemory: "outbox")
        outbox = DelegationOutbox(database, quota: StorageQuota(stanzas: 4, bytes: 100))
    }

    private func stanza(_ text: String, component: String = "bridge") -> NewOutboxStanza {
        NewOutboxStanza(component: component, address: "support@acme.example", stanza: text, stamp: 5)
    }

    @Test func keepsTheOrderPerComponent() async throws {
        var ids: [Int64] = []
        for text in ["<a/>", "<b/>", "<c/>"] {
            ids.append(try await outbox.append(stanza(text)))
            try await outbox.append(stanza("<other/>", component: "gateway"))
        }
        let pending = try await outbox.pending("bridge", limit: 10)
        #expect(pending.map(\.id) == ids)
        #expect(pending.map(\.stanza) == ["<a/>", "<b/>", "<c/>"])
        #expect(pending.map(\.address) == Array(repeating: "support@acme.example", count: 3))
        #expect(pending.map(\.stamp) == [5, 5, 5])
        #expect(ids == ids.sorted())
        #expect(try await outbox.pending("bridge", after: ids[0], limit: 1).map(\.id) == [ids[1]])
    }

    @Test func removesSingleIDsOfItsComponentOnly() async throws {
        let first = try await outbox.append(stanza("<a/>"))
        let second = try await outbox.append(stanza("<bb/>"))
        let foreign = try await outbox.append(stanza("<x/>", component: "gateway"))
        try await outbox.remove("bridge", ids: [second, foreign, 12_345, second])
        #expect(try await outbox.pending("bridge", limit: 10).map(\.id) == [first])
        #expect(try await outbox.usage("bridge") == StorageUsage(stanzas: 1, bytes: 4))
        #expect(try await outbox.usage("gateway").stanzas == 1)
    }

    @Test func idsGoOnAfterTheQueueWasEmptied() async throws {
        let first = try await outbox.append(stanza("<a/>"))
        try await outbox.remove("bridge", through: first)
        #expect(try await outbox.pending("bridge", limit: 10).isEmpty)
        #expect(try await outbox.usage("bridge") == StorageUsage(stanzas: 0, bytes: 0))
        #expect(try await outbox.append(stanza("<b/>")) > first)
    }

    @Test func boundIsPerComponent() async throws {
        for _ in 0..<4 {
            try await outbox.append(stanza("<a/>"))
        }
        await #expect(throws: StorageError.quotaExceeded) { try await outbox.append(stanza("<a/>")) }
        try await outbox.append(stanza("<a/>", component: "gateway"))
        let first = try #require(try await outbox.pending("bridge", limit: 1).first)
        try await outbox.remove("bridge", through: first.id)
        try await outbox.append(stanza("<e/>"))
        #expect(try await outbox.pending("bridge", limit: 10).map(\.stanza) == ["<a/>", "<a/>", "<a/>", "<e/>"])
    }

    @Test func boundCountsBytes() async throws {
        try await outbox.append(stanza(String(repeating: "x", count: 100)))
        await #expect(throws: StorageError.quotaExceeded) { try await outbox.append(stanza("y")) }
    }
}
