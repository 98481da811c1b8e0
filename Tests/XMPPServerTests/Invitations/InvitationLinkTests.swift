//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

import Testing
import XMPPCore
import XMPPServer

@Suite struct InvitationLinkTests {
    @Test func isWrittenAsTheSpecificationsHaveIt() throws {
        let token = InvitationToken()
        let table: [(InvitationLink, String)] = [
            (.init(registering: try JID("acme.example"), token: token), "xmpp:acme.example?register;preauth=T"),
            (
                .init(registering: try JID("juliet@acme.example"), token: token),
                "xmpp:juliet@acme.example?register;preauth=T"
            ),
            (
                .init(befriending: try JID("romeo@acme.example"), token: token, registers: true),
                "xmpp:romeo@acme.example?roster;preauth=T;ibr=y"
            ),
            (
                .init(befriending: try JID("o+neill#1@bücher.example"), token: token, registers: false),
                "xmpp:o%2Bneill%231@b%C3%BCcher.example?roster;preauth=T"
            ),
        ]
        for (link, text) in table {
            #expect(link.uri == text.replacing("=T", with: "=" + token.text))
        }
        let page = table[0].0.page(at: "https://acme.example/join")
        #expect(page == "https://acme.example/join#acme.example?register;preauth=\(token.text)")
    }

    @Test func hasTokensOf128Bits() {
        let tokens = (0..<100).map { _ in InvitationToken() }
        #expect(Set(tokens.map(\.text)).count == 100)
        #expect(tokens.allSatisfy { $0.text.utf8.count == 32 && InvitationToken($0.text) == $0 })
        #expect(tokens.allSatisfy { $0.digest.count == 32 })
    }
}
