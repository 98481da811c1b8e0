//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

import Testing
import XMPPCore
import XMPPServer
import XMPPTestKit

/// Requests that the server makes in its own name.
@Suite struct OwnRequestTests {
    private static let component = ServerConfiguration.Component(domain: "push.acme.example", secret: "secret")

    private func outcome(
        _ server: TestServer, to: String, seconds: Int = 30, _ meanwhile: (() async throws -> Void)? = nil
    ) async throws -> RequestOutcome {
        let outcome = Watched<RequestOutcome?>(nil)
        server.core.request(
            .get, XMLElement("ping", "urn:xmpp:ping"), from: "acme.example", to: try JID(to), seconds: seconds
        ) { result in
            outcome.change { $0 = result }
        }
        try await meanwhile?()
        return try await outcome.wait("an outcome", within: StreamConnection.patience) { $0.map { .success($0) } }
    }

    @Test func takesTheAnswerOfWhoWasAsked() async throws {
        try await TestServer.with(components: [Self.component]) { server in
            let component = try await server.component("push.acme.example", secret: "secret")
            let bob = try await server.client("bob@acme.example/b")
            let outcome = try await outcome(server, to: "push.acme.example") {
                let request = try await component.expect("<iq type='get' from='acme.example'/>")
                let id = try #require(request["id"])
                // Others answer in vain, whatever they know.
                bob.send("<iq type='result' id='\(id)' to='acme.example'/>")
                component.send("<iq type='result' id='\(id)' to='acme.example' from='other@push.acme.example'/>")
                _ = try await bob.settle()
                component.send(
                    "<iq type='result' id='\(id)' to='acme.example' from='push.acme.example'><ok xmlns='x'/></iq>")
                component.send("<iq type='error' id='\(id)' to='acme.example' from='push.acme.example'/>")
            }
            guard case .result(let stanza) = outcome else { throw ExpectationFailure("\(outcome)") }
            #expect(stanza.payload?.isNamed("ok", "x") == true)
        }
    }

    @Test func takesErrorsOfTheServiceAndOfTheWay() async throws {
        try await TestServer.with(components: [Self.component]) { server in
            func condition(_ outcome: RequestOutcome) -> StanzaError.Condition? {
                guard case .error(let error) = outcome else { return nil }
                return error.condition
            }
            #expect(condition(try await outcome(server, to: "push.acme.example")) == .serviceUnavailable)
            #expect(condition(try await outcome(server, to: "push.elsewhere.example")) == .remoteServerNotFound)
            let component = try await server.component("push.acme.example", secret: "secret")
            let refused = try await outcome(server, to: "push.acme.example") {
                let id = try #require(try await component.expect("<iq type='get'/>")["id"])
                component.send(
                    """
                    <iq type='error' id='\(id)' to='acme.example' from='push.acme.example'><error type='cancel'>\
                    <item-not-found xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error></iq>
                    """)
            }
            #expect(condition(refused) == .itemNotFound)
        }
    }

    @Test func givesUpInTime() async throws {
        try await TestServer.with(components: [Self.component]) { server in
            let component = try await server.component("push.acme.example", secret: "secret")
            let outcome = try await outcome(server, to: "push.acme.example", seconds: 1)
            guard case .timeout = outcome else { throw ExpectationFailure("\(outcome)") }
            // Too late.
            let id = try #require(try await component.expect("<iq type='get'/>")["id"])
            component.send("<iq type='result' id='\(id)' to='acme.example' from='push.acme.example'/>")
            #expect(try await component.settle().isEmpty)
        }
    }
}
