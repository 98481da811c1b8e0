//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

import NIOCore
import NIOPosix
import SystemTestKit
import Testing
import XMPPDNS
import XMPPFederation

/// Connections over loopback.
@Suite struct ConnectorTests {
    private let loop = MultiThreadedEventLoopGroup.singleton.next()

    private func listener() async throws -> (channel: any Channel, port: Int) {
        let channel = try await ServerBootstrap(group: loop).bind(host: "127.0.0.1", port: 0).get()
        return (channel, try #require(channel.localAddress?.port))
    }

    private func connector(_ resolver: FakeResolver, allowsLocal: Bool = true) -> Connector {
        Connector(resolver: resolver, policy: AddressPolicy(allowsLocal: allowsLocal))
    }

    private func failure(_ connector: Connector, _ domain: String = "peer.example") async throws -> Connector.Failure {
        do {
            let connected = try await connector.open(domain, on: loop)
            connected.channel.close(promise: nil)
            throw DNSError.closed
        } catch let failure as Connector.Failure {
            return failure
        }
    }

    @Test func connectsByServiceRecords() async throws {
        let (server, port) = try await listener()
        var resolver = FakeResolver()
        resolver.service("peer.example", "host.example", port: port)
        resolver.addresses("host.example", "127.0.0.1")
        let connected = try await connector(resolver).open("Peer.example", on: loop)
        #expect(connected.channel.remoteAddress?.port == port)
        #expect(connected.channel.eventLoop === loop)
        #expect(try await connected.channel.getOption(.autoRead).get() == false)
        #expect(connected.target.host == "host.example")
        #expect(connected.steps.map(\.kind).contains(.services))
        #expect(connected.steps.last?.description == "host.example at 127.0.0.1 port \(port): connected")
        try await connected.channel.close()
        try await server.close()
    }

    @Test func goesOnToWhatComesNext() async throws {
        let (server, port) = try await listener()
        let dead = try ClosedPort()
        var resolver = FakeResolver()
        resolver.service("peer.example", "dead.example", port: dead.number, priority: 1)
        resolver.service("peer.example", "none.example", port: 5269, priority: 2)
        resolver.service("peer.example", "live.example", port: port, priority: 3, isDirectTLS: true)
        // Twice dead, and the second address of the last is alive.
        resolver.addresses("dead.example", "127.0.0.1", "::1")
        resolver.addresses("live.example", "127.0.0.1", "::1")
        let connection = try await connector(resolver).connect(to: "peer.example", on: loop)
        #expect(connection.isDirectTLS)
        #expect(connection.channel.remoteAddress?.port == port)
        let target = ServiceTarget(host: "live.example", port: port, isDirectTLS: true, priority: 3)
        await #expect(throws: Connector.Failure.self) {
            try await connector(resolver).open("peer.example", on: loop, excluding: [target])
        }
        try await connection.channel.close()
        try await server.close()
    }

    @Test func saysWhatFailed() async throws {
        let dead = try ClosedPort()
        var resolver = FakeResolver()
        resolver.service("peer.example", "dead.example", port: dead.number)
        resolver.addresses("dead.example", "127.0.0.1")
        let failure = try await failure(connector(resolver))
        #expect(!failure.isNotFound)
        #expect(failure.reason.contains("dead.example at 127.0.0.1 port \(dead.number): connection refused"))
    }

    @Test func refusesLocalAddressesOfStrangers() async throws {
        let (server, port) = try await listener()
        var resolver = FakeResolver()
        resolver.service("peer.example", "evil.example", port: port)
        resolver.addresses("evil.example", "127.0.0.1", "::ffff:127.0.0.1", "0.0.0.0", "fe80::1")
        let failure = try await failure(connector(resolver, allowsLocal: false))
        #expect(failure.isNotFound)
        #expect(failure.reason.contains("127.0.0.1 (not used: an address of this machine)"))
        #expect(!failure.steps.contains { $0.kind == .connection })
        try await server.close()
    }

    @Test func literalAddressesAreHeldToThePolicyToo() async throws {
        let failure = try await failure(connector(FakeResolver(), allowsLocal: false), "127.0.0.1")
        #expect(failure.isNotFound)
        #expect(!failure.steps.contains { $0.kind == .connection })
        // So are records whose target looks like one.
        let (server, port) = try await listener()
        var resolver = FakeResolver()
        resolver.service("peer.example", "127.0.0.1", port: port)
        let other = try await self.failure(connector(resolver, allowsLocal: false))
        #expect(other.isNotFound)
        #expect(other.reason == "127.0.0.1 at 127.0.0.1 port \(port): not used: an address of this machine")
        try await server.close()
    }

    @Test func takesTheConfigurationsWord() async throws {
        let (server, port) = try await listener()
        let connector = Connector(resolver: FakeResolver(), policy: AddressPolicy()) { domain in
            domain == "peer.example" ? FederationEndpoint(host: "127.0.0.1", port: port, isDirectTLS: true) : nil
        }
        let connection = try await connector.connect(to: "peer.example", on: loop)
        #expect(connection.isDirectTLS)
        try await connection.channel.close()
        try await server.close()
    }

    @Test func tellsNotFoundFromNotNow() async throws {
        #expect(try await failure(connector(FakeResolver())).isNotFound)
        var closed = FakeResolver()
        closed.service("peer.example", "", port: 0)
        let notOffered = try await failure(connector(closed))
        #expect(notOffered.isNotFound)
        #expect(notOffered.reason.contains("takes no streams"))
        var broken = FakeResolver()
        broken.answers["_xmpp-server._tcp.peer.example SRV"] = .failure(.serverFailure(""))
        #expect(try await !failure(connector(broken)).isNotFound)
        var halfBroken = FakeResolver()
        halfBroken.answers["peer.example AAAA"] = .failure(.timedOut)
        #expect(try await !failure(connector(halfBroken)).isNotFound)
        #expect(try await failure(connector(FakeResolver()), "no domain").isNotFound)
    }

    @Test func cancellationEndsAttempts() async throws {
        var resolver = FakeResolver()
        resolver.service("peer.example", "silent.example", port: 5269)
        // Of documentation: nobody answers, or there is no route.
        resolver.addresses("silent.example", "192.0.2.1", "2001:db8::1")
        let connector = connector(resolver)
        let isDone = await withTaskGroup(of: Bool.self) { group in
            group.addTask { [loop] in
                do {
                    _ = try await connector.open("peer.example", on: loop)
                    return false
                } catch {
                    return error is CancellationError || error is Connector.Failure
                }
            }
            group.cancelAll()
            return await group.next()
        }
        #expect(isDone == true)
    }
}
