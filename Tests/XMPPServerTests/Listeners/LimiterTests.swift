//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

import NIOCore
import Testing
import XMPPTestKit

@testable import XMPPServer

@Suite struct LimiterTests {
    // MARK: Connections

    @Test func boundsConnectionsOfOneAddress() {
        let limiter = ConnectionLimiter(maximum: 10, perAddress: 2)
        #expect(limiter.admit("a") && limiter.admit("a"))
        #expect(!limiter.admit("a"))
        #expect(limiter.admit("b"))
        limiter.release("a")
        #expect(limiter.admit("a"))
        #expect(limiter.total == 3)
    }

    @Test func boundsConnectionsInAll() {
        let limiter = ConnectionLimiter(maximum: 2, perAddress: 2)
        #expect(limiter.admit("a") && limiter.admit("b"))
        #expect(!limiter.admit("c"))
        limiter.release("a")
        #expect(limiter.admit("c"))
        #expect(limiter.total == 2)
    }

    @Test func waitsUntilEmpty() async throws {
        let limiter = ConnectionLimiter(maximum: 2, perAddress: 2)
        await limiter.waitUntilEmpty()
        _ = limiter.admit("a")
        _ = limiter.admit("b")
        let isEmpty = Watched(false)
        async let waiting: Void = {
            await limiter.waitUntilEmpty()
            isEmpty.change { $0 = true }
        }()
        limiter.release("a")
        #expect(!isEmpty.value)
        limiter.release("b")
        await waiting
        #expect(isEmpty.value)
    }

    @Test(arguments: [
        ("127.0.0.1", "127.0.0.1"),
        ("2001:db8:1:2::1", "2001:db8:1:2::/64"),
        ("2001:db8:1:2:ffff:1:2:3", "2001:db8:1:2::/64"),
        ("2001:db8:1:3::1", "2001:db8:1:3::/64"),
        ("::ffff:192.0.2.1", "192.0.2.1"),
        ("", ""),
    ])
    func countsNetworksOfIPv6AsOneAddress(_ address: String, _ block: String) {
        let name = AddressBlock.name(of: address)
        #expect(name == AddressBlock.name(of: address))
        if address.contains(":"), block.contains("/") {
            #expect(name == AddressBlock.name(of: String(block.prefix { $0 != "/" }) + "9"))
        } else {
            #expect(name == block)
        }
    }

    @Test func clientsDoNotKeepComponentsOut() async throws {
        try await TestServer.with(
            components: [ComponentTests.configuration], configure: { $0.limits.connections = 1 }
        ) { server in
            let first = try await server.raw()
            first.send("<")
            try await server.eventually("the connection to be counted") {
                let refused = try await server.raw()
                return try await refused.ended().isEmpty
            }
            _ = try await server.component(ComponentTests.domain, secret: "between us")
            await first.close()
        }
    }

    // MARK: Registrations

    @Test func boundsAccountsOfOneAddressInAnHour() {
        let limiter = RegistrationLimiter(perHour: 2)
        let start = NIODeadline.now()
        #expect(limiter.allows("a", now: start) && limiter.allows("a", now: start))
        #expect(!limiter.allows("a", now: start + .minutes(59)))
        #expect(limiter.allows("b", now: start + .minutes(59)))
        #expect(limiter.allows("a", now: start + .minutes(61)))
    }

    @Test func allowsAnyNumberWithoutABound() {
        let limiter = RegistrationLimiter(perHour: nil)
        #expect((0..<100).allSatisfy { _ in limiter.allows("a") })
    }

    @Test func remembersABoundedNumberOfAddresses() {
        let limiter = RegistrationLimiter(perHour: 1)
        let now = NIODeadline.now()
        #expect(limiter.allows("first", now: now))
        #expect(!limiter.allows("first", now: now))
        // Others do not make it forget one that goes on trying.
        for number in 0..<30_000 {
            _ = limiter.allows("\(number)", now: now)
            if number.isMultiple(of: 5000) { #expect(!limiter.allows("first", now: now)) }
        }
        for number in 0..<20_000 { _ = limiter.allows("\(number)", now: now) }
        #expect(limiter.allows("first", now: now))
    }

    // MARK: Threads

    @Test(
        arguments: [
            ("Name:\tx\nCpus_allowed:\t3\nCpus_allowed_list:\t0-1\n", 2),
            ("Cpus_allowed:\tff\n", 8),
            ("Cpus_allowed:\tffffffff,0000000f\n", 36),
            ("Cpus_allowed:\t00000000,00000001\n", 1),
            ("Cpus_allowed:\t0\n", nil),
            ("Cpus_allowed_list:\t0-3\n", nil),
            ("", nil),
        ] as [(String, Int?)])
    func countsAllowedProcessors(_ status: String, _ expected: Int?) {
        #expect(ServerThreads.allowedProcessors(inStatus: status) == expected)
    }

    @Test func usesAtLeastOneThread() {
        #expect(ServerThreads.available >= 1)
    }
}
