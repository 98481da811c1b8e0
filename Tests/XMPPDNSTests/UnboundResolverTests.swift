//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

import Foundation
import Glibc
import Testing
import XMPPDNS

@Suite struct UnboundResolverTests {
    /// A resolver whose server never answers.
    private func silent(timeout: Double = 30, concurrent: Int = 2, waiting: Int = 2) throws -> (UnboundResolver, Int32)
    {
        let (socket, port) = try TestNameServer.boundSocket()
        let resolver = try UnboundResolver(
            ResolverConfiguration(
                servers: .forwarders([.init(address: "127.0.0.1", port: port)]), trustAnchor: .none, timeout: timeout,
                maximumConcurrentQueries: concurrent, maximumWaitingQueries: waiting))
        return (resolver, socket)
    }

    @Test func readsAHostsFile() async throws {
        let path = FileManager.default.temporaryDirectory.appendingPathComponent("hosts-\(UUID().uuidString)").path
        try "192.0.2.5 peer.example\n2001:db8::5 peer.example\n".write(toFile: path, atomically: true, encoding: .utf8)
        defer { try? FileManager.default.removeItem(atPath: path) }
        let resolver = try UnboundResolver(ResolverConfiguration(servers: .root, trustAnchor: .root, hostsFile: path))
        let answer = try await resolver.ipv4("peer.example")
        #expect(answer.records.map(\.description) == ["192.0.2.5"])
        #expect(!answer.isSecure)
        #expect(try await resolver.ipv6("peer.example").records.map(\.description) == ["2001:db8::5"])
    }

    @Test func givesUpInTime() async throws {
        let (resolver, socket) = try silent(timeout: 0.05)
        defer { close(socket) }
        await #expect(throws: DNSError.timedOut) { try await resolver.ipv4("a.example") }
        // Those that waited for their turn too. Another resolver: this one learns in time that its server is down.
        let (fresh, other) = try silent(timeout: 0.05)
        defer { close(other) }
        await withTaskGroup(of: Bool.self) { group in
            for index in 0..<4 {
                group.addTask {
                    do {
                        _ = try await fresh.ipv4("b\(index).example")
                        return false
                    } catch {
                        return error as? DNSError == .timedOut
                    }
                }
            }
            for await isTimedOut in group { #expect(isTimedOut) }
        }
    }

    @Test func cancellationEndsTheWait() async throws {
        let (resolver, socket) = try silent()
        defer { close(socket) }
        let outcomes = await withTaskGroup(of: (any Error)?.self) { group in
            // Under way, waiting, and not yet asked.
            for index in 0..<4 {
                group.addTask {
                    do {
                        _ = try await resolver.ipv4("a\(index).example")
                        return nil
                    } catch {
                        return error
                    }
                }
            }
            group.cancelAll()
            return await group.reduce(into: []) { $0.append($1) }
        }
        #expect(outcomes.count == 4)
        #expect(outcomes.allSatisfy { $0 is CancellationError })
    }

    @Test func holdsToItsLimits() async throws {
        let (resolver, socket) = try silent(timeout: 0.3)
        defer { close(socket) }
        let outcomes = await withTaskGroup(of: DNSError?.self) { group in
            for index in 0..<10 {
                group.addTask {
                    do {
                        _ = try await resolver.ipv4("a\(index).example")
                        return nil
                    } catch {
                        return error as? DNSError
                    }
                }
            }
            return await group.reduce(into: []) { $0.append($1) }
        }
        #expect(outcomes.count { $0 == .overloaded } == 6)
        #expect(outcomes.count { $0 == .timedOut } == 4)
    }

    @Test func closingEndsAll() async throws {
        let (resolver, socket) = try silent()
        defer { close(socket) }
        await withTaskGroup(of: DNSError?.self) { group in
            for index in 0..<3 {
                group.addTask {
                    do {
                        _ = try await resolver.ipv4("a\(index).example")
                        return nil
                    } catch {
                        return error as? DNSError
                    }
                }
            }
            group.addTask {
                resolver.close()
                return .closed
            }
            for await outcome in group { #expect(outcome == .closed) }
        }
        await #expect(throws: DNSError.closed) { try await resolver.ipv4("b.example") }
        resolver.close()
    }

    @Test(arguments: ["", "a..b", "a b.example", "é.example"])
    func refusesWhatIsNoName(_ name: String) async throws {
        let (resolver, socket) = try silent()
        defer { close(socket) }
        await #expect(throws: DNSError.invalidName) { try await resolver.ipv4(name) }
    }

    @Test func saysWhatIsWrongWithItsConfiguration() throws {
        let cases: [ResolverConfiguration] = [
            ResolverConfiguration(servers: .forwarders([])),
            ResolverConfiguration(servers: .forwarders([.init(address: "dns.example")])),
            ResolverConfiguration(servers: .forwarders([.init(address: "192.0.2.1", port: 70_000)])),
            ResolverConfiguration(trustAnchor: .file("/nonexistent/root.key")),
            ResolverConfiguration(trustAnchor: .records(["nonsense"])),
        ]
        for configuration in cases {
            let error = #expect(throws: DNSError.self) { try UnboundResolver(configuration) }
            guard case .configuration(let reason)? = error else {
                Issue.record("\(String(describing: error))")
                continue
            }
            #expect(!reason.isEmpty)
        }
    }
}
