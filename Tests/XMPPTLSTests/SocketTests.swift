//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

import NIOCore
import NIOPosix
import Testing
import XMPPTLS

/// Over sockets, so that event loops, back-pressure and closing are the real ones.
@Suite struct SocketTests {
    /// Sends back what it gets.
    private final class Echo: ChannelInboundHandler {
        typealias InboundIn = ByteBuffer
        typealias OutboundOut = ByteBuffer

        func channelRead(context: ChannelHandlerContext, data: NIOAny) { context.write(data, promise: nil) }
        func channelReadComplete(context: ChannelHandlerContext) { context.flush() }
    }

    /// Sends so many bytes once the session stands, and counts them up to that goal when they come back.
    private final class Counter: ChannelInboundHandler {
        typealias InboundIn = ByteBuffer

        typealias OutboundOut = ByteBuffer

        private var missing: Int
        private let done: EventLoopPromise<Void>

        init(goal: Int, done: EventLoopPromise<Void>) {
            missing = goal
            self.done = done
        }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            missing -= unwrapInboundIn(data).readableBytes
            if missing == 0 { done.succeed() }
        }

        func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
            guard case .handshakeCompleted? = event as? TLSEvent else { return }
            for _ in 0..<40 {
                context.writeAndFlush(
                    wrapOutboundOut(ByteBuffer(repeating: 0x20, count: missing / 40)), promise: nil)
            }
        }

        func errorCaught(context: ChannelHandlerContext, error: any Error) { done.fail(error) }
    }

    @Test(arguments: [true, false]) func echoesMegabytes(_ readsAutomatically: Bool) async throws {
        let group = MultiThreadedEventLoopGroup.singleton
        let store = try TLSContextStore(fallback: TestCertificates.shared.one)
        let server = try await ServerBootstrap(group: group)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandlers(TLSHandler(server: store), Echo())
                }
            }
            .bind(host: "127.0.0.1", port: 0).get()
        let address = try #require(server.localAddress)
        let goal = 4_000_000
        let done = group.any().makePromise(of: Void.self)
        let context = try TestCertificates.shared.client()
        let client = try await ClientBootstrap(group: group)
            .channelOption(.autoRead, value: readsAutomatically)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandlers(
                        TLSHandler(client: context, serverName: "one.example"), Puller(isActive: !readsAutomatically),
                        Counter(goal: goal, done: done))
                }
            }
            .connect(to: address).get()
        try await done.futureResult.get()
        try await client.close()
        try await server.close()
    }

    /// Asks for the next read whenever data has come, as an application with its own back-pressure does.
    private final class Puller: ChannelDuplexHandler {
        typealias InboundIn = ByteBuffer
        typealias OutboundIn = ByteBuffer

        private let isActive: Bool

        init(isActive: Bool) { self.isActive = isActive }

        func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
            if isActive, event is TLSEvent { context.read() }
            context.fireUserInboundEventTriggered(event)
        }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            context.fireChannelRead(data)
            if isActive { context.read() }
        }
    }
}
