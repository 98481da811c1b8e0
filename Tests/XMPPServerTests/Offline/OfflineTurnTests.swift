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

    /// A second client that takes messages makes nothing overtake what the first one is still being given.
    @Test func nothingOvertakesWhatAnotherOneIsBeingGiven() async throws {
        try await TestServer.with { server in
            let alice = try await server.client("alice@acme.example/desk")
            for id in 0..<150 {
                alice.send("<message to='bob@acme.example' type='chat' id='\(id)'><body>\(id)</body></message>")
            }
            _ = try await alice.settle()
            let phone = try await server.client("bob@acme.example/phone")
            try await phone.enableAcknowledgements()
            phone.send("<presence/>")
            // The rest is not given before this has arrived.
            try await phone.expect("<message id='99'/>")
            let desk = try await server.client("bob@acme.example/desk", isAvailable: true)
            for id in 150..<153 {
                alice.send("<message to='bob@acme.example' type='chat' id='\(id)'><body>\(id)</body></message>")
            }
            alice.send("<message to='bob@acme.example/phone' type='chat' id='153'><body>direct</body></message>")
            _ = try await alice.settle()
            try await desk.expect("<message id='152'/>")
            var stanzas = phone.received().count(where: { $0.name == "message" || $0.name == "presence" }) + 1
            phone.acknowledge(stanzas)
            var came: [String] = []
            while came.last != "153" {
                let element = try await phone.next()
                if element.name == "message" || element.name == "presence" { stanzas += 1 }
                if element.name == "r" { phone.acknowledge(stanzas) }
                if element.name == "message", let id = element["id"] { came.append(id) }
            }
            #expect(came == (100..<154).map { String($0) })
        }
    }
}
