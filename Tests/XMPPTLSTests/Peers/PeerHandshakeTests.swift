//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

import Testing
import XMPPTLS

/// Two servers: nobody is refused in the handshake, and both know what the other's certificate is worth.
@Suite struct PeerHandshakeTests {
    private let peers = PeerAuthority.shared

    private func server(_ name: String) throws -> TLSContextStore {
        TLSContextStore(
            fallback: try TLSContext(
                certificateChain: peers.path("\(name).pem"), privateKey: peers.path("\(name).key"),
                clientRoots: peers.roots))
    }

    private func client(_ name: String?) throws -> TLSContext {
        try TLSContext(
            peerRoots: peers.roots, certificateChain: name.map { peers.path("\($0).pem") },
            privateKey: name.map { peers.path("\($0).key") })
    }

    @Test(
        arguments: [
            ("good", []), ("self", [.selfSigned]), ("strange", [.unknownAuthority("stranger CN.example")]),
            ("alone", [.incompleteChain(issuer: "middle CN.example")]),
        ] as [(String, [CertificateProblem])])
    func bothSidesKnow(_ name: String, _ problems: [CertificateProblem]) throws {
        let link = try TestConnection(
            store: server(name), context: client(name), serverName: "some.example", offers: .xmppServer,
            accepts: .xmppServer
        ).connect()
        #expect(link.serverInfo?.serverName == "some.example")
        #expect(link.serverInfo?.applicationProtocol == "xmpp-server")
        let seenByClient = try #require(link.clientInfo?.peerCertificate)
        let seenByServer = try #require(link.serverInfo?.peerCertificate)
        #expect(seenByClient.problems == problems)
        #expect(seenByServer.problems == problems)
        #expect(seenByClient.isTrusted == problems.isEmpty)
        #expect(try seenByClient.chain == peers.chain(name))
        #expect(seenByServer.chain == seenByClient.chain)
        let identity = ReferenceIdentity(domain: "peer.example", ascii: "peer.example")
        #expect(seenByServer.match(identity) == .dnsName)
    }

    @Test func tellsOfTheEndOfACertificate() throws {
        let link = try TestConnection(store: server("expired"), context: client("expired")).connect()
        for info in [link.clientInfo, link.serverInfo] {
            let certificate = try #require(info?.peerCertificate)
            #expect(certificate.problems == [.expired(certificate.notAfter)])
        }
    }

    @Test func worksWithoutACertificateOfOurOwn() throws {
        let link = try TestConnection(store: server("good"), context: client(nil)).connect()
        #expect(link.clientInfo?.peerCertificate?.isTrusted == true)
        #expect(link.serverInfo != nil)
        #expect(link.serverInfo?.peerCertificate == nil)
    }

    @Test func saysWhichOfOurFilesIsWrong() {
        #expect(throws: TLSError.self) {
            try TLSContext(
                peerRoots: peers.roots, certificateChain: peers.path("good.pem"), privateKey: peers.path("self.key"))
        }
        #expect(throws: TLSError.self) {
            try TLSContext(peerRoots: .file(peers.path("none")), certificateChain: nil, privateKey: nil)
        }
    }
}
