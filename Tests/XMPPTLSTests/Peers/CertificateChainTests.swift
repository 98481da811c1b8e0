//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

import Testing
import XMPPTLS

/// What is wrong with a chain, in words.
@Suite struct CertificateChainTests {
    private let peers = PeerAuthority.shared

    @Test func trustsACompleteChain() throws {
        let certificate = try #require(try peers.certificate("good"))
        #expect(certificate.isTrusted)
        #expect(certificate.problems.isEmpty)
        #expect(certificate.distrustReason == nil)
        #expect(certificate.chain.certificates.count == 2)
        #expect(certificate.fingerprint.count == 32)
        #expect(certificate.issuer == "middle CN.example")
    }

    @Test(
        arguments: [
            ("self", .selfSigned), ("alone", .incompleteChain(issuer: "middle CN.example")),
            ("strange", .unknownAuthority("stranger CN.example")), ("weak", .weak),
        ] as [(String, CertificateProblem)])
    func tellsWhatIsWrong(_ name: String, _ expected: CertificateProblem) throws {
        let certificate = try #require(try peers.certificate(name))
        #expect(!certificate.isTrusted)
        #expect(certificate.problems == [expected])
    }

    @Test func tellsWhenItEndedOrBegins() throws {
        let expired = try #require(try peers.certificate("expired"))
        #expect(expired.problems == [.expired(expired.notAfter)])
        let good = try #require(try peers.certificate("good"))
        let late = try #require(try peers.certificate("good", at: good.notAfter + 86400 * 365))
        #expect(late.problems.first.map { "\($0)" }?.contains("out of date") == true)
        #expect(late.problems.contains(.expired(good.notAfter)))
        let early = try #require(try peers.certificate("good", at: good.notBefore - 86400))
        #expect(early.problems.contains(.notYetValid(good.notBefore)))
    }

    @Test func allProblemsHaveARemedy() {
        let problems: [CertificateProblem] = [
            .missing, .selfSigned, .unknownAuthority("X"), .incompleteChain(issuer: "X"), .expired(1_700_000_000),
            .notYetValid(0), .authorityOutOfDate("X"), .wrongName(domain: "a.example", names: []),
            .wrongName(domain: "a.example", names: (0..<9).map { "n\($0).example" }), .weak, .wrongPurpose,
            .otherFingerprint([1, 2]), .notInDNS, .noRecordsInDNS, .noAnswerFromDNS("SERVFAIL"),
            .other("odd"),
        ]
        #expect(problems.allSatisfy { !$0.description.isEmpty && !$0.remedy.isEmpty })
        #expect("\(CertificateProblem.expired(1_700_000_000))" == "the certificate ended on 2023-11-14 22:13 UTC")
        #expect("\(CertificateProblem.notYetValid(0))".hasSuffix("1970-01-01 00:00 UTC"))
        #expect("\(problems[8])".hasSuffix("n7.example, …"))
        #expect("\(problems[11])".hasSuffix("0102"))
    }

    @Test func bytesThatAreNoCertificateProveNothing() throws {
        #expect(try CertificateChain(certificates: []).verified(against: peers.roots, at: PeerAuthority.now) == nil)
        #expect(
            try CertificateChain(certificates: [[1, 2, 3]]).verified(against: peers.roots, at: PeerAuthority.now) == nil
        )
        let good = try peers.chain("good").certificates
        let cut = CertificateChain(certificates: [good[0], Array(good[1].dropLast(9))])
        #expect(try cut.verified(against: peers.roots, at: PeerAuthority.now)?.isTrusted == false)
    }

    @Test func saysWhichRootsAreUnreadable() {
        #expect(throws: TLSError.self) {
            _ = try peers.chain("good").verified(against: .file(peers.path("none.crt")), at: PeerAuthority.now)
        }
    }
}
