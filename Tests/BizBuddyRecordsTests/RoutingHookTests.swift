//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

import BizBuddyCore
import Foundation
import NIOCore
import NIOPosix
import SystemTestKit
import Testing
import XMPPTLS

@testable import BizBuddyRecords

/// The service that is asked where customers go, and everything that can be wrong with it.
@Suite(.timeLimit(.minutes(2))) struct RoutingHookTests {
    private static let question: RoutingHook.Question = {
        var question = RoutingHook.Question(
            contact: "support@acme.example", conversation: "c1", language: "de",
            departments: [
                .init(
                    id: "support", open: true, waiting: 2, agents: [.init(id: "a@acme.example", load: 1, capacity: 3)])
            ])
        question.addresses = [CanonicalAddress(CustomerAddress("tom@home.example"))]
        return question
    }()

    private func hook(_ port: Int, timeout: Duration = .seconds(10)) throws -> RoutingHook {
        try RoutingHook(
            .init(
                address: try #require(HTTPAddress("http://127.0.0.1:\(port)/route")), signingKey: "secret",
                authorization: "Bearer t", tenant: "acme", timeout: timeout),
            group: MultiThreadedEventLoopGroup.singleton)
    }

    @Test func asksSignedAndReadsTheAdvice() async throws {
        let server = try await FakeServer.start(
            FakeServer.response(
                "{\"department\":\"sales\",\"agent\":\"Bob@acme.example\",\"priority\":500,\"skills\":[\"Gold\",\"\"],\"x\":1}"
            ))
        let advice = await (try hook(server.port)).ask(Self.question)
        #expect(
            advice
                == .advice(
                    RoutingAdvice(
                        department: DepartmentID("sales"), agent: AgentID("bob@acme.example"), priority: 100,
                        skills: ["gold"])))
        let (head, body) = try server.signedRequest(key: "secret")
        #expect(head[0] == "POST /route HTTP/1.1" && head.contains("Authorization: Bearer t"))
        #expect(
            body == """
                {"addresses":[{"scheme":"xmpp","value":"tom@home.example"}],"buddy":"support@acme.example","deadline_ms":10000,\
                "departments":[{"agents":[{"capacity":3,"id":"a@acme.example","load":1}],"id":"support","open":true,"waiting":2}],\
                "language":"de","session":"c1","tenant":"acme","v":1}
                """)
        try await server.stop()
    }

    @Test(arguments: [("204 No Content", ""), ("404 Not Found", ""), ("200 OK", "{}"), ("200 OK", "{\"agent\":\"\"}")])
    func hasNoOpinionThen(_ status: String, _ body: String) async throws {
        let server = try await FakeServer.start(FakeServer.response(body, status: status))
        #expect(await (try hook(server.port)).ask(Self.question) == .none)
        try await server.stop()
    }

    @Test(arguments: [
        ("409 Conflict", "{}"), ("500 Internal Server Error", "{}"), ("302 Found", ""), ("200 OK", "not JSON"),
        ("200 OK", "{\"skills\":5}"), ("200 OK", "[" + String(repeating: "1,", count: 20_000)),
    ])
    func whatIsWrongIsNoAdvice(_ status: String, _ body: String) async throws {
        let server = try await FakeServer.start(FakeServer.response(body, status: status))
        guard case .failed = await (try hook(server.port)).ask(Self.question) else {
            Issue.record("it was taken for advice")
            return
        }
        try await server.stop()
    }

    @Test func whoSaysNothingIsNotWaitedForAndLeftAloneInTheEnd() async throws {
        let server = try await FakeServer.start(nil)
        let hook = try hook(server.port, timeout: .milliseconds(30))
        for _ in 0..<CircuitBreaker.threshold {
            #expect(await hook.ask(Self.question) == .failed(SourceFailure.timeout.reason))
        }
        #expect(await hook.ask(Self.question) == .failed("not asked: it has failed too often"))
        try await server.stop()
    }

    @Test func nobodyIsThere() async throws {
        let refusing = try await FakeServer.start("")
        let port = refusing.port
        try await refusing.stop()
        guard case .failed = await (try hook(port)).ask(Self.question) else {
            Issue.record("nobody answered")
            return
        }
    }
}
