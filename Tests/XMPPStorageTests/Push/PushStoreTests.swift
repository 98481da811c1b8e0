//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

import Testing
import XMPPStorage

@Suite struct PushStoreTests {
    let database: XMPPDatabase
    let store: PushStore
    let juliet = "juliet@capulet.lit"

    init() throws {
        database = try XMPPDatabase(inMemory: "push")
        store = PushStore(database)
    }

    private func registration(
        _ node: String, service: String = "push.example", resource: String = "phone", at enabled: Int64 = 1,
        of account: String? = nil, options: String? = nil
    ) -> PushRegistration {
        PushRegistration(
            account: account ?? juliet, service: service, node: node, device: nil, resource: resource,
            options: options, enabled: enabled)
    }

    @discardableResult
    private func enable(_ registration: PushRegistration, limit: Int = 10) async throws -> [PushRegistration] {
        try await database.write { [store] in try store.enable(registration, limit: limit, in: $0) }
    }

    @discardableResult
    private func disable(_ service: String, _ node: String?) async throws -> [PushRegistration] {
        try await database.write { [store, juliet] in
            try store.disable(juliet, service: service, node: node, in: $0)
        }
    }

    @Test func comesBackAsItWas() async throws {
        var full = registration("n", options: "<x xmlns='jabber:x:data' type='submit'/>")
        full.device = "d4565fa7-4d72-4749-b3d3-740edbf87770"
        try await enable(full)
        #expect(try await store.registration(juliet, service: "push.example", node: "n") == full)
        #expect(try await store.registration(juliet, service: "push.example", node: "m") == nil)
        #expect(try await store.registration("nurse@capulet.lit", service: "push.example", node: "n") == nil)
        #expect(try await store.loadAll() == [full])
    }

    @Test func lastRequestOfANodeCounts() async throws {
        try await enable(registration("n", resource: "old", options: "<x/>"))
        let now = try await enable(registration("n", resource: "new", at: 5))
        #expect(now == [registration("n", resource: "new", at: 5)])
    }

    @Test func isDisabledByNodeOrService() async throws {
        for node in ["a", "b"] { try await enable(registration(node)) }
        try await enable(registration("a", service: "other.example"))
        try await enable(registration("a", of: "nurse@capulet.lit"))
        #expect(try await disable("push.example", "a").map(\.node) == ["a", "b"])
        #expect(try await store.registrations(juliet).map(\.service) == ["other.example", "push.example"])
        #expect(try await disable("push.example", nil).map(\.service) == ["other.example"])
        #expect(try await disable("push.example", nil).count == 1)
        #expect(try await store.registrations("nurse@capulet.lit").count == 1)
    }

    @Test func oldestGoBeyondTheLimit() async throws {
        for stamp in 1...3 { try await enable(registration("n\(stamp)", at: Int64(stamp)), limit: 3) }
        // Asked for anew, so it is the youngest.
        try await enable(registration("n1", at: 4), limit: 3)
        #expect(try await enable(registration("n5", at: 5), limit: 3).map(\.node) == ["n3", "n1", "n5"])
        #expect(try await store.registrations(juliet).map(\.node) == ["n3", "n1", "n5"])
    }

    @Test func goesWithTheAccount() async throws {
        let accounts = AccountStore(database)
        try await accounts.create(juliet, credentials: [], created: 1)
        try await enable(registration("n"))
        try await accounts.delete(juliet)
        #expect(try await store.loadAll().isEmpty)
    }
}
