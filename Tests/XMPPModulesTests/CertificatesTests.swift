//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

import Testing
import XMPPCore
import XMPPModules
import XMPPPayloads
import XMPPServer
import XMPPTestKit

/// The requests of XEP-0257; what they change is the server's.
@Suite struct CertificatesTests {
    private func with(takesOwn: Bool, _ body: (TestServer) async throws -> Void) async throws {
        var setup = TestServer.Setup()
        setup.modules = [DiscoModule(SoftwareConfiguration(version: "1"), commands: []), CertificatesModule()]
        setup.configure = { $0.authentication.takesOwnCertificates = takesOwn }
        try await TestServer.with(setup, body)
    }

    private func announces(_ client: ScriptedClient) async throws -> Bool {
        let info = try await client.iq("get", to: "acme.example", "<query xmlns='\(DiscoveryInfo.namespace)'/>")
        return info.xmlString.contains(CertificateManagement.namespace)
    }

    @Test func areThereOnlyWhereTheyAreAskedFor() async throws {
        try await with(takesOwn: false) { server in
            let alice = try await server.client("alice@acme.example/a")
            #expect(try await !announces(alice))
            let items = CertificateManagement.items.element.xmlString
            #expect(try await alice.iq("get", to: nil, items).errorCondition == .serviceUnavailable)
        }
    }

    @Test func needEncryptionAndAreOnesOwn() async throws {
        try await with(takesOwn: true) { server in
            let alice = try await server.client("alice@acme.example/a")
            #expect(try await announces(alice))
            let items = CertificateManagement.items.element.xmlString
            #expect(try await alice.iq("get", to: nil, items).errorCondition == .notAuthorized)
            let append = CertificateManagement.append(name: "n", certificate: "AAAA", manages: true).element.xmlString
            #expect(try await alice.iq("set", to: nil, append).errorCondition == .notAuthorized)
            let revoke = CertificateManagement.revoke(name: "n").element.xmlString
            #expect(try await alice.iq("set", to: "bob@acme.example", revoke).errorCondition == .forbidden)
            let broken = "<append xmlns='\(CertificateManagement.namespace)'><name>n</name></append>"
            #expect(try await alice.iq("set", to: nil, broken).errorCondition == .badRequest)
        }
    }
}
