//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

import Testing
import XMPPCore

@testable import XMPPServer

@Suite struct FeatureTablesTests {
    private struct Module: ServerModule {
        let id: String
        let declare: @Sendable (inout ModuleRegistrar) -> Void

        init(_ id: String, _ declare: @escaping @Sendable (inout ModuleRegistrar) -> Void = { _ in }) {
            self.id = id
            self.declare = declare
        }

        func register(in registrar: inout ModuleRegistrar) { declare(&registrar) }
    }

    private func problems(_ modules: [Module]) -> [String] {
        do throws(FeatureConflict) {
            _ = try FeatureTables(modules)
            return []
        } catch {
            return error.problems
        }
    }

    @Test func refusesTwoOwnersOfOneRequest() {
        let one = Module("one") { $0.iq([.get, .set], "query", "test", at: [.host]) { _, _ in .result(nil) } }
        let two = Module("two") { $0.iq([.get], "query", "test") { _, _ in .result(nil) } }
        #expect(problems([one, two]).count == 1)
        #expect(problems([one, two]).first?.contains("two and one") == true)
        let other = Module("other") { $0.iq([.get], "query", "test", at: [.account]) { _, _ in .result(nil) } }
        #expect(problems([one, other]).isEmpty)
    }

    @Test func refusesTwoOwnersOfAnAddress() throws {
        let jid = try JID("support@acme.example")
        let domain = Module("domain") { $0.domain("x.acme.example") { _, _ in nil } }
        let address = Module("address") { $0.address(jid) { _, _ in nil } }
        #expect(problems([domain, address]).isEmpty)
        #expect(problems([domain, domain, address, address]).count == 4)
    }

    @Test func refusesTwoOwnersOfAnElement() {
        let one = Module("one") { $0.element("active", "test:1") { _, _, _ in } }
        let two = Module("two") {
            $0.element("active", "test:2") { _, _, _ in }
            $0.element("active", "test:1") { _, _, _ in }
        }
        #expect(problems([two, one]).count == 1)
    }

    @Test func refusesTwoOwnersOfAnInlineFeature() throws {
        let one = Module("one") { $0.bind2("test:1") { _, _, _ in nil } }
        let two = Module("two") {
            $0.bind2("test:2") { _, _, _ in nil }
            $0.bind2("test:1") { _, _, _ in nil }
        }
        #expect(problems([two, one]).count == 1)
        let tables = try FeatureTables([one, Module("three") { $0.bind2("test:2") { _, _, _ in nil } }])
        #expect(tables.bind2.map(\.namespace) == ["test:1", "test:2"])
    }

    @Test func refusesFeaturesOfOneName() {
        #expect(problems([Module("a"), Module("b"), Module("a")]) == ["two features named a"])
    }

    @Test func tellsAllContradictionsAtOnce() {
        let owner = Module("a") { $0.iq([.get], "query", "test", at: [.host]) { _, _ in .result(nil) } }
        let other = Module("b") {
            $0.iq([.get], "query", "test", at: [.host]) { _, _ in .result(nil) }
            $0.domain("x", { _, _ in nil })
            $0.domain("x", { _, _ in nil })
        }
        let found = problems([owner, other])
        #expect(found.count == 2)
        #expect(FeatureConflict(problems: found).description.contains("; "))
    }

    @Test func collectsDiscoveryAndRosters() throws {
        let contact = try JID("support@acme.example")
        let module = Module("a") {
            $0.disco(feature: "both")
            $0.disco(feature: "host", on: [.host])
            $0.disco(item: contact, name: "Support", host: "acme.example")
            $0.roster { _ in [RosterItem(jid: contact)] }
        }
        let tables = try FeatureTables([module])
        #expect(tables.discoFeatures[.host] == ["both", "host"])
        #expect(tables.discoFeatures[.account] == ["both"])
        #expect(tables.discoItems["acme.example"]?.map(\.name) == ["Support"])
        #expect(tables.sharedItems(for: try JID("alice@acme.example")).map(\.jid) == [contact])
    }
}
