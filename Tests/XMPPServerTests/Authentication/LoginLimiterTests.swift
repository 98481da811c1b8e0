//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

import NIOCore
import Testing
import XMPPCore
import XMPPSASL
import XMPPStorage
import XMPPTestKit

@testable import XMPPServer

@Suite struct LoginLimiterTests {
    private static var settings: LoginLimiter.Settings {
        var settings = LoginLimiter.Settings()
        settings.perAddress = 10
        settings.perAccount = 5
        settings.perPair = 3
        return settings
    }

    private let limiter = LoginLimiter(settings)
    private let start = NIODeadline.uptimeNanoseconds(1_000_000_000_000)

    private func later(_ seconds: Int64) -> NIODeadline { start + .seconds(seconds) }

    private func fail(_ times: Int, _ account: String = "alice@x", _ address: String = "192.0.2.1") {
        for _ in 0..<times { limiter.failed(account: account, address: address, now: start) }
    }

    @Test func leavesAFewFailuresFree() {
        fail(3)
        #expect(limiter.judge(account: "alice@x", address: "192.0.2.1", now: start) == .go)
        fail(1)
        #expect(limiter.judge(account: "alice@x", address: "192.0.2.1", now: start) == .refuse(.pair))
        #expect(limiter.judge(account: "bob@x", address: "192.0.2.1", now: start) == .go)
    }

    @Test func refusesLongerWithEachFailure() {
        fail(4)
        #expect(limiter.judge(account: "alice@x", address: "192.0.2.1", now: later(2)) == .go)
        fail(4)
        #expect(limiter.judge(account: "alice@x", address: "192.0.2.1", now: later(2)) == .refuse(.pair))
        #expect(limiter.judge(account: "alice@x", address: "192.0.2.1", now: later(120)) != .refuse(.pair))
    }

    @Test func refusesAnAddressThatTriesManyAccounts() {
        for number in 0..<12 { fail(1, "user\(number)@x") }
        #expect(limiter.judge(account: "else@x", address: "192.0.2.1", now: start) == .refuse(.address))
        #expect(limiter.judge(account: "else@x", address: "192.0.2.2", now: start) == .go)
    }

    @Test func countsNetworksOfIPv6AsOne() {
        for number in 0..<12 { fail(1, "user\(number)@x", "2001:db8::\(number)") }
        #expect(limiter.judge(account: "else@x", address: "2001:db8::ffff", now: start) == .refuse(.address))
        #expect(limiter.judge(account: "else@x", address: "2001:db8:0:1::1", now: start) == .go)
    }

    @Test func spacesGuessesFromManyAddresses() {
        for number in 0..<8 { fail(1, "alice@x", "192.0.2.\(number)") }
        guard case .hold(let first) = limiter.judge(account: "alice@x", address: "198.51.100.1", now: start),
            case .hold(let second) = limiter.judge(account: "alice@x", address: "198.51.100.2", now: start)
        else {
            Issue.record("not held")
            return
        }
        #expect(first > .zero)
        #expect(second > first)
        for _ in 0..<8 { _ = limiter.judge(account: "alice@x", address: "198.51.100.3", now: start) }
        #expect(limiter.judge(account: "alice@x", address: "198.51.100.4", now: start) == .refuse(.account))
    }

    /// The one thing such a limit must not do.
    @Test func neverHoldsUpWhoHasBeenHereBefore() {
        limiter.succeeded(account: "alice@x", address: "203.0.113.7", device: "phone")
        for number in 0..<200 { fail(1, "alice@x", "192.0.2.\(number)") }
        fail(50, "bob@x", "203.0.113.7")
        #expect(limiter.judge(account: "alice@x", address: "203.0.113.7", now: start) == .go)
        #expect(limiter.judge(account: "alice@x", address: "192.0.2.1", device: "phone", now: start) == .go)
        #expect(limiter.judge(account: "alice@x", address: "192.0.2.1", now: start) != .go)
    }

    @Test func knowsPlacesFromBeforeTheStart() {
        #expect(limiter.succeeded(account: "alice@x", address: "203.0.113.7") == "203.0.113.7")
        #expect(limiter.succeeded(account: "alice@x", address: "203.0.113.7") == nil)
        let next = LoginLimiter(Self.settings)
        let day: Int64 = 86_400_000
        next.remember([("alice@x", "203.0.113.7", 0), ("bob@x", "203.0.113.7", 1)], now: day)
        for number in 0..<200 { next.failed(account: "alice@x", address: "192.0.2.\(number)", now: start) }
        #expect(next.judge(account: "alice@x", address: "203.0.113.7", now: start) == .go)
        #expect(next.judge(account: "alice@x", address: "192.0.2.1", now: start) != .go)
        // What was noted a day ago is to be noted again: the latest places are kept.
        #expect(next.succeeded(account: "bob@x", address: "203.0.113.7") == nil)
        #expect(next.succeeded(account: "alice@x", address: "203.0.113.7") == "203.0.113.7")
        #expect(next.succeeded(account: "alice@x", address: "203.0.113.7") == nil)
    }

    @Test func theRightfulOwnerIsKnownAfterARestart() async throws {
        var setup = TestServer.Setup()
        let database = try XMPPDatabase(inMemory: "places")
        setup.database = database
        try await TestServer.with(setup) { server in
            _ = try await server.client("alice@acme.example/a", mechanism: .scramSHA256)
            try await server.eventually("the place to be kept") {
                try await LoginPlaceStore(database).latest(9).map(\.account) == ["alice@acme.example"]
            }
        }
        setup.configure = {
            $0.authentication.limits.perAddress = 1000
            $0.authentication.limits.perAccount = 1
            $0.authentication.limits.firstDelay = 300
            $0.authentication.limits.longestSpacing = 300
        }
        try await TestServer.with(setup) { server in
            for number in 0..<50 {
                server.core.logins.failed(account: "alice@acme.example", address: "192.0.2.\(number)")
                server.core.logins.failed(account: "bob@acme.example", address: "192.0.2.\(number)")
            }
            _ = try await server.client("alice@acme.example/a", mechanism: .scramSHA256)
            await #expect(throws: (any Error).self) {
                try await server.client("bob@acme.example/b", mechanism: .scramSHA256)
            }
        }
    }

    /// A client of one's own with an old password slows itself down, and does not make one's account suspicious.
    @Test func onesOwnMistakesAreOnesOwn() {
        limiter.succeeded(account: "alice@x", address: "203.0.113.7")
        fail(6, "alice@x", "203.0.113.7")
        guard case .hold = limiter.judge(account: "alice@x", address: "203.0.113.7", now: start) else {
            Issue.record("not held")
            return
        }
        #expect(limiter.judge(account: "alice@x", address: "198.51.100.1", now: start) == .go)
    }

    @Test func forgetsWithTime() {
        fail(12)
        #expect(limiter.judge(account: "alice@x", address: "192.0.2.1", now: later(6000)) == .go)
    }

    @Test func remembersNoMoreThanItsBound() {
        var table = RecentTable<Int>(capacity: 100)
        for number in 0..<1000 {
            table["\(number)"] = number
            _ = table["0"]
        }
        #expect(table.count <= 100)
        #expect(table["0"] == 0)
        #expect(table["999"] == 999)
        #expect(table["500"] == nil)
        table["999"] = nil
        #expect(table["999"] == nil)
    }

    @Test func slowsDownBothProfiles() async throws {
        var setup = TestServer.Setup()
        setup.configure = {
            $0.authentication.limits.perPair = 1
            $0.authentication.limits.firstDelay = 300
            $0.limits.saslAttempts = 10
        }
        try await TestServer.with(setup) { server in
            let connection = try await server.connect()
            try await connection.open(to: "acme.example")
            for _ in 0..<2 {
                _ = try await connection.authenticate("alice", password: "wrong", mechanism: .scramSHA256)
            }
            let answer = try await connection.authenticate("alice", password: "secret", mechanism: .plain)
            #expect(answer.firstChild?.name == "temporary-auth-failure")
            let modern = try await connection.authenticate2("alice", SASL2Tests.script())
            #expect(modern.firstChild?.name == "temporary-auth-failure")
            // Others are not touched.
            _ = try await server.client("bob@acme.example", mechanism: .scramSHA256)
        }
    }
}
