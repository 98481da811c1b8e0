//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

import Testing
import XMPPServer
import XMPPTestKit

@Suite struct HealthTests {
    @Test(arguments: [
        ("GET /healthz", "200 OK", "ok\n"),
        ("GET /healthz?verbose", "200 OK", "ok\n"),
        ("GET /metrics", "200 OK", "switchboard_sessions 1.0\n"),
        ("HEAD /healthz", "200 OK", ""),
        ("GET /", "404 Not Found", "not found\n"),
        ("GET /healthz/x", "404 Not Found", "not found\n"),
        ("POST /healthz", "405 Method Not Allowed", "method not allowed\n"),
    ])
    func answers(_ request: String, _ status: String, _ body: String) async throws {
        try await TestServer.with { server in
            _ = try await server.client("alice@acme.example/desk")
            let raw = try await server.raw(.health)
            raw.send("\(request) HTTP/1.1\r\nHost: localhost\r\n\r\n")
            let answer = try await raw.ended()
            #expect(answer.hasPrefix("HTTP/1.1 \(status)\r\n"))
            #expect(answer.contains("connection: close"))
            #expect(body.isEmpty ? answer.hasSuffix("\r\n\r\n") : answer.contains(body))
        }
    }

    @Test func closesOnWhatIsNoHTTP() async throws {
        try await TestServer.with { server in
            let raw = try await server.raw(.health)
            raw.send("<stream:stream>\r\n\r\n")
            _ = try await raw.ended()
        }
    }

    /// A peer that says nothing does not keep the server from stopping.
    @Test func doesNotHoldTheStopUp() async throws {
        let server = try await TestServer.start()
        let raw = try await server.raw(.health)
        raw.send("GET /healthz HTTP/1.1\r\n")
        let start = ContinuousClock.now
        await server.stop()
        #expect(try await raw.ended().isEmpty)
        #expect(ContinuousClock.now - start < .seconds(10))
    }
}
