//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

import Foundation
import SystemTestKit
import Testing
import XMPPDNS
import XMPPTLS

@testable import XMPPFederation

/// What proves the domain of another server, and what does not.
@Suite struct PeerTrustTests {
    private static let files: String = {
        let folder = NSTemporaryDirectory() + "/switchboard-trust-\(SecureRandom.hexToken())"
        try? FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        func make(_ name: String, _ extensions: [String], signer: String?) {
            _ = try? ChildProcess.run(
                "openssl",
                [
                    "req", "-x509", "-nodes", "-days", "30", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256",
                    "-subj", "/CN=\(name)", "-keyout", "\(folder)/\(name).key", "-out", "\(folder)/\(name).crt",
                ] + extensions.flatMap { ["-addext", $0] }
                    + (signer.map { ["-CA", "\(folder)/\($0).crt", "-CAkey", "\(folder)/\($0).key"] } ?? []))
        }
        make("root", [], signer: nil)
        make("private", [], signer: nil)
        for (name, signer) in [("good", "root"), ("partner", "private")] {
            make(name, ["subjectAltName=DNS:peer.example", "basicConstraints=critical,CA:FALSE"], signer: signer)
        }
        make("self", ["subjectAltName=DNS:peer.example"], signer: nil)
        return folder
    }()

    private let now = Int64(Date().timeIntervalSince1970) + 60

    private func certificate(_ name: String) throws -> TLSPeerCertificate? {
        try CertificateChain(file: "\(Self.files)/\(name).crt")
            .verified(against: .file("\(Self.files)/root.crt"), at: now)
    }

    private func verdict(
        _ name: String, _ domain: String = "peer.example", fingerprint: [UInt8]? = nil, authorities: String? = nil,
        dane: DANEState = .insecure, needsDANE: Bool = false
    ) throws -> PeerTrust.Verdict {
        PeerTrust.verdict(
            on: try certificate(name), for: domain, fingerprint: fingerprint,
            authorities: authorities.map { "\(Self.files)/\($0)" }, dane: dane, needsDANE: needsDANE, at: now)
    }

    private func dane(_ name: String, host: String = "host.example", isComplete: Bool = true) throws -> DANEState {
        let digest = try #require(try certificate(name)).fingerprint
        let record = DANERecord(usage: 3, selector: 0, matchingType: 1, data: digest)
        return .servers([.init(host: host, records: [record])], isComplete: isComplete)
    }

    @Test func authoritiesAndNamesProve() throws {
        #expect(try verdict("good").basis == .authority(.dnsName))
        #expect(try verdict("good", dane: .none).isProven)
        #expect(try verdict("good", "PEER.example").isProven)
        let other = try verdict("good", "other.example")
        #expect(other.problems == [.wrongName(domain: "other.example", names: ["peer.example"])])
        #expect(try verdict("self").problems == [.selfSigned])
        #expect(
            try verdict("self", "other.example").problems == [
                .selfSigned, .wrongName(domain: "other.example", names: ["peer.example"]),
            ])
        #expect(PeerTrust.verdict(on: nil, for: "peer.example", at: now).problems == [.missing])
    }

    @Test func aFingerprintIsTheLastWord() throws {
        let own = try #require(try certificate("self")).fingerprint
        #expect(try verdict("self", "other.example", fingerprint: own).basis == .fingerprint)
        let good = try #require(try certificate("good")).fingerprint
        #expect(try verdict("good", fingerprint: own).problems == [.otherFingerprint(good)])
    }

    @Test func authoritiesOfADomainReplaceOthers() throws {
        #expect(try verdict("partner").problems == [.incompleteChain(issuer: "private")])
        #expect(try verdict("partner", authorities: "private.crt").basis == .authority(.dnsName))
        #expect(try !verdict("partner", "other.example", authorities: "private.crt").isProven)
        #expect(try !verdict("good", authorities: "private.crt").isProven)
        #expect(try !verdict("good", authorities: "missing.crt").isProven)
    }

    @Test func recordsInDNSProveAndRefuse() throws {
        #expect(try verdict("self", dane: dane("self")).basis == .dane(.endEntity))
        #expect(try verdict("good", dane: dane("self")).problems == [.notInDNS])
        #expect(try verdict("good", dane: .failed("SERVFAIL")).problems == [.noAnswerFromDNS("SERVFAIL")])
        // Another of its servers has no records: it may be that one, if authorities say so.
        #expect(try verdict("good", dane: dane("self", isComplete: false)).isProven)
        #expect(
            try verdict("partner", dane: dane("self", isComplete: false)).problems == [
                .incompleteChain(issuer: "private")
            ])
        let unknown = DANERecord(usage: 9, selector: 0, matchingType: 1, data: [1])
        let unusable = DANEState.servers([.init(host: "host.example", records: [unknown])], isComplete: true)
        #expect(try verdict("good", dane: unusable).basis == .authority(.dnsName))
    }

    @Test func whereDANEIsAskedForAuthoritiesProveNothing() throws {
        #expect(try verdict("self", dane: dane("self"), needsDANE: true).basis == .dane(.endEntity))
        #expect(try verdict("good", dane: dane("self"), needsDANE: true).problems == [.notInDNS])
        let unknown = DANERecord(usage: 9, selector: 0, matchingType: 1, data: [1])
        let unusable = DANEState.servers([.init(host: "host.example", records: [unknown])], isComplete: true)
        for state in [DANEState.insecure, .none, unusable, try dane("self", isComplete: false)] {
            let verdict = try verdict("good", dane: state, needsDANE: true)
            #expect(verdict.problems == [.noRecordsInDNS])
            #expect(verdict.outcome == .unproven)
        }
        // What the configuration names is named by whom it concerns.
        let own = try #require(try certificate("self")).fingerprint
        #expect(try verdict("self", fingerprint: own, needsDANE: true).basis == .fingerprint)
        #expect(try verdict("partner", authorities: "private.crt", needsDANE: true).isProven)
    }

    // MARK: What DNS says

    private func state(_ resolver: FakeResolver) async throws -> DANEState {
        try await DANEState.lookUp("peer.example", with: resolver)
    }

    private let record: [UInt8] = [3, 1, 1] + [UInt8](repeating: 7, count: 32)

    @Test func believesOnlyWhatIsProven() async throws {
        var resolver = FakeResolver()
        resolver.service("peer.example", "host.example", port: 5269)
        resolver.addresses("host.example", "192.0.2.1")
        resolver.tlsa("host.example", port: 5269, [record])
        #expect(try await state(resolver) == .insecure)
        var secure = FakeResolver(isSecure: true)
        secure.service("peer.example", "host.example", port: 5269)
        secure.addresses("host.example", "192.0.2.1")
        #expect(try await state(secure) == .none)
        secure.tlsa("host.example", port: 5269, [record])
        let expected = DANERecord(usage: 3, selector: 1, matchingType: 1, data: [UInt8](repeating: 7, count: 32))
        #expect(
            try await state(secure)
                == .servers([.init(host: "host.example", records: [expected])], isComplete: true))
        // Addresses that are not proven make records worthless (RFC 7673 §3.2).
        secure.answers["host.example A"] = .success(DNSResponse(records: [[192, 0, 2, 1]], isSecure: false))
        #expect(try await state(secure) == .none)
    }

    @Test func asksForAllServers() async throws {
        var resolver = FakeResolver(isSecure: true)
        resolver.service("peer.example", "a.example", port: 5269)
        resolver.service("peer.example", "b.example", port: 5270, isDirectTLS: true)
        resolver.addresses("a.example", "192.0.2.1")
        resolver.addresses("b.example", "192.0.2.2")
        resolver.tlsa("b.example", port: 5270, [record])
        guard case .servers(let servers, let isComplete) = try await state(resolver) else {
            Issue.record("no servers")
            return
        }
        #expect(servers.map(\.host) == ["b.example"])
        #expect(!isComplete)
    }

    @Test func forgedAndMissingAnswersAreFailures() async throws {
        var resolver = FakeResolver(isSecure: true)
        resolver.service("peer.example", "host.example", port: 5269)
        resolver.addresses("host.example", "192.0.2.1")
        for error in [DNSError.bogus("no signature"), .serverFailure(""), .timedOut] {
            resolver.answers["_5269._tcp.host.example TLSA"] = .failure(error)
            guard case .failed = try await state(resolver) else {
                Issue.record("\(error) is no failure")
                continue
            }
        }
        var forged = FakeResolver(isSecure: true)
        forged.answers["_xmpp-server._tcp.peer.example SRV"] = .failure(.bogus("no signature"))
        guard case .failed = try await state(forged) else {
            Issue.record("forged records are no failure")
            return
        }
        var down = FakeResolver(isSecure: true)
        down.answers["_xmpp-server._tcp.peer.example SRV"] = .failure(.timedOut)
        guard case .failed = try await state(down) else {
            Issue.record("silence is no failure")
            return
        }
        // Nothing can hide where the zone is proven not to be signed.
        var unsigned = FakeResolver()
        unsigned.service("peer.example", "host.example", port: 5269)
        unsigned.answers["_xmpps-server._tcp.peer.example SRV"] = .failure(.timedOut)
        #expect(try await state(unsigned) == .insecure)
        unsigned.isSecure = true
        unsigned.service("peer.example", "host.example", port: 5269)
        guard case .failed = try await state(unsigned) else {
            Issue.record("half an answer is no failure")
            return
        }
    }

    @Test func comparesWithTheServerConnectedTo() async throws {
        var resolver = FakeResolver(isSecure: true)
        resolver.service("peer.example", "a.example", port: 5269)
        resolver.service("peer.example", "b.example", port: 5270)
        resolver.addresses("a.example", "192.0.2.1")
        resolver.addresses("b.example", "192.0.2.2")
        resolver.tlsa("b.example", port: 5270, Array(repeating: record, count: 40))
        func state(_ host: String, _ port: Int) async throws -> DANEState {
            try await DANEState.lookUp(
                "peer.example", of: ServiceTarget(host: host, port: port, isDirectTLS: false), with: resolver)
        }
        #expect(try await state("a.example", 5269) == .none)
        guard case .servers(let servers, isComplete: true) = try await state("b.example", 5270) else {
            Issue.record("no servers")
            return
        }
        #expect(servers.map(\.host) == ["b.example"])
        #expect(servers.first?.records.count == DANEState.maximumRecords)
        guard case .failed = try await state("c.example", 5269) else {
            Issue.record("a server that is not in DNS is none of the domain's")
            return
        }
    }

    @Test func saysWhetherAnotherProofMayBeTaken() throws {
        let own = try #require(try certificate("self")).fingerprint
        #expect(try verdict("good").outcome == .proven)
        #expect(try verdict("self").outcome == .unproven)
        #expect(try verdict("good", fingerprint: own).outcome == .contradicted)
        #expect(try verdict("good", authorities: "private.crt").outcome == .contradicted)
        #expect(try verdict("good", authorities: "missing.crt").outcome == .contradicted)
        #expect(try verdict("good", dane: dane("self")).outcome == .contradicted)
        #expect(try verdict("self", dane: dane("good", isComplete: false)).outcome == .unproven)
        #expect(try verdict("good", dane: .failed("SERVFAIL")).outcome == .undecided)
        #expect(PeerTrust.verdict(on: nil, for: "peer.example", at: now).outcome == .unproven)
        #expect(PeerTrust.verdict(on: nil, for: "peer.example", fingerprint: own, at: now).outcome == .contradicted)
    }

    /// The domain's own address serves where there are no SRV records.
    @Test func fallsBackToTheDomain() async throws {
        var resolver = FakeResolver(isSecure: true)
        resolver.addresses("peer.example", "192.0.2.1")
        resolver.tlsa("peer.example", port: 5269, [record])
        guard case .servers(let servers, isComplete: true) = try await state(resolver) else {
            Issue.record("no servers")
            return
        }
        #expect(servers.map(\.host) == ["peer.example"])
    }
}
