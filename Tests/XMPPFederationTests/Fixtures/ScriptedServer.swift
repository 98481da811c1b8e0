//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

import NIOCore
import NIOPosix
import Synchronization
import XMPPFederation
import XMPPTLS
import XMPPTestKit

/// A server at `partner.example` with direct TLS that does what a test wants, step by step.
final class ScriptedServer: Sendable {
    enum Reply: Sendable {
        /// More has to come first.
        case wait
        case write(String)
        case hangUp
    }

    /// The number of the connection and how often it has been written to, and what has come since then.
    typealias Script = @Sendable (_ connection: Int, _ step: Int, _ text: String) -> Reply

    let port: Int
    private let channel: any Channel

    private init(_ channel: any Channel, port: Int) {
        self.channel = channel
        self.port = port
    }

    static func with(_ script: @escaping Script, _ body: (ScriptedServer) async throws -> Void) async throws {
        let tls = try PeerCertificates.shared.get().tls("partner.example").server
        let counter = Counter()
        let channel = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    let pipeline = channel.pipeline.syncOperations
                    try pipeline.addHandler(TLSHandler(server: tls, applicationProtocols: .xmppServer))
                    try pipeline.addHandler(Player(counter.next(), script))
                }
            }
            .bind(host: "127.0.0.1", port: 0).get()
        guard let port = channel.localAddress?.port else { throw ExpectationFailure("no port") }
        do {
            try await body(ScriptedServer(channel, port: port))
        } catch {
            try? await channel.close()
            throw error
        }
        try? await channel.close()
    }

    private final class Counter: Sendable {
        private let count = Atomic<Int>(0)

        func next() -> Int { count.add(1, ordering: .relaxed).oldValue }
    }

    private final class Player: ChannelInboundHandler {
        typealias InboundIn = ByteBuffer
        typealias OutboundOut = ByteBuffer

        private let connection: Int
        private let script: Script
        private var step = 0
        private var text = ""

        init(_ connection: Int, _ script: @escaping Script) {
            self.connection = connection
            self.script = script
        }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            text += String(buffer: unwrapInboundIn(data))
            switch script(connection, step, text) {
            case .wait: return
            case .hangUp: context.close(promise: nil)
            case .write(let answer):
                text = ""
                step += 1
                context.writeAndFlush(wrapOutboundOut(ByteBuffer(string: answer)), promise: nil)
            }
        }

        func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }
    }

    // MARK: Usual steps

    /// Lets everybody in who shows a certificate, and offers acknowledgements: steps 0 to 2. Step 3 begins with what comes
    /// then.
    static func letsIn(_ step: Int, _ text: String) -> Reply? {
        let header =
            "<?xml version='1.0'?><stream:stream xmlns='jabber:server' xmlns:stream='http://etherx.jabber.org/streams'"
            + " from='partner.example' to='acme.example' id='s\(step)' version='1.0'>"
        switch step {
        case 0 where text.contains("<stream:stream"):
            return .write(
                header + "<stream:features><mechanisms xmlns='urn:ietf:params:xml:ns:xmpp-sasl'>"
                    + "<mechanism>EXTERNAL</mechanism></mechanisms></stream:features>")
        case 1 where text.contains("</auth>"): return .write("<success xmlns='urn:ietf:params:xml:ns:xmpp-sasl'/>")
        case 2 where text.contains("<stream:stream"):
            return .write(header + "<stream:features><sm xmlns='urn:xmpp:sm:3'/></stream:features>")
        case 0...2: return .wait
        default: return nil
        }
    }
}
