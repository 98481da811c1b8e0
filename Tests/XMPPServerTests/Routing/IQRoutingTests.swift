//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

import Testing
import XMPPCore
import XMPPTestKit

@Suite struct IQRoutingTests {
    /// What a request of alice's is answered with: `result`, or the condition of the error.
    private func outcome(_ answer: XMLElement) -> String {
        answer["type"] == "result" ? "result" : answer.child("error", Namespace.client)?.firstChild?.name ?? "?"
    }

    @Test(
        arguments: [
            // To the host and to one's own account.
            ("get", "acme.example", "<echo xmlns='test'/>", "result"),
            ("set", "acme.example", "<echo xmlns='test'/>", "result"),
            ("get", "alice@acme.example", "<echo xmlns='test'/>", "result"),
            ("get", nil, "<echo xmlns='test'/>", "result"),
            ("get", "acme.example", "<empty xmlns='test'/>", "result"),
            ("get", "acme.example", "<wait xmlns='test'/>", "result"),
            ("get", "acme.example", "<host-only xmlns='test'/>", "result"),
            // Unknown requests (RFC 6120 §8.4)
            ("set", "acme.example", "<empty xmlns='test'/>", "service-unavailable"),
            ("get", "alice@acme.example", "<host-only xmlns='test'/>", "service-unavailable"),
            ("get", "acme.example", "<unknown xmlns='test'/>", "service-unavailable"),
            ("get", "acme.example", "<echo xmlns='other'/>", "service-unavailable"),
            // Exactly one payload (§8.2.3)
            ("get", "acme.example", "", "bad-request"),
            ("get", "acme.example", "text", "bad-request"),
            ("get", "acme.example", "<echo xmlns='test'/><echo xmlns='test'/>", "bad-request"),
            ("get", nil, "", "bad-request"),
            // Types (§8.2.3)
            ("post", "acme.example", "<echo xmlns='test'/>", "bad-request"),
            // What features throw
            ("get", "acme.example", "<refuse xmlns='test'/>", "not-acceptable"),
            ("get", "acme.example", "<refuse-later xmlns='test'/>", "conflict"),
            ("get", "acme.example", "<break xmlns='test'/>", "internal-server-error"),
            ("get", "acme.example", "<break-later xmlns='test'/>", "internal-server-error"),
            // Elsewhere
            ("get", "bob@acme.example/nowhere", "<echo xmlns='test'/>", "service-unavailable"),
            ("get", "other.example", "<echo xmlns='test'/>", "remote-server-not-found"),
            ("get", "someone@other.example/x", "<echo xmlns='test'/>", "remote-server-not-found"),
        ] as [(String, String?, String, String)])
    func answersRequests(_ type: String, _ to: String?, _ payload: String, _ expected: String) async throws {
        try await TestServer.with(modules: [AnsweringModule()]) { server in
            let alice = try await server.client("alice@acme.example/desk")
            let answer = try await alice.iq(type, to: to, payload)
            #expect(outcome(answer) == expected)
            #expect(answer["to"] == nil || answer["to"] == "alice@acme.example/desk")
            if let to { #expect(answer["from"] == to) }
            #expect(!answer.xmlString.contains("a fault inside"))
            #expect(try await alice.settle().isEmpty)
        }
    }

    @Test func answersRequestWithoutID() async throws {
        try await TestServer.with(modules: [AnsweringModule()]) { server in
            let alice = try await server.client("alice@acme.example/desk")
            alice.send("<iq type='get' to='acme.example'><echo xmlns='test'/></iq>")
            #expect(outcome(try await alice.next()) == "bad-request")
        }
    }

    /// RFC 6120 §8.2.3: never an answer to an answer.
    @Test func answersNoAnswers() async throws {
        try await TestServer.with(modules: [AnsweringModule()]) { server in
            let alice = try await server.client("alice@acme.example/desk")
            for to in ["acme.example", "alice@acme.example", "bob@acme.example", "bob@acme.example/x", "x.example"] {
                alice.send("<iq type='result' id='1' to='\(to)'/>")
                alice.send("<iq type='error' id='2' to='\(to)'><echo xmlns='test'/></iq>")
            }
            #expect(try await alice.settle().isEmpty)
        }
    }

    @Test func returnsTheFeaturesAnswer() async throws {
        try await TestServer.with(modules: [AnsweringModule()]) { server in
            let alice = try await server.client("alice@acme.example/desk")
            for name in ["echo", "wait"] {
                alice.send("<iq type='get' id='1' to='acme.example'><\(name) xmlns='test' k='v'/></iq>")
                try expect(
                    try await alice.answer(to: "1"),
                    is: """
                        <iq type='result' id='1' from='acme.example' to='alice@acme.example/desk'>
                          <\(name) xmlns='test' k='v'/>
                        </iq>
                        """)
            }
        }
    }

    @Test func keepsAnswersInOrder() async throws {
        try await TestServer.with(modules: [AnsweringModule()]) { server in
            let alice = try await server.client("alice@acme.example/desk")
            var text = ""
            for id in 0..<200 {
                let name = id.isMultiple(of: 3) ? "wait" : "echo"
                text += "<iq type='get' id='\(id)' to='acme.example'><\(name) xmlns='test'/></iq>"
            }
            alice.send(text)
            let answers = try await alice.settle()
            #expect(answers.map { $0["id"] } == (0..<200).map { String($0) })
        }
    }

    /// Whether there is an account, and whether it is online, is nobody's business.
    @Test func hidesAccounts() async throws {
        try await TestServer.with(modules: [AnsweringModule()]) { server in
            let alice = try await server.client("alice@acme.example/desk")
            _ = try await server.client("carol@acme.example/desk")
            for payload in ["<unknown xmlns='test'/>", "<ping xmlns='urn:xmpp:ping'/>"] {
                var answers: Set<String> = []
                for name in ["bob", "carol", "nobody"] {
                    let answer = try await alice.iq("get", to: "\(name)@acme.example", id: "same", payload)
                    answers.insert(answer.with(attribute: "from", nil).canonicalString)
                }
                #expect(answers.count == 1)
            }
            for payload in ["<echo xmlns='test'/>"] {
                var answers: Set<String> = []
                for name in ["bob", "carol", "nobody"] {
                    let answer = try await alice.iq("get", to: "\(name)@acme.example/none", id: "same", payload)
                    answers.insert(answer.with(attribute: "from", nil).canonicalString)
                }
                #expect(answers.count == 1)
            }
        }
    }

    @Test func routesBetweenResources() async throws {
        try await TestServer.with { server in
            let alice = try await server.client("alice@acme.example/desk")
            let bob = try await server.client("bob@acme.example/desk")
            alice.send("<iq type='get' id='9' to='bob@acme.example/desk'><query xmlns='test'/></iq>")
            let request = try await bob.expect("<iq type='get' id='9' from='alice@acme.example/desk'/>")
            #expect(request.child("query", "test") != nil)
            bob.send("<iq type='result' id='9' to='alice@acme.example/desk'><query xmlns='test'/></iq>")
            #expect(try await alice.answer(to: "9")["from"] == "bob@acme.example/desk")
        }
    }
}
