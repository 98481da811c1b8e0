//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

import Testing
import XMPPCore
import XMPPTestKit

/// New messages go behind those that waited, but nobody waits for a phone in a tunnel.
@Suite struct OfflineTurnTests {
    @Test func aSilentResourceHoldsNothingBackFromAnotherOne() async throws {
        try await TestServer.with { server in
            let alice = try await server.client("alice@acme.example/desk")
            alice.send("<message to='bob@acme.example' type='chat' id='early'><body>1</body></message>")
            _ = try await alice.settle()
            let phone = try await server.client("bob@acme.example/phone")
            try await phone.enableAcknowledgements()
            try await phone.becomeAvailable()
            let desk = try await server.client("bob@acme.example/desk", isAvailable: true)
            // The phone never acknowledges what it was given.
            alice.send("<message to='bob@acme.example' type='chat' id='late'><body>2</body></message>")
            alice.send("<message to='bob@acme.example/desk' type='chat' id='direct'><body>3</body></message>")
            _ = try await alice.settle()
            try await desk.expect("<message id='late'/>")
            try await desk.expect("<message id='direct'/>")
        }
    }
}
