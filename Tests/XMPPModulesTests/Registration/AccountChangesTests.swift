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

/// Accounts that end while people use them.
@Suite struct AccountChangesTests {
    private func jid(_ name: String) throws -> JID { try JID(name + "@acme.example") }

    @Test func endsTheSessionsOfADisabledAccount() async throws {
        try await Company.with { server in
            let first = try await server.client("alice@acme.example/a")
            let second = try await server.client("alice@acme.example/b")
            let bob = try await server.client("bob@acme.example/b")
            try await server.core.setDisabled(true, of: jid("alice"))
            #expect(try await first.ended().condition == "not-authorized")
            #expect(try await second.ended().condition == "not-authorized")
            try await bob.settle()
            await #expect(throws: ExpectationFailure.self) { try await server.client("alice@acme.example") }
            try await server.core.setDisabled(false, of: jid("alice"))
            _ = try await server.client("alice@acme.example")
            await #expect(throws: StorageError.notFound) {
                try await server.core.setDisabled(true, of: jid("nobody"))
            }
        }
    }

    @Test func tellsContactsOfAnAccountThatIsRemovedWhileOffline() async throws {
        let component = ServerConfiguration.Component(domain: "there.example", secret: "s")
        try await Company.with(components: [component]) { server in
            let there = try await server.component("there.example", secret: "s")
            let items: [(String, StoredRosterItem)] = [
                ("alice@acme.example", StoredRosterItem(contact: "bob@acme.example", name: "", subscription: .both)),
                ("bob@acme.example", StoredRosterItem(contact: "alice@acme.example", name: "", subscription: .both)),
                ("alice@acme.example", StoredRosterItem(contact: "zoe@there.example", name: "", subscription: .to)),
                ("alice@acme.example", StoredRosterItem(contact: "yves@there.example", pendingIn: true)),
            ]
            try await RosterStore(server.database).update(
                items.map { RosterMutation(account: $0.0, .put($0.1)) })
            let bob = try await server.client("bob@acme.example/b", isAvailable: true)
            try await server.core.deleteAccount(jid("alice"))
            try await bob.expect("<presence type='unsubscribe' from='alice@acme.example'/>")
            try await bob.expect("<presence type='unsubscribed' from='alice@acme.example'/>")
            try await there.expect("<presence type='unsubscribe' from='alice@acme.example' to='zoe@there.example'/>")
            try await there.expect("<presence type='unsubscribed' from='alice@acme.example' to='yves@there.example'/>")
            let roster = try await bob.roster()
            #expect(roster.firstChild?.firstChild?["subscription"] == "none")
            await #expect(throws: StorageError.notFound) { try await server.core.deleteAccount(jid("alice")) }
        }
    }
}
