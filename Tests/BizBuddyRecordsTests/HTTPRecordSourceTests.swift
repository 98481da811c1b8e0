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

@Suite(.timeLimit(.minutes(2))) struct HTTPRecordSourceTests {
    private func source(_ port: Int, key: String? = nil) throws -> HTTPRecordSource {
        try HTTPRecordSource(
            .init(
                name: "crm", address: try #require(HTTPAddress("http://127.0.0.1:\(port)/lookup?v=1")),
                signingKey: key, authorization: "Bearer t", tenant: "acme"),
            group: MultiThreadedEventLoopGroup.singleton)
    }

    private static let tom = """
        {"matches":[{"customer_id":4711,"confidence":1.0,"display":"Tom\\u0000 Customer","fields":[
        {"key":"plan","label":"Plan","value":"Gold","class":"business"},{"key":"open orders","value":3},
        {"key":"dob","label":"Born","value":"1970-01-01","class":"sensitive"},
        {"key":"x","value":"y","class":"no such"}],
        "links":[{"label":"CRM","url":"https://crm.example/4711"},{"label":"Bad","url":"javascript:alert(1)"}],
        "routing":{"priority":2,"skills":["gold"],"owner":"alice@acme.example","language":"de"},
        "alerts":["Invoice overdue"],"ttl":300}]}
        """

    @Test func readsTheRecordAndSignsTheQuestion() async throws {
        let server = try await FakeServer.start(FakeServer.response(Self.tom))
        let answer = try await source(server.port, key: "secret").answer(.about())
        let record = try #require(answer.records.first)
        #expect(answer.records.count == 1 && record.customerID == "4711" && record.displayName == "Tom Customer")
        #expect(
            record.fields.map { "\($0.key)=\($0.value)" } == [
                "alert=Invoice overdue", "plan=Gold", "open_orders=3", "dob=1970-01-01", "x=y",
                "link=https://crm.example/4711", "priority=2", "skills=gold", "owner=alice@acme.example", "language=de",
            ])
        #expect(record.fields.first { $0.key == "dob" }?.fieldClass == .sensitive)
        #expect(record.fields.first { $0.key == "x" }?.fieldClass == .sensitive, "an unknown class shows no more")

        let (head, body) = try server.signedRequest(key: "secret")
        #expect(head[0] == "POST /lookup?v=1 HTTP/1.1")
        #expect(head.contains("Authorization: Bearer t"))
        #expect(
            body == """
                {"addresses":[{"scheme":"xmpp","trust":"network","value":"tom@home.example"}],"buddy":"support@acme.example",\
                "deadline_ms":800,"session":"c1","tenant":"acme","v":1}
                """)
        try await server.stop()
    }

    @Test(arguments: ["404 Not Found", "204 No Content"])
    func knowsNobodyThen(_ status: String) async throws {
        let server = try await FakeServer.start("HTTP/1.1 \(status)\r\nContent-Length: 0\r\n\r\n")
        #expect(try await source(server.port).answer(.about()).records == [])
        try await server.stop()
    }

    @Test(arguments: [
        (
            "HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1/\r\nContent-Length: 0\r\n\r\n",
            "it redirects, which is not followed"
        ),
        ("HTTP/1.1 503 Busy\r\nContent-Length: 0\r\n\r\n", "it answers with status 503"),
        ("HTTP/1.1 409 Conflict\r\nContent-Length: 0\r\n\r\n", "it answers with status 409"),
        ("SSH-2.0-OpenSSH_9\r\n", "what it sends is no HTTP"),
        ("HTTP/1.1 200 OK\r\nContent-Length: 999999999\r\n\r\n{", "its answer is too large"),
        ("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}", "its answer is not what was agreed"),
        ("HTTP/1.1 200 OK\r\nContent-Length: 13\r\n\r\n{\"matches\":1}", "its answer is not what was agreed"),
        ("HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n[", "its answer is not what was agreed"),
    ])
    func saysWhatIsWrong(_ answer: String, _ reason: String) async throws {
        let server = try await FakeServer.start(answer)
        await #expect(throws: SourceFailure(reason)) { try await source(server.port).answer(.about()) }
        try await server.stop()
    }

    @Test func refusesBytesThatAreNoText() {
        #expect(throws: SourceFailure("its answer is not UTF-8")) {
            try LookupResponse([0x7B, 0xFF, 0x7D], source: "crm")
        }
    }

    @Test func refusesNestingWithoutEnd() {
        let bytes = Array(repeating: UInt8(ascii: "["), count: Limits.answer)
        #expect(throws: SourceFailure("its answer is not what was agreed")) {
            try LookupResponse(Array("{\"matches\":".utf8) + bytes, source: "crm")
        }
    }

    @Test func boundsWhatItTakes() throws {
        let field =
            "{\"key\":\"\(String(repeating: "k", count: 500))\",\"value\":\"\(String(repeating: "é\\u0301", count: 9_000))\"}"
        let match = "{\"customer_id\":\"1\",\"fields\":[\(Array(repeating: field, count: 1).joined(separator: ","))]}"
        let many = Array(repeating: match, count: 9).joined(separator: ",")
        let records = try LookupResponse(Array("{\"matches\":[\(many)]}".utf8), source: "crm").records
        #expect(records.count == Limits.records)
        #expect(records[0].fields[0].key.count == Limits.key)
        #expect(records[0].fields[0].value.unicodeScalars.count == Limits.value)
    }

    @Test func waitsNoLongerThanTold() async throws {
        let server = try await FakeServer.start(nil)
        var query = RecordQuery.about()
        query.timeout = .milliseconds(50)
        await #expect(throws: SourceFailure.timeout) { try await source(server.port).answer(query) }
        try await server.stop()
    }

    @Test func endsAnAnswerWithoutEnd() async throws {
        let header = "X-A: \(String(repeating: "a", count: 8_000))\r\n"
        let server = try await FakeServer.start("HTTP/1.1 200 OK\r\n" + header, isEndless: true)
        await #expect(throws: SourceFailure.self) { try await source(server.port).answer(.about()) }
        let body = try await FakeServer.start(
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + String(repeating: "1\r\na\r\n", count: 10_000),
            isEndless: true)
        await #expect(throws: SourceFailure.self) { try await source(body.port).answer(.about()) }
        try await server.stop()
        try await body.stop()
    }

    @Test func saysWhenNobodyIsThere() async throws {
        let port = try ClosedPort()
        await #expect(throws: SourceFailure("cannot be reached")) {
            try await source(port.number).answer(.about())
        }
    }

    @Test func refusesACertificateNobodyVouchesFor() async throws {
        let server = try await FakeServer.start("not TLS at all")
        let source = try HTTPRecordSource(
            .init(
                name: "crm", address: try #require(HTTPAddress("https://127.0.0.1:\(server.port)/")), tenant: "acme"),
            group: MultiThreadedEventLoopGroup.singleton)
        await #expect(throws: SourceFailure("its certificate or its TLS is no good")) {
            try await source.answer(.about())
        }
        #expect(!server.heard.contains("tom@home.example"), "nothing is said before")
        try await server.stop()
    }

    @Test(arguments: [
        ("https://crm.example/a?b", "crm.example", 443, "/a?b"), ("http://127.0.0.1:8080", "127.0.0.1", 8080, "/"),
        ("HTTPS://[::1]:8443/x", "::1", 8443, "/x"), ("https://crm.example?q=1", "crm.example", 443, "/?q=1"),
    ])
    func readsAddresses(_ url: String, _ host: String, _ port: Int, _ target: String) throws {
        let address = try #require(HTTPAddress(url))
        #expect(address.host == host && address.port == port && address.target == target)
    }

    @Test(arguments: [
        "", "crm.example", "ftp://crm.example/", "https://", "https://user@crm.example/", "https://crm.example:0/",
        "https://crm.example:99999/", "https://crm.example/a b", "https://crm.example/\r\nX: y",
        "https://crm.example/#a",
        "https://crm.exämple/",
    ])
    func refusesWhatIsNoAddress(_ url: String) {
        #expect(HTTPAddress(url) == nil)
    }
}
