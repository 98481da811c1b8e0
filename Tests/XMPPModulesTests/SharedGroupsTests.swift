//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

import Testing
import XMPPCore
import XMPPServer
import XMPPTestKit

@testable import XMPPModules

@Suite struct SharedGroupsTests {
    private static func groups() throws -> [AccountGroup] {
        let (alice, bob, carol) = (
            try JID("alice@acme.example"), try JID("bob@acme.example"), try JID("carol@acme.example")
        )
        return [
            AccountGroup("support", label: "Support", accounts: [alice, bob, alice]),
            AccountGroup("Staff", accounts: [alice, bob, carol]),
            AccountGroup("Everybody", hosts: ["home.example"]),
        ]
    }

    private func groups(of address: String, _ members: GroupMembers) throws -> [String: [String]] {
        let items = members.items(for: try JID(address))
        #expect(items.allSatisfy { $0.subscription == .both && $0.isShared })
        return Dictionary(uniqueKeysWithValues: items.map { ($0.jid.description, $0.groups) })
    }

    @Test func showsMembersToOneAnotherOnce() throws {
        let members = GroupMembers(try Self.groups())
        #expect(
            try groups(of: "alice@acme.example", members) == [
                "bob@acme.example": ["Support", "Staff"], "carol@acme.example": ["Staff"],
            ])
        #expect(
            try groups(of: "carol@acme.example", members) == [
                "alice@acme.example": ["Staff"], "bob@acme.example": ["Staff"],
            ])
        #expect(try groups(of: "erin@acme.example", members).isEmpty)
    }

    @Test func takesInTheAccountsOfAHost() throws {
        let members = GroupMembers(try Self.groups())
        #expect(try groups(of: "tom@home.example", members).isEmpty)
        for account in ["tom@home.example", "uma@home.example", "tom@home.example", "x@other.example"] {
            members.add(try JID(account))
        }
        #expect(try groups(of: "tom@home.example", members) == ["uma@home.example": ["Everybody"]])
        #expect(try groups(of: "new@home.example", members).count == 2)
    }

    @Test func putsMembersIntoRostersAndShowsTheirPresence() async throws {
        let configuration = try Company.configuration { $0.groups = try Self.groups() }
        try await Company.with(configuration) { server in
            let alice = try await server.client("alice@acme.example/a", isAvailable: true)
            let roster = try await alice.roster()
            #expect(
                try roster.includes(
                    """
                    <iq><query xmlns='jabber:iq:roster'>\
                    <item jid='bob@acme.example' subscription='both'><group>Support</group><group>Staff</group></item>\
                    <item jid='carol@acme.example' subscription='both'><group>Staff</group></item></query></iq>
                    """), "\(roster)")
            let bob = try await server.client("bob@acme.example/b")
            bob.send("<presence/>")
            try await bob.expect("<presence from='alice@acme.example/a'/>")
            try await alice.expect("<presence from='bob@acme.example/b'/>")
        }
    }

    @Test func findsTheAccountsOfAHostInTheStore() async throws {
        let configuration = try Company.configuration {
            $0.groups = [AccountGroup("All", hosts: ["acme.example"])]
        }
        try await Company.with(configuration) { server in
            let erin = try await server.client("erin@acme.example")
            let items = try await erin.roster().firstChild?.children("item", Namespace.roster)
            #expect(items?.compactMap { $0["jid"] }.sorted() == ["alice", "bob", "carol"].map { $0 + "@acme.example" })
        }
    }
}
