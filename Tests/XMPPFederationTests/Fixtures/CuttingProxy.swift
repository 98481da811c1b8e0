//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

import NIOCore
import NIOPosix
import Synchronization

/// Stands between two servers, and cuts their connections when it is told to.
final class CuttingProxy: Sendable {
    private let listener: any Channel
    let port: Int
    private let open: Connections

    private final class Connections: Sendable {
        private let channels = Mutex<[any Channel]>([])

        func add(_ channel: any Channel) { channels.withLock { $0.append(channel) } }

        func takeAll() -> [any Channel] {
            channels.withLock { channels in
                defer { channels = [] }
                return channels
            }
        }
    }

    private init(_ listener: any Channel, _ port: Int, _ open: Connections) {
        self.listener = listener
        self.port = port
        self.open = open
    }

    /// - target: the port on loopback to which connections go on.
    static func start(to target: Int) async throws -> CuttingProxy {
        let open = Connections()
        let group = MultiThreadedEventLoopGroup.singleton
        let listener = try await ServerBootstrap(group: group)
            .childChannelInitializer { accepted in
                open.add(accepted)
                // On the same loop, so that both sides may know each other.
                return ClientBootstrap(group: accepted.eventLoop).connect(host: "127.0.0.1", port: target)
                    .flatMapThrowing { channel in
                        open.add(channel)
                        try channel.pipeline.syncOperations.addHandler(Passing(to: accepted))
                        try accepted.pipeline.syncOperations.addHandler(Passing(to: channel))
                    }
            }
            .bind(host: "127.0.0.1", port: 0).get()
        guard let port = listener.localAddress?.port else { throw ChannelError.unknownLocalAddress }
        return CuttingProxy(listener, port, open)
    }

    /// Cuts all connections, with what they have not passed on.
    func cut() async {
        for channel in open.takeAll() { try? await channel.close() }
    }

    func stop() async {
        try? await listener.close()
        await cut()
    }
}

/// Passes everything on to another channel on the same loop.
private final class Passing: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer

    private let other: any Channel

    init(to other: any Channel) { self.other = other }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        other.writeAndFlush(unwrapInboundIn(data), promise: nil)
    }

    func channelInactive(context: ChannelHandlerContext) {
        other.close(promise: nil)
        context.fireChannelInactive()
    }
}
