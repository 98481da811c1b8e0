//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

import Testing
import XMPPTLS

/// TLSA records against certificates (RFC 6698, RFC 7671, RFC 7673).
@Suite struct DANETests {
    private let peers = PeerAuthority.shared
    private let domain = ReferenceIdentity(domain: "peer.example", ascii: "peer.example")
    private let other = ReferenceIdentity(domain: "other.example", ascii: "other.example")

    /// A record for the certificate at `index` of the chain of `name`.
    private func record(
        _ usage: UInt8, _ selector: UInt8, _ matchingType: UInt8, _ name: String, _ index: Int = 0
    ) throws -> DANERecord {
        let pem = index == 0 ? name : ["private": "stranger", "good": "middle"][name] ?? name
        let whole =
            selector == 0 ? try peers.chain(name).certificates[index] : try PublicKey.der(peers.path("\(pem).crt"))
        let data =
            switch matchingType {
            case 0: whole
            case 1: HashFunction.sha256.digest(whole)
            default: HashFunction.sha512.digest(whole)
            }
        return DANERecord(usage: usage, selector: selector, matchingType: matchingType, data: data)
    }

    private func compare(
        _ name: String, _ records: [DANERecord], _ identities: [ReferenceIdentity]? = nil, at time: Int64? = nil
    ) throws -> DANEOutcome {
        let now = time ?? PeerAuthority.now
        let certificate = try #require(try peers.certificate(name, at: now))
        return certificate.compare(with: records, identities: identities ?? [domain], at: now)
    }

    /// The server's own certificate: names, dates and authorities do not matter.
    @Test(arguments: ["self", "expired", "strange", "nameless"], [(0, 0), (0, 1), (0, 2), (1, 0), (1, 1), (1, 2)])
    func endEntityMatches(_ name: String, _ form: (UInt8, UInt8)) throws {
        #expect(try compare(name, [record(3, form.0, form.1, name)]) == .matched(.endEntity))
        #expect(try compare("good", [record(3, form.0, form.1, name)]) == .mismatched)
    }

    @Test(arguments: [(0, 0), (0, 1), (0, 2), (1, 1), (1, 2)] as [(UInt8, UInt8)])
    func trustAnchorMatches(_ selector: UInt8, _ matchingType: UInt8) throws {
        let anchor = try record(2, selector, matchingType, "private", 1)
        #expect(try compare("private", [anchor]) == .matched(.trustAnchor))
        // The name counts: the domain's, or that of the host in its SRV record.
        #expect(try compare("private", [anchor], [other]) == .mismatched)
        #expect(try compare("private", [anchor], [other, domain]) == .matched(.trustAnchor))
        // So do the dates, and that the chain really comes from there.
        let end = try #require(try peers.certificate("private")).notAfter
        #expect(try compare("private", [anchor], at: end + 86400) == .mismatched)
        #expect(try compare("good", [anchor]) == .mismatched)
    }

    /// A chain that only carries the authority along proves nothing.
    @Test func anAuthorityBesideTheChainProvesNothing() throws {
        let chain = CertificateChain(
            certificates: [try peers.chain("self").certificates[0], try peers.chain("private").certificates[1]])
        let certificate = try #require(try chain.verified(against: peers.roots, at: PeerAuthority.now))
        let anchor = try record(2, 0, 1, "private", 1)
        #expect(certificate.compare(with: [anchor], identities: [domain], at: PeerAuthority.now) == .mismatched)
    }

    @Test func anAuthorityIsNotTheServersOwnCertificate() throws {
        #expect(try compare("self", [record(2, 0, 1, "self")]) == .mismatched)
        #expect(try compare("self", [record(2, 0, 0, "self")]) == .mismatched)
        #expect(try compare("private", [record(3, 0, 1, "private", 1)]) == .mismatched)
    }

    /// Usages 0 and 1 want the usual authorities as well.
    @Test func constraintsNeedTrustToo() throws {
        #expect(try compare("good", [record(1, 1, 1, "good")]) == .matched(.pkixEndEntity))
        #expect(try compare("good", [record(0, 0, 1, "good", 1)]) == .matched(.pkixTrustAnchor))
        #expect(try compare("good", [record(1, 1, 1, "good")], [other]) == .mismatched)
        #expect(try compare("self", [record(1, 1, 1, "self")]) == .mismatched)
        #expect(try compare("private", [record(0, 0, 1, "private", 1)]) == .mismatched)
    }

    @Test func passesOverWhatItDoesNotKnow() throws {
        let digest = [UInt8](repeating: 1, count: 32)
        let unknown = [
            DANERecord(usage: 4, selector: 0, matchingType: 1, data: digest),
            DANERecord(usage: 255, selector: 0, matchingType: 1, data: digest),
            DANERecord(usage: 3, selector: 2, matchingType: 1, data: digest),
            DANERecord(usage: 3, selector: 0, matchingType: 3, data: digest),
            DANERecord(usage: 3, selector: 0, matchingType: 1, data: Array(digest.dropLast())),
            DANERecord(usage: 3, selector: 0, matchingType: 2, data: digest),
            DANERecord(usage: 3, selector: 0, matchingType: 0, data: []),
        ]
        #expect(try compare("self", unknown) == .unusable)
        #expect(try compare("self", []) == .unusable)
        #expect(try compare("self", unknown + [record(3, 1, 1, "self")]) == .matched(.endEntity))
    }

    /// One of several is enough, as while keys change; of two digests of one kind the stronger decides.
    @Test func oneOfSeveralIsEnough() throws {
        let own = try record(3, 1, 1, "self")
        #expect(try compare("self", [record(3, 1, 1, "good"), own]) == .matched(.endEntity))
        #expect(try compare("self", [own, record(3, 1, 2, "good")]) == .mismatched)
        #expect(try compare("self", [own, record(3, 0, 2, "good")]) == .matched(.endEntity))
    }
}
