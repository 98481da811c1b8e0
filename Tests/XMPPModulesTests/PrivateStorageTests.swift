//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

import Testing
import XMPPCore
import XMPPModules
import XMPPServer
import XMPPStorage
import XMPPTestKit

@Suite struct PrivateStorageTests {
    private func query(_ content: String) -> String { "<query xmlns='jabber:iq:private'>\(content)</query>" }

    private let bookmarks = """
        <storage xmlns='storage:bookmarks'><conference jid='a@rooms.acme.example' name='A &amp; B'/></storage>
        """

    @Test func keepsWhatItsOwnerWantsKept() async throws {
        try await Company.with { server in
            let alice = try await server.client("alice@acme.example/a")
            let other = try await server.client("alice@acme.example/b")
            let missing = try await alice.iq("get", to: nil, query("<storage xmlns='storage:bookmarks'/>"))
            try expect(try #require(missing.firstChild), is: query("<storage xmlns='storage:bookmarks'/>"))
            let stored = try await alice.iq(
                "set", to: nil, query(bookmarks + "<roster xmlns='roster:delimiter'>::</roster>"))
            #expect(stored["type"] == "result" && stored.firstChild == nil)
            let read = try await other.iq(
                "get", to: "alice@acme.example", query("<storage xmlns='storage:bookmarks'/>"))
            try expect(try #require(read.firstChild), is: query(bookmarks))
            // An empty one takes it away.
            _ = try await alice.iq("set", to: nil, query("<storage xmlns='storage:bookmarks'/>"))
            let gone = try await alice.iq("get", to: nil, query("<storage xmlns='storage:bookmarks'/>"))
            try expect(try #require(gone.firstChild), is: query("<storage xmlns='storage:bookmarks'/>"))
            let rest = try await alice.iq("get", to: nil, query("<roster xmlns='roster:delimiter'/>"))
            try expect(try #require(rest.firstChild), is: query("<roster xmlns='roster:delimiter'>::</roster>"))
        }
    }

    @Test func keepsElementsOfOneNameTogether() async throws {
        try await Company.with { server in
            let alice = try await server.client("alice@acme.example")
            let two = "<n xmlns='urn:n'>1</n><n xmlns='urn:n'>2</n>"
            _ = try await alice.iq("set", to: nil, query(two))
            let read = try await alice.iq("get", to: nil, query("<n xmlns='urn:n'/>"))
            try expect(try #require(read.firstChild), is: query(two))
        }
    }

    @Test func isNobodyElsesBusiness() async throws {
        try await Company.with { server in
            let alice = try await server.client("alice@acme.example")
            let bob = try await server.client("bob@acme.example")
            _ = try await alice.iq("set", to: nil, query(bookmarks))
            for type in ["get", "set"] {
                for address in ["alice@acme.example", "nobody@acme.example"] {
                    let answer = try await bob.iq(type, to: address, query(bookmarks))
                    #expect(answer.errorCondition == .forbidden, "\(type) \(address)")
                }
            }
        }
    }

    @Test func refusesWhatHasNoNamespaceOfItsOwn() async throws {
        try await Company.with { server in
            let alice = try await server.client("alice@acme.example")
            for (type, content) in [
                ("get", ""), ("set", ""), ("get", "<a/>"), ("set", "<a/>"),
                ("get", "<a xmlns='urn:a'/><b xmlns='urn:b'/>"),
            ] {
                let answer = try await alice.iq(type, to: nil, query(content))
                #expect(answer.errorCondition == .notAcceptable, "\(type) \(content)")
            }
        }
    }

    @Test func keepsToItsQuota() async throws {
        let configuration = try Company.configuration { $0.privateStorage.bytes = 200 }
        try await Company.with(configuration) { server in
            let alice = try await server.client("alice@acme.example")
            let large = "<a xmlns='urn:a'>\(String(repeating: "x", count: 200))</a>"
            #expect(try await alice.iq("set", to: nil, query(large)).errorCondition == .resourceConstraint)
            #expect(try await alice.iq("set", to: nil, query("<a xmlns='urn:a'>x</a>"))["type"] == "result")
        }
    }
}
