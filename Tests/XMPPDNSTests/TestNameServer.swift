//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

import Foundation
import Glibc
import SystemTestKit
import XMPPDNS

/// Debian's knot on loopback, with zones it signs itself.
final class TestNameServer {
    static let isInstalled = ["knotd", "keymgr"].allSatisfy { program in
        ["/usr/sbin", "/usr/bin"].contains { access("\($0)/\(program)", X_OK) == 0 }
    }

    struct Zone {
        let name: String
        let isSigned: Bool
        /// Records beyond SOA and NS.
        let records: String
    }

    private(set) var port: Int
    /// DS records of the signed zones.
    private(set) var keys: [String] = []
    private let folder: URL
    private let zones: [Zone]
    private var process: ChildProcess?

    init(_ zones: [Zone]) throws {
        self.zones = zones
        port = try TestNameServer.freePort()
        folder = FileManager.default.temporaryDirectory.appendingPathComponent("switchboard-knot-\(UUID().uuidString)")
        try FileManager.default.createDirectory(
            at: folder.appendingPathComponent("keys"), withIntermediateDirectories: true)
        try configuration().write(to: file("knot.conf"), atomically: true, encoding: .utf8)
        for zone in zones {
            try text(of: zone).write(to: file("\(zone.name).zone"), atomically: true, encoding: .utf8)
            guard zone.isSigned else { continue }
            _ = try keymgr(zone.name, "generate", "algorithm=ecdsap256sha256", "ksk=yes", "zsk=yes")
            keys += try keymgr(zone.name, "ds").split(separator: "\n").map { String($0) }.filter {
                $0.contains(" 13 2 ")
            }
        }
        try start()
    }

    private func start() throws {
        process = try ChildProcess(TestNameServer.program("knotd"), ["-c", file("knot.conf").path])
    }

    deinit {
        process?.terminate()
        process?.waitUntilExit()
        try? FileManager.default.removeItem(at: folder)
    }

    func resolver(trusting anchor: ResolverConfiguration.TrustAnchor, timeout: Double = 10) throws -> UnboundResolver {
        try UnboundResolver(
            ResolverConfiguration(
                servers: .forwarders([.init(address: "127.0.0.1", port: port)]), trustAnchor: anchor, timeout: timeout))
    }

    /// A resolver once the server answers: each try is a resolver of its own, since answers are kept, failures too.
    func readyResolver(
        trusting anchor: ResolverConfiguration.TrustAnchor, asking name: String
    ) async throws
        -> UnboundResolver
    {
        for _ in 0..<10 {
            for _ in 0..<20 {
                let probe = try resolver(trusting: .none, timeout: 0.2)
                if let answer = try? await probe.ipv4(name), !answer.records.isEmpty {
                    return try resolver(trusting: anchor)
                }
            }
            try moveToAnotherPort()
        }
        return try resolver(trusting: anchor)
    }

    /// Somebody else may have taken the port before the server did.
    private func moveToAnotherPort() throws {
        process?.terminate()
        process?.waitUntilExit()
        port = try TestNameServer.freePort()
        try configuration().write(to: file("knot.conf"), atomically: true, encoding: .utf8)
        try start()
    }

    private func file(_ name: String) -> URL { folder.appendingPathComponent(name) }

    private func configuration() -> String {
        """
        server:
            listen: 127.0.0.1@\(port)
            rundir: \(folder.path)
            pidfile: \(folder.path)/knot.pid
        control:
            listen: \(folder.path)/knot.sock
        log:
          - target: stderr
            any: critical
        database:
            storage: \(folder.path)/keys
        policy:
          - id: own
            algorithm: ecdsap256sha256
            single-type-signing: on
        template:
          - id: default
            storage: \(folder.path)
            zonefile-sync: -1
            semantic-checks: off
        zone:

        """
            + zones.map { zone in
                """
                  - domain: \(zone.name)
                    file: \(zone.name).zone

                """ + (zone.isSigned ? "    dnssec-signing: on\n    dnssec-policy: own\n" : "")
            }.joined()
    }

    private func text(of zone: Zone) -> String {
        """
        $ORIGIN \(zone.name).
        $TTL 300
        @ SOA ns root 1 3600 600 86400 60
        @ NS ns
        ns A 127.0.0.1
        \(zone.records)

        """
    }

    private func keymgr(_ arguments: String...) throws -> String {
        let printed = try ChildProcess.run(
            TestNameServer.program("keymgr"), ["-c", file("knot.conf").path] + arguments)
        return String(decoding: printed, as: UTF8.self)
    }

    private static func program(_ name: String) -> String {
        let folder = ["/usr/sbin", "/usr/bin"].first { access("\($0)/\(name)", X_OK) == 0 } ?? "/usr/sbin"
        return "\(folder)/\(name)"
    }

    private static func freePort() throws -> Int {
        let (socket, port) = try TestNameServer.boundSocket()
        close(socket)
        return port
    }

    /// A UDP socket on loopback that nobody reads, and its port.
    static func boundSocket() throws -> (socket: Int32, port: Int) {
        let descriptor = socket(AF_INET, Int32(SOCK_DGRAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = inet_addr("127.0.0.1")
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let status = withUnsafeMutablePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(descriptor, $0, length) == 0 && getsockname(descriptor, $0, &length) == 0
            }
        }
        guard descriptor >= 0, status else { throw POSIXError(.EADDRINUSE) }
        return (descriptor, Int(UInt16(bigEndian: address.sin_port)))
    }
}
