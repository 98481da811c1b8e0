//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

import Testing
import XMPPCore
import XMPPStorage
import XMPPTestKit

@testable import XMPPServer

@Suite struct LeftoverTests {
    @Test func removesWhatALastSessionWroteAfterItsAccountWasRemoved() async throws {
        try await TestServer.with { server in
            let vCards = VCardStore(server.database)
            let gone = try JID("gone@acme.example")
            for account in [gone, try JID("alice@acme.example")] {
                try await vCards.set("<vCard/>", of: account.bareString)
                server.core.leavingAccounts.insert(account)
                server.core.sessionLeft(account)
            }
            try await server.eventually("the end of what was left") {
                try await vCards.vCard(of: gone.bareString) == nil
            }
            // The account has been made again meanwhile: what it has now is its own.
            try await server.eventually("that both were looked at") {
                try !server.core.leavingAccounts.remove(JID("alice@acme.example"))
            }
            #expect(try await vCards.vCard(of: "alice@acme.example") != nil)
        }
    }
}
