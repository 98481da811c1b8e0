//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

import Testing
import XMPPCore
import XMPPServer
import XMPPStorage

@testable import switchboard

@Suite struct InvitationAdministrationTests {
    private let database: XMPPDatabase
    private let store: InvitationStore
    private let invitations: InvitationAdministration
    private let now = Timestamp(milliseconds: 1_700_000_000_000)

    init() throws {
        let configuration = try ConfigurationFixture.load(
            """
            hosts:
              acme.example: {certificate: a.pem, key: a.key}
              home.example: {certificate: a.pem, key: a.key}
            invitations: {days: 3, landing_page: "https://acme.example/join"}
            """)
        database = try XMPPDatabase(inMemory: "invite")
        store = InvitationStore(database)
        invitations = InvitationAdministration(configuration, database: database)
    }

    private func stored(_ shown: InvitationAdministration.Shown) async throws -> StoredInvitation? {
        let token = try #require(InvitationToken(String(shown.uri.suffix(32))))
        return try await store.find(token: token.digest, at: now.milliseconds)
    }

    @Test func invitesAnybodyToTheFirstHost() async throws {
        let shown = try await invitations.invite(.init(uses: 5), now: now)
        #expect(shown.uri.hasPrefix("xmpp:acme.example?register;preauth="))
        #expect(shown.page == "https://acme.example/join#" + shown.uri.dropFirst(5))
        #expect(shown.expires == "2023-11-17T22:13:20Z" && shown.uses == 5)
        let invitation = try #require(try await stored(shown)).invitation
        #expect(invitation.registers && !invitation.subscribes && invitation.uses == 5)
        #expect(InvitationAdministration.text(shown).split(separator: "\n").count == 3)
        #expect(try InvitationAdministration.json(shown).contains("\"uri\" : \"\(shown.uri)\""))
    }

    @Test func keepsANameAndGivesAContact() async throws {
        try await AccountStore(database).create("bob@home.example", credentials: [], created: 0)
        let shown = try await invitations.invite(
            .init(name: "Anna", contact: "bob@home.example", groups: ["New"], days: 1), now: now)
        #expect(shown.uri.hasPrefix("xmpp:anna@home.example?register;preauth="))
        let invitation = try #require(try await stored(shown)).invitation
        #expect(invitation.account == "anna@home.example" && invitation.inviter == "bob@home.example")
        #expect(invitation.subscribes && invitation.groups == ["New"])
        await #expect(
            throws: CommandFailure("anna@home.example exists already, or is kept for somebody else.")
        ) { try await invitations.invite(.init(host: "home.example", name: "anna"), now: now) }
        let any = try await invitations.invite(.init(contact: "bob@home.example"), now: now)
        #expect(any.uri.hasPrefix("xmpp:bob@home.example?roster;preauth="))
    }

    @Test(arguments: [
        ["host": "other.example"], ["name": "a b"], ["contact": "nobody@acme.example"], ["days": "0"], ["days": "366"],
        ["uses": "0"], ["name": "anna", "uses": "2"], ["name": "anna@home.example"],
    ])
    func refuses(_ wish: [String: String]) async throws {
        await #expect(throws: CommandFailure.self) {
            try await invitations.invite(
                .init(
                    host: wish["host"], name: wish["name"], contact: wish["contact"],
                    days: wish["days"].flatMap { Int($0) }, uses: wish["uses"].flatMap { Int($0) } ?? 1), now: now)
        }
        #expect(try await invitations.list(host: nil, now: now).isEmpty)
    }

    @Test func listsAndTakesBack() async throws {
        let shown = try await invitations.invite(.init(name: "anna"), now: now)
        let listed = try #require(try await invitations.list(host: "acme.example", now: now).first)
        #expect(listed.account == "anna@acme.example" && listed.uses == 1)
        let text = InvitationAdministration.text([listed])
        #expect(text == "\(listed.id)  anna@acme.example  expires 2023-11-17T22:13:20Z")
        #expect(!text.contains(shown.uri.suffix(32)))
        try await invitations.revoke(listed.id)
        #expect(try await stored(shown) == nil)
        await #expect(throws: CommandFailure.self) { try await invitations.revoke(listed.id) }
    }
}
