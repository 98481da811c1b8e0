//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

import NIOPosix
import Testing
import XMPPDNS
import XMPPFederation
import XMPPServer
import XMPPTestKit

/// What a check says of a server of ours, seen from acme.example.
@Suite struct FederationCheckTests {
    /// Nobody listens there, as tcpmux is not run anywhere.
    private static let closedPort = 1

    private func check(
        port: Int?, _ change: (inout FederationRule) -> Void = { _ in }, resolver: FakeResolver = FakeResolver(),
        certificate: PeerCertificates.Kind = .good
    ) async throws -> CheckReport {
        var rule = FederationRule(endpoint: port.map { FederationEndpoint(host: "127.0.0.1", port: $0) })
        change(&rule)
        let settled = rule
        let check = FederationCheck(
            from: "acme.example", resolver: resolver, policy: AddressPolicy(),
            tls: try PeerCertificates.shared.get().tls("acme.example", certificate).client(for: "acme.example"),
            rule: { _ in settled }, now: { 1_800_000_000 })
        return try await check.run("partner.example", on: MultiThreadedEventLoopGroup.singleton.next())
    }

    /// The stages of a report with their outcomes.
    private func stages(_ report: CheckReport) -> [String] {
        report.steps.map { "\($0.stage.rawValue) \($0.outcome.rawValue)" }
    }

    @Test func saysThatAllIsWell() async throws {
        try await FederatedServers.with { servers in
            let report = try await check(port: servers.partner.port(.server))
            #expect(report.isOK)
            #expect(
                stages(report) == [
                    "dns ok", "tcp ok", "dnssec note", "tls ok", "certificate ok", "features ok", "authentication ok",
                ])
            #expect(report.steps.last?.detail == "the server believes acme.example by EXTERNAL")
            #expect(report.text.hasSuffix("partner.example can be reached."))
        }
    }

    @Test(arguments: [
        (PeerCertificates.Kind.selfSigned, "self-signed"), (.otherName, "is not for partner.example"),
        (.expired, "ended on"),
    ])
    func saysWhatIsWrongWithACertificate(_ kind: PeerCertificates.Kind, _ words: String) async throws {
        try await FederatedServers.with(partner: .init(certificate: kind)) { servers in
            let report = try await check(port: servers.partner.port(.server))
            #expect(!report.isOK)
            let step = try #require(report.steps.first { $0.outcome == .failed })
            #expect(step.stage == .certificate)
            #expect(step.detail.contains(words))
            #expect(step.remedy != nil)
        }
    }

    @Test func aCertificateIsNotNeededWhereDialbackWillDo() async throws {
        let other = FederatedServers.Side(certificate: .selfSigned, authentication: .dialback)
        try await FederatedServers.with(partner: other) { servers in
            let report = try await check(port: servers.partner.port(.server), { $0.authentication = .dialback })
            #expect(report.isOK)
            #expect(report.steps.contains { $0.stage == .certificate && $0.outcome == .note })
        }
    }

    @Test func saysThatTheOtherSideWouldCallBack() async throws {
        let other = FederatedServers.Side(authentication: .dialback)
        try await FederatedServers.with(partner: other) { servers in
            let report = try await check(port: servers.partner.port(.server), certificate: .selfSigned)
            #expect(report.isOK)
            let last = try #require(report.steps.last)
            #expect(last.stage == .authentication && last.outcome == .note)
            #expect(last.detail.contains("dialback"))
        }
    }

    @Test func saysThatNobodyIsThere() async throws {
        let report = try await check(port: Self.closedPort)
        #expect(stages(report) == ["dns ok", "tcp failed"])
        #expect(report.steps.last?.remedy?.contains("firewall") == true)
    }

    @Test func saysThatThePortIsAnother() async throws {
        try await FederatedServers.with { servers in
            let report = try await check(port: servers.partner.port(.clientPlain))
            #expect(!report.isOK)
            #expect(report.steps.contains { $0.outcome == .failed && $0.remedy != nil })
        }
    }

    @Test func saysThatTheRulesForbidIt() async throws {
        let report = try await check(port: Self.closedPort, { $0.isAllowed = false })
        #expect(stages(report) == ["policy failed"])
    }

    @Test func saysThatThereIsNoSuchDomain() async throws {
        let report = try await check(port: nil)
        #expect(!report.isOK)
        #expect(report.steps.allSatisfy { $0.stage == .dns })
        #expect(report.steps.contains { $0.remedy?.contains("_xmpp-server._tcp.partner.example") == true })
    }

    @Test func doesNotConnectToThisMachine() async throws {
        var resolver = FakeResolver()
        resolver.service("partner.example", "local.partner.example", port: 5269)
        resolver.addresses("local.partner.example", "127.0.0.1")
        let report = try await check(port: nil, resolver: resolver)
        #expect(report.steps.contains { $0.outcome == .failed && $0.detail.contains("not used") })
        #expect(!report.steps.contains { $0.stage == .tcp && $0.outcome == .ok })
    }
}
