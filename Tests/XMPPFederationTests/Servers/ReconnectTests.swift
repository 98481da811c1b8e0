//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

import Synchronization
import Testing
import XMPPCore
import XMPPFederation
import XMPPServer
import XMPPTestKit

/// Another server that ends its streams at the wrong moment.
@Suite struct ReconnectTests {
    private final class Received: Sendable {
        private let text = Mutex("")

        var value: String { text.withLock { $0 } }
        func set(_ new: String) { text.withLock { $0 = new } }
    }

    private func with(
        _ script: @escaping ScriptedServer.Script,
        _ body: (TestServer) async throws -> Void
    ) async throws {
        try await ScriptedServer.with(script) { partner in
            let ports = FederatedServers.Ports()
            ports.set(FederatedServers.partner, partner.port)
            var side = FederatedServers.Side()
            side.limits.firstPause = 0.1
            let service = try FederatedServers.service(
                FederatedServers.acme, other: FederatedServers.partner, side, ports, true)
            try await TestServer.with(FederatedServers.setup(FederatedServers.acme, side, service), body)
        }
    }

    /// Hangs up when it is asked for acknowledgements, the first time.
    private func hangsUpOnce(_ received: Received) -> ScriptedServer.Script {
        { connection, step, text in
            if let usual = ScriptedServer.letsIn(step, text) { return usual }
            switch step {
            case 3 where text.contains("<enable"):
                return connection == 0 ? .hangUp : .write("<enabled xmlns='urn:xmpp:sm:3'/>")
            case 4...: received.set(text)
            default: break
            }
            return .wait
        }
    }

    @Test func aStreamThatEndsBeforeItIsReadyIsMadeAgain() async throws {
        let received = Received()
        try await with(hangsUpOnce(received)) { acme in
            let alice = try await acme.client("alice@acme.example/desk", isAvailable: true)
            alice.send("<message to='tom@partner.example' id='m1' type='chat'><body>Hello</body></message>")
            try await acme.eventually("the message") { received.value.contains("id='m1'") }
        }
    }
}
