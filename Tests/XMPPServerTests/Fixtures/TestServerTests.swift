//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

import Testing
import XMPPCore
import XMPPTestKit

@Suite struct TestServerTests {
    @Test func talksBetweenTwoClients() async throws {
        try await TestServer.with { server in
            let alice = try await server.client("alice@acme.example/desk", isAvailable: true)
            let bob = try await server.client("bob@acme.example/phone", isAvailable: true)
            alice.send("<message to='bob@acme.example/phone' type='chat' id='1'><body>hello</body></message>")
            let message = try await bob.expect("<message><body>hello</body></message>")
            try expect(
                message,
                is: """
                    <message from='alice@acme.example/desk' to='bob@acme.example/phone' type='chat' id='1'>
                      <body>hello</body>
                      <stanza-id xmlns='urn:xmpp:sid:0' by='bob@acme.example' id='*'/>
                    </message>
                    """)
            #expect(try await alice.settle().isEmpty)
            #expect(try await bob.settle().isEmpty)
            try await alice.close()
        }
    }
}
