//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

import BizBuddyCore
import NIOPosix
import SystemTestKit
import Testing

@testable import BizBuddyRecords

@Suite(.serialized, .timeLimit(.minutes(2))) struct LDAPRecordSourceTests {
    private func source(
        _ url: String, startsTLS: Bool = true, authorities: String = "/etc/ssl/certs/ca-certificates.crt",
        password: String = DirectoryServer.password, base: String = DirectoryServer.base
    ) throws -> LDAPRecordSource {
        let threads = NIOThreadPool(numberOfThreads: 2)
        threads.start()
        return LDAPRecordSource(
            .init(
                name: "staff", address: try #require(LDAPAddress(url)), startsTLS: startsTLS, authorities: authorities,
                bindName: DirectoryServer.reader, password: password, base: base,
                filter: try #require(LDAPFilter(LDAPFilter.standard)),
                fields: [("title", "Title"), ("mail", "Mail"), ("jpegPhoto", "Picture"), ("pager", "Pager")]),
            threads: threads, group: MultiThreadedEventLoopGroup.singleton)
    }

    @Test func findsPeopleOverStartTLS() async throws {
        let server = try DirectoryServer()
        let source = try source("ldap://127.0.0.1:\(server.port)", authorities: server.authorities)
        let record = try #require(try await source.answer(.about("tom@home.example")).records.first)
        #expect(record.customerID == "4711" && record.displayName == "Tom Customer" && record.source == "staff")
        #expect(
            record.fields == [
                .init(key: "title", label: "Title", value: "Güter Leiter"),
                .init(key: "mail", label: "Mail", value: "tom@mail.example, tom@work.example"),
            ], "a picture is nothing to read")
        #expect(try await source.answer(.about("tom@work.example")).records.map(\.customerID) == ["4711"])
        #expect(try await source.answer(.about("family@home.example")).records.map(\.customerID) == ["4822", "4823"])
        for stranger in ["wendy@home.example", "*", "tom*", "*)(uid=*", "tom@home.example)(|(uid=*)", "\\2a", "\u{0}"] {
            #expect(try await source.answer(.about(stranger)).records == [], "\(stranger)")
        }
        // Many at once, on two threads.
        let found = try await withThrowingTaskGroup(of: Int.self) { group in
            for _ in 0..<20 { group.addTask { try await source.answer(.about("tom@home.example")).records.count } }
            return try await group.reduce(0, +)
        }
        #expect(found == 20)

        let wrong = try self.source(
            "ldap://127.0.0.1:\(server.port)", authorities: server.authorities, password: "wrong")
        await #expect(throws: SourceFailure("does not take our password")) { try await wrong.answer(.about()) }
        let untrusted = try self.source("ldap://127.0.0.1:\(server.port)")
        await #expect(throws: SourceFailure("its certificate or its TLS is no good")) {
            try await untrusted.answer(.about())
        }
        let nowhere = try self.source(
            "ldap://127.0.0.1:\(server.port)", authorities: server.authorities, base: "ou=none,dc=acme,dc=example")
        await #expect(throws: SourceFailure("has no such base")) { try await nowhere.answer(.about()) }
        let plain = try self.source("ldap://127.0.0.1:\(server.port)", startsTLS: false)
        #expect(try await plain.answer(.about("tom@home.example")).records.count == 1)
    }

    @Test func saysWhenNobodyIsThere() async throws {
        let port = try ClosedPort()
        let source = try source("ldap://127.0.0.1:\(port.number)")
        await #expect(throws: SourceFailure("cannot be reached")) { try await source.answer(.about()) }
    }

    /// A server that takes connections and says nothing holds nobody up: not in the greeting, not in TLS.
    @Test(arguments: ["ldap", "ldaps"])
    func waitsNoLongerThanTold(_ scheme: String) async throws {
        let server = try await FakeServer.start(nil)
        let source = try source("\(scheme)://127.0.0.1:\(server.port)")
        var query = RecordQuery.about()
        query.timeout = .milliseconds(200)
        let begin = ContinuousClock.now
        await #expect(throws: SourceFailure.self) { try await source.answer(query) }
        #expect(ContinuousClock.now - begin < .seconds(20))
        try await server.stop()
    }

    @Test func endsAnAnswerWithoutEnd() async throws {
        // An LDAP message that claims two gigabytes.
        let server = try await FakeServer.start("\u{30}\u{04}\u{7F}\u{7F}\u{7F}\u{7F}", isEndless: true)
        let source = try source("ldap://127.0.0.1:\(server.port)", startsTLS: false)
        var query = RecordQuery.about()
        query.timeout = .milliseconds(300)
        await #expect(throws: SourceFailure.self) { try await source.answer(query) }
        try await server.stop()
    }

    @Test(arguments: [
        ("ldap://h", "h", 389), ("ldap://h:80", "h", 80), ("LDAPS://h:1636/", "h", 1636), ("ldaps://[::1]", "::1", 636),
    ])
    func readsAddresses(_ url: String, _ host: String, _ port: Int) throws {
        let address = try #require(LDAPAddress(url))
        #expect(address.host == host && address.port == port)
    }

    @Test(arguments: ["", "ldap:", "http://h", "ldapi://h", "ldap://h/dc=x", "ldap://"])
    func refusesWhatIsNoAddress(_ url: String) {
        #expect(LDAPAddress(url) == nil)
    }

    @Test func escapesWhatMeansSomethingInFilters() throws {
        let filter = try #require(LDAPFilter("(mail={value})"))
        #expect(filter.text("a*(b)\\c\u{0}é") == "(mail=a\\2a\\28b\\29\\5cc\\00\\c3\\a9)")
    }

    @Test(arguments: ["", "mail={value}", "(mail=x)", "((mail={value})", "(mail={value}))(", "(a={value})\u{0}"])
    func refusesWhatIsNoFilter(_ text: String) {
        #expect(LDAPFilter(text) == nil)
    }
}
