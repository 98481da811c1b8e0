//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

import NIOCore
import NIOEmbedded
import XMPPTLS

/// A client and a server with a wire between them, all in memory.
final class TestConnection {
    /// Collects what a handler tells the application.
    final class Recorder: ChannelInboundHandler {
        typealias InboundIn = ByteBuffer

        var bytes: [UInt8] = []
        var reads = 0
        var events: [TLSEvent] = []
        var errors: [TLSError] = []
        var isInputClosed = false
        /// Called when an event comes in.
        var onEvent: (ChannelHandlerContext, TLSEvent) -> Void = { _, _ in }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            reads += 1
            bytes += Array(buffer: unwrapInboundIn(data))
        }

        func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
            if let event = event as? TLSEvent {
                events.append(event)
                onEvent(context, event)
            }
            if let event = event as? ChannelEvent, event == .inputClosed { isInputClosed = true }
        }

        func errorCaught(context: ChannelHandlerContext, error: any Error) {
            if let error = error as? TLSError { errors.append(error) }
        }
    }

    /// Embedded channels close whole even if only their output is to be closed; this keeps them open.
    final class HalfCloser: ChannelOutboundHandler {
        typealias OutboundIn = ByteBuffer

        func close(context: ChannelHandlerContext, mode: CloseMode, promise: EventLoopPromise<Void>?) {
            guard mode == .output else { return context.close(mode: mode, promise: promise) }
            promise?.succeed()
        }
    }

    let client = EmbeddedChannel()
    let server = EmbeddedChannel()
    let clientTLS: TLSHandler
    let serverTLS: TLSHandler
    let clientEnd = Recorder()
    let serverEnd = Recorder()
    /// Bytes per delivery; everything at once if nil.
    var chunk: Int?

    init(
        store: TLSContextStore? = nil, context: TLSContext? = nil, serverName: String? = "one.example",
        offers: ApplicationProtocols = .none, accepts: ApplicationProtocols = .none
    ) throws {
        let store = try store ?? TLSContextStore(fallback: TestCertificates.shared.one)
        serverTLS = try TLSHandler(server: store, applicationProtocols: accepts)
        clientTLS = try TLSHandler(
            client: try context ?? TestCertificates.shared.client(), serverName: serverName,
            applicationProtocols: offers)
        try server.pipeline.syncOperations.addHandlers(HalfCloser(), serverTLS, serverEnd)
        try client.pipeline.syncOperations.addHandlers(HalfCloser(), clientTLS, clientEnd)
    }

    /// Connects both ends and exchanges all there is.
    @discardableResult
    func connect() throws -> TestConnection {
        let address = try SocketAddress(ipAddress: "127.0.0.1", port: 5222)
        server.connect(to: address, promise: nil)
        client.connect(to: address, promise: nil)
        try exchange()
        return self
    }

    /// Carries bytes both ways until nothing moves.
    func exchange() throws {
        var moved = true
        while moved {
            moved = try carry(from: client, to: server)
            if try carry(from: server, to: client) { moved = true }
        }
    }

    private func carry(from: EmbeddedChannel, to: EmbeddedChannel) throws -> Bool {
        var moved = false
        while var bytes = try from.readOutbound(as: ByteBuffer.self) {
            moved = moved || bytes.readableBytes > 0
            while bytes.readableBytes > 0, to.isActive {
                let length = min(chunk ?? bytes.readableBytes, bytes.readableBytes)
                guard let part = bytes.readSlice(length: length) else { break }
                // Errors are collected by the recorder.
                _ = try? to.writeInbound(part)
            }
        }
        return moved
    }

    func send(_ bytes: [UInt8], from channel: EmbeddedChannel) throws {
        channel.writeAndFlush(ByteBuffer(bytes: bytes), promise: nil)
        try exchange()
    }

    var clientInfo: TLSSessionInfo? { clientTLS.sessionInfo }
    var serverInfo: TLSSessionInfo? { serverTLS.sessionInfo }
}
