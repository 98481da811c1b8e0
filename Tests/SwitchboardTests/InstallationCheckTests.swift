//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

import Foundation
import SystemTestKit
import Testing

@testable import switchboard

@Suite struct InstallationCheckTests {
    private static func findings(_ yaml: String, in folder: String) throws -> [InstallationCheck.Finding] {
        let configuration = try SwitchboardConfiguration.load(
            yaml: yaml, file: folder + "/x.yaml", for: .server, environment: [:])
        return InstallationCheck(configuration, file: "x.yaml").run()
    }

    /// A self-signed certificate for acme.example, `days` days long.
    private static func makeCertificate(in folder: String, days: Int) throws {
        try ChildProcess.run(
            "openssl",
            [
                "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", String(days),
                "-subj", "/CN=test", "-addext", "subjectAltName=DNS:acme.example", "-keyout", folder + "/a.key", "-out",
                folder + "/a.pem",
            ])
    }

    @Test func findsNothingWrong() throws {
        let folder = try ConfigurationFixture.temporaryFolder()
        defer { try? FileManager.default.removeItem(atPath: folder) }
        try Self.makeCertificate(in: folder, days: 90)
        let findings = try Self.findings(
            """
            data: \(folder)/data/deep
            hosts: {acme.example: {certificate: a.pem, key: a.key}}
            listeners: {c2s: {type: c2s, address: 127.0.0.1, port: 0}}
            """, in: folder)
        #expect(findings.map(\.severity) == [.good, .good, .good])
        #expect(findings.map(\.key) == ["hosts.acme.example", "listeners.c2s", "data"])
        #expect(findings.last?.text == "\(folder)/data/deep will be made")
        #expect(InstallationCheck.text(findings, file: "x.yaml").hasSuffix("x.yaml: 0 errors, 0 warnings"))
        #expect(try InstallationCheck.json(findings).contains(#""severity" : "good""#))
    }

    @Test func saysHowToMendCertificates() throws {
        let folder = try ConfigurationFixture.temporaryFolder()
        defer { try? FileManager.default.removeItem(atPath: folder) }
        try Self.makeCertificate(in: folder, days: 3)
        let findings = try Self.findings(
            """
            data: \(folder)
            hosts:
              acme.example: {certificate: a.pem, key: a.key}
              home.example: {certificate: a.pem, key: a.key}
              gone.example: {certificate: a.pem, key: gone.key}
            listeners: {c2s: {type: c2s, address: 127.0.0.1, port: 0}}
            """, in: folder)
        #expect(findings.prefix(3).map(\.severity) == [.warning, .error, .error])
        #expect(findings[0].text.contains("/a.pem: expires in "))
        #expect(
            findings[1].text
                == "\(folder)/a.pem is for acme.example, not for home.example. Request one with the DNS name home.example"
        )
        #expect(findings[2].text.contains("\(folder)/gone.key"))
    }

    @Test func saysThatAPortIsTaken() throws {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        defer { close(descriptor) }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        try withUnsafeMutablePointer(to: &address) { pointer in
            try pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { generic in
                try #require(bind(descriptor, generic, length) == 0)
                try #require(listen(descriptor, 1) == 0)
                try #require(getsockname(descriptor, generic, &length) == 0)
            }
        }
        let port = Int(UInt16(bigEndian: address.sin_port))
        #expect(PortProbe.probe(address: "127.0.0.1", port: port) == .taken)
        #expect(PortProbe.probe(address: "192.0.2.1", port: 0) == .noSuchAddress)
        #expect(PortProbe.probe(address: "127.0.0.1", port: 0) == .free)
    }

    @Test func saysThatTheDataFolderIsAFile() throws {
        let folder = try ConfigurationFixture.temporaryFolder()
        defer { try? FileManager.default.removeItem(atPath: folder) }
        try "x".write(toFile: folder + "/data", atomically: true, encoding: .utf8)
        let findings = try Self.findings(
            "data: \(folder)/data\n" + ConfigurationFixture.minimal
                + "listeners: {c2s: {type: c2s, address: 127.0.0.1, port: 0}}", in: folder)
        #expect(findings.last?.text == "\(folder)/data is a file. Name a folder")
        #expect(findings.last?.severity == .error)
    }
}
