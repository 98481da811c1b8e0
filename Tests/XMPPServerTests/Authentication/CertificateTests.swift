//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

import Foundation
import SystemTestKit
import Testing
import XMPPCore
import XMPPPayloads
import XMPPSASL
import XMPPServer
import XMPPTLS
import XMPPTestKit

/// Log-in by a client's certificate (XEP-0178).
@Suite struct CertificateTests {
    /// Certificates of clients, by what their names are.
    private struct Files {
        let server: TLSContextStore
        let contexts: [String: TLSContext]
        /// In base64.
        let certificates: [String: String]
    }

    private static let files: Result<Files, any Error> = Result {
        let folder = NSTemporaryDirectory() + "/switchboard-client-tests-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        func make(_ name: String, _ arguments: [String], signer: String?) throws {
            let files = ["-keyout", "\(folder)/\(name).key", "-out", "\(folder)/\(name).crt"]
            try ChildProcess.run(
                "openssl",
                ["req", "-x509", "-nodes", "-days", "30", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256"]
                    + files + arguments
                    + (signer.map { ["-CA", "\(folder)/\($0).crt", "-CAkey", "\(folder)/\($0).key"] } ?? []))
        }
        try make("ca", ["-subj", "/CN=Test authority"], signer: nil)
        try make(
            "server",
            [
                "-subj", "/CN=acme.example", "-addext", "subjectAltName=DNS:acme.example", "-addext",
                "basicConstraints=critical,CA:FALSE",
            ],
            signer: "ca")
        func address(_ names: String...) -> [String] {
            let list = names.map { "otherName:1.3.6.1.5.5.7.8.5;UTF8:\($0)" }.joined(separator: ",")
            return [
                "-subj", "/CN=bob@acme.example", "-addext", "subjectAltName=\(list)", "-addext",
                "basicConstraints=critical,CA:FALSE",
            ]
        }
        try make("alice", address("alice@acme.example"), signer: "ca")
        try make("two", address("alice@acme.example", "bob@acme.example"), signer: "ca")
        try make("ghost", address("ghost@acme.example"), signer: "ca")
        try make("elsewhere", address("alice@other.example"), signer: "ca")
        try make("self", address("alice@acme.example"), signer: nil)
        try make("bare", ["-subj", "/CN=phone"], signer: nil)
        var contexts: [String: TLSContext] = [:]
        var certificates: [String: String] = [:]
        for name in ["alice", "two", "ghost", "elsewhere", "self", "bare"] {
            let both = "\(folder)/\(name).pem"
            let text = try ["crt", "key"].map { try String(contentsOfFile: "\(folder)/\(name).\($0)", encoding: .utf8) }
            certificates[name] = text[0].split(separator: "\n").filter { !$0.hasPrefix("-") }.joined()
            try text.joined().write(toFile: both, atomically: true, encoding: .utf8)
            contexts[name] = try TLSContext(trustRoots: .file("\(folder)/ca.crt"), certificate: both)
        }
        contexts["none"] = try TLSContext(trustRoots: .file("\(folder)/ca.crt"))
        return Files(
            server: TLSContextStore(
                fallback: try TLSContext(
                    certificateChain: "\(folder)/server.crt", privateKey: "\(folder)/server.key",
                    clientRoots: .file("\(folder)/ca.crt"))),
            contexts: contexts, certificates: certificates)
    }

    private func withServer(
        takesOwn: Bool = false,
        _ body: (TestServer, (String) async throws -> (StreamConnection, XMLElement)) async throws -> Void
    ) async throws {
        let files = try Self.files.get()
        var setup = TestServer.Setup()
        setup.tls = try TestCertificates.shared.get()
        setup.clientCertificateTLS = files.server
        setup.configure = { $0.authentication.takesOwnCertificates = takesOwn }
        try await TestServer.with(setup) { server in
            try await body(server) { name in
                let context = try #require(files.contexts[name])
                let port = try server.port(.clientTLS)
                let connection = try await StreamConnection.connect(port: port, tls: (context, "acme.example"))
                _ = try await connection.secured()
                return (connection, try await connection.open(to: "acme.example"))
            }
        }
    }

    @Test func isOfferedWithATrustedCertificateOfTheHostOnly() async throws {
        try await withServer { _, open in
            for (name, isOffered) in [
                ("alice", true), ("two", true), ("ghost", true), ("elsewhere", false), ("self", false), ("none", false),
            ] {
                let (connection, features) = try await open(name)
                #expect(features.xmlString.contains(">EXTERNAL<") == isOffered, "\(name)")
                await connection.kill()
            }
        }
    }

    @Test func logsInByBothProfiles() async throws {
        try await withServer { _, open in
            let (modern, _) = try await open("alice")
            var script = SASL2Script()
            script.mechanism = .external
            let answer = try await modern.authenticate2("", script)
            #expect(try SASL2.Success(answer).authorizationIdentifier.description == "alice@acme.example")
            let (old, _) = try await open("two")
            old.send("<auth xmlns='\(Namespace.sasl)' mechanism='EXTERNAL'>Ym9iQGFjbWUuZXhhbXBsZQ==</auth>")
            #expect(try await old.expect("success") { $0.namespace == Namespace.sasl }.name == "success")
            try await old.open(to: "acme.example")
            #expect(try await old.bind("desk").description == "bob@acme.example/desk")
        }
    }

    @Test(
        arguments: [
            ("alice", "Ym9iQGFjbWUuZXhhbXBsZQ==", "invalid-authzid"), ("two", "=", "invalid-authzid"),
            ("ghost", "=", "not-authorized"), ("self", "=", "invalid-mechanism"), ("none", "=", "invalid-mechanism"),
        ]) func refuses(_ name: String, _ response: String, _ condition: String) async throws
    {
        try await withServer { _, open in
            let (connection, _) = try await open(name)
            connection.send("<auth xmlns='\(Namespace.sasl)' mechanism='EXTERNAL'>\(response)</auth>")
            let answer = try await connection.expect("failure") { $0.namespace == Namespace.sasl }
            #expect(answer.firstChild?.name == condition)
        }
    }

    // MARK: Certificates that accounts have named (XEP-0257)

    private func logIn(_ connection: StreamConnection, as address: String?) async throws -> String {
        let authzid = address.map { Base64.encode(Array($0.utf8)) } ?? "="
        connection.send("<auth xmlns='\(Namespace.sasl)' mechanism='EXTERNAL'>\(authzid)</auth>")
        let answer = try await connection.expect("an answer") { $0.namespace == Namespace.sasl }
        return answer.name == "success" ? "success" : answer.firstChild?.name ?? "?"
    }

    @Test func anAccountsOwnCertificateOpensTheDoor() async throws {
        try await withServer(takesOwn: true) { server, open in
            let files = try Self.files.get()
            let alice = try JID("alice@acme.example")
            let (first, features) = try await open("bare")
            #expect(features.xmlString.contains(">EXTERNAL<"))
            #expect(try await logIn(first, as: "alice@acme.example") == "not-authorized")
            try await server.core.addCertificate(
                try #require(files.certificates["bare"]), name: "phone", manages: false, of: alice)
            // It names nobody: the client has to say who it is, and is nobody else.
            #expect(try await logIn(first, as: nil) == "not-authorized")
            #expect(try await logIn(first, as: "bob@acme.example") == "not-authorized")
            #expect(try await logIn(first, as: "alice@other.example") == "invalid-authzid")
            #expect(try await logIn(first, as: "alice@acme.example") == "success")
            try await first.open(to: "acme.example")
            let client = ScriptedClient(jid: try await first.bind("phone"), connection: first)
            let listed = try await server.core.listCertificates(of: alice)
            #expect(listed.items.map(\.name) == ["phone"] && listed.items.first?.resources == ["phone"])
            let handle = try #require(server.core.accounts.online(alice)?.session("phone")?.handle)
            #expect(try await !server.core.managesCertificates(handle))
            try await server.core.removeCertificate("phone", of: alice, endsSessions: true)
            #expect(try await client.ended().condition == "not-authorized")
            let (second, _) = try await open("bare")
            #expect(try await logIn(second, as: "alice@acme.example") == "not-authorized")
        }
    }

    @Test func namesInACertificateAreNoProof() async throws {
        try await withServer(takesOwn: true) { server, open in
            let files = try Self.files.get()
            let (stranger, _) = try await open("self")
            #expect(try await logIn(stranger, as: nil) == "not-authorized")
            let alice = try JID("alice@acme.example")
            try await server.core.addCertificate(
                try #require(files.certificates["self"]), name: "desk", manages: true, of: alice)
            #expect(try await logIn(stranger, as: nil) == "success")
            try await stranger.open(to: "acme.example")
            let client = ScriptedClient(jid: try await stranger.bind("desk"), connection: stranger)
            // What was begun with a disabled certificate goes on.
            try await server.core.removeCertificate("desk", of: alice, endsSessions: false)
            #expect(server.core.accounts.online(client.jid)?.sessions.count == 1)
            await #expect(throws: StanzaError.self) {
                try await server.core.removeCertificate("desk", of: alice, endsSessions: false)
            }
        }
    }

    @Test func refusesWhatIsNoCertificate() async throws {
        try await withServer(takesOwn: true) { server, _ in
            let files = try Self.files.get()
            let alice = try JID("alice@acme.example")
            let good = try #require(files.certificates["bare"])
            try await server.core.addCertificate(good, name: "one", manages: true, of: alice)
            for (text, name, condition) in [
                ("?", "two", StanzaError.Condition.notAcceptable), ("AAAA", "two", .notAcceptable),
                (good, "one", .conflict), (good, "two", .conflict),
                (try #require(files.certificates["self"]), "one", .conflict),
                (good, String(repeating: "x", count: 300), .notAcceptable),
            ] {
                do {
                    try await server.core.addCertificate(text, name: name, manages: true, of: alice)
                    Issue.record("\(name) was taken")
                } catch let error as StanzaError {
                    #expect(error.condition == condition, "\(name)")
                }
            }
            #expect(try await server.core.listCertificates(of: alice).items.count == 1)
            #expect(try await server.core.listCertificates(of: JID("bob@acme.example")).items.isEmpty)
        }
    }
}
