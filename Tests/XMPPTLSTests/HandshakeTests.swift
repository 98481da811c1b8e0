//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

import NIOCore
import NIOEmbedded
import Testing
import XMPPTLS

@Suite struct HandshakeTests {
    private let files = TestCertificates.shared

    @Test(arguments: [TLSSessionInfo.Version.tls12, .tls13])
    func bothEndsAgree(_ version: TLSSessionInfo.Version) throws {
        let link = try TestConnection(
            context: files.client(maximumVersion: version), offers: ["other", "xmpp-client"], accepts: .xmppClient
        ).connect()
        let client = try #require(link.clientInfo)
        let server = try #require(link.serverInfo)
        #expect(client.version == version)
        #expect(server.version == version)
        #expect(client.cipher == server.cipher)
        #expect(client.applicationProtocol == "xmpp-client")
        #expect(server.applicationProtocol == "xmpp-client")
        #expect(server.serverName == "one.example")
        #expect(client.peerCertificate?.isTrusted == true)
        #expect(client.peerCertificate?.dnsNames.first == "one.example")
        #expect(link.clientEnd.events == [.handshakeCompleted(client)])
        #expect(link.serverEnd.events == [.handshakeCompleted(server)])
    }

    @Test(arguments: [TLSSessionInfo.Version.tls12, .tls13], ["one", "sha384", "rsa", "ed25519"])
    func channelBindingsAreEqualAtBothEnds(_ version: TLSSessionInfo.Version, _ name: String) throws {
        let link = try TestConnection(
            store: TLSContextStore(fallback: files.server(name)),
            context: files.client(trusting: nil, maximumVersion: version))
        #expect(link.clientTLS.channelBinding(.tlsExporter) == nil)
        try link.connect()
        let exported = try #require(link.serverTLS.channelBinding(.tlsExporter))
        #expect(exported.count == 32)
        #expect(link.clientTLS.channelBinding(.tlsExporter) == exported)
        let endPoint = link.serverTLS.channelBinding(.tlsServerEndPoint)
        #expect(link.clientTLS.channelBinding(.tlsServerEndPoint) == endPoint)
        #expect(endPoint?.count == (name == "ed25519" ? nil : name == "sha384" ? 48 : 32))
        let other = try TestConnection().connect()
        #expect(other.serverTLS.channelBinding(.tlsExporter) != exported)
    }

    @Test func serverNameSelectsTheCertificate() throws {
        let store = try TLSContextStore(fallback: files.one, byName: ["two.example": files.two])
        for (name, expected) in [("two.example", "two.example"), ("other.example", "one.example")] {
            let link = try TestConnection(
                store: store, context: files.client(trusting: nil), serverName: name, offers: .xmppClient,
                accepts: .xmppClient
            ).connect()
            #expect(link.clientInfo?.peerCertificate?.dnsNames.first == expected)
            #expect(link.clientInfo?.applicationProtocol == "xmpp-client")
            let binding = try #require(link.clientTLS.channelBinding(.tlsServerEndPoint))
            #expect(link.serverTLS.channelBinding(.tlsServerEndPoint) == binding)
        }
    }

    @Test func reloadLeavesLiveConnectionsAlone() throws {
        let store = try TLSContextStore(fallback: files.one)
        let old = try TestConnection(store: store).connect()
        let before = old.serverTLS.channelBinding(.tlsServerEndPoint)
        store.replace(fallback: try files.two)
        let new = try TestConnection(
            store: store, context: files.client(trusting: "two"), serverName: "two.example"
        ).connect()
        #expect(new.clientInfo?.peerCertificate?.dnsNames == ["two.example"])
        try old.send(Array("still here".utf8), from: old.client)
        #expect(old.serverEnd.bytes == Array("still here".utf8))
        #expect(old.serverTLS.channelBinding(.tlsServerEndPoint) == before)
    }

    @Test(arguments: ["two.example", "b.a.wild.example", "wild.example", "127.0.0.1"])
    func clientRefusesACertificateForAnotherName(_ name: String) throws {
        let link = try TestConnection(serverName: name).connect()
        #expect(link.clientEnd.errors.first?.kind == .certificateRejected)
        #expect(link.serverEnd.errors.first?.kind == .handshakeFailed || link.serverInfo != nil)
        #expect(!link.client.isActive)
        #expect(!link.server.isActive)
    }

    @Test func clientRefusesACommonName() throws {
        let link = try TestConnection(
            store: TLSContextStore(fallback: files.server("named")), context: files.client(trusting: "named")
        ).connect()
        #expect(link.clientEnd.errors.first?.kind == .certificateRejected)
    }

    @Test func clientRefusesAnUnknownAuthority() throws {
        let link = try TestConnection(context: files.client(trusting: "two")).connect()
        #expect(link.clientEnd.errors.first?.kind == .certificateRejected)
    }

    @Test func clientNeedsANameToVerify() throws {
        #expect(throws: TLSError.self) {
            _ = try TLSHandler(client: files.client(), serverName: nil)
        }
    }

    @Test func acceptsAWildcard() throws {
        #expect(try TestConnection(serverName: "a.wild.example").connect().clientInfo != nil)
    }

    @Test func refusesProtocolsWithNoneInCommon() throws {
        let link = try TestConnection(offers: ["h2"], accepts: .xmppClient).connect()
        #expect(link.serverEnd.errors.first?.kind == .handshakeFailed)
        #expect(link.clientEnd.errors.first?.kind == .handshakeFailed)
    }

    @Test func ignoresProtocolsWhereNoneIsSet() throws {
        let link = try TestConnection(offers: .xmppClient).connect()
        #expect(link.clientInfo?.applicationProtocol == nil)
        #expect(link.serverInfo != nil)
    }

    @Test(arguments: [TLSSessionInfo.Version.tls12, .tls13])
    func shakesHandsByteByByte(_ version: TLSSessionInfo.Version) throws {
        let link = try TestConnection(context: files.client(maximumVersion: version))
        link.chunk = 1
        try link.connect()
        try link.send(Array("<stream>".utf8), from: link.client)
        try link.send(Array("<features>".utf8), from: link.server)
        #expect(link.serverEnd.bytes == Array("<stream>".utf8))
        #expect(link.clientEnd.bytes == Array("<features>".utf8))
    }

    @Test(arguments: [
        "GET / HTTP/1.1\r\n\r\n", "<stream:stream xmlns='jabber:client'>", "\u{16}\u{3}\u{1}\u{2}\0garbage",
        String(repeating: "\0", count: 4096), "\u{15}\u{3}\u{1}\0\u{2}\u{2}\u{28}",
    ])
    func refusesWhatIsNoClientHello(_ text: String) throws {
        for chunk in [text.utf8.count, 1] {
            let link = try TestConnection()
            try link.server.connect(to: SocketAddress(ipAddress: "127.0.0.1", port: 1)).wait()
            var bytes = Array(text.utf8)[...]
            while !bytes.isEmpty, link.server.isActive {
                _ = try? link.server.writeInbound(ByteBuffer(bytes: bytes.prefix(chunk)))
                bytes = bytes.dropFirst(chunk)
            }
            _ = try? link.server.close().wait()
            #expect(link.serverEnd.bytes.isEmpty)
            #expect(link.serverEnd.events.isEmpty)
            #expect(link.serverEnd.errors.count <= 1)
            #expect(!link.server.isActive)
        }
    }

    @Test func reportsAnInterruptedHandshake() throws {
        let link = try TestConnection()
        try link.client.connect(to: SocketAddress(ipAddress: "127.0.0.1", port: 1)).wait()
        let promise = link.client.eventLoop.makePromise(of: Void.self)
        link.client.writeAndFlush(ByteBuffer(string: "early"), promise: promise)
        link.client.pipeline.fireChannelInactive()
        #expect(link.clientEnd.errors.map(\.kind) == [.interrupted])
        #expect(throws: (any Error).self) { try promise.futureResult.wait() }
    }

    @Test func asksClientsForCertificatesWithoutInsisting() throws {
        let server = try files.server("one", clientRoots: .file(files.path("two.crt")))
        let link = try TestConnection(store: TLSContextStore(fallback: server)).connect()
        #expect(link.serverInfo != nil)
        #expect(link.serverInfo?.peerCertificate == nil)
    }
}
