//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

internal import NIOCore
internal import NIOPosix

/// A connection as bytes, for what no well-behaved client sends and for looking at answers to the letter.
package final class RawStream: Sendable {
    private struct Received: Sendable, CustomStringConvertible {
        var bytes: [UInt8] = []
        var isGone = false

        var text: String { String(decoding: bytes, as: UTF8.self) }
        var description: String { text.debugDescription + (isGone ? " (connection closed)" : "") }
    }

    private let channel: any Channel
    private let received: Watched<Received>

    private init(channel: any Channel, received: Watched<Received>) {
        self.channel = channel
        self.received = received
    }

    package static func connect(port: Int) async throws -> RawStream {
        let received = Watched(Received())
        let channel = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(Handler(received))
                }
            }
            .connect(host: "127.0.0.1", port: port).get()
        return RawStream(channel: channel, received: received)
    }

    package func send(_ text: String) { send(Array(text.utf8)) }

    package func send(_ bytes: [UInt8]) {
        channel.writeAndFlush(ByteBuffer(bytes: bytes), promise: nil)
    }

    /// All bytes so far, as text.
    package var text: String { received.value.text }

    /// Waits until this text has come, and takes all up to and including it.
    @discardableResult
    package func expect(_ part: String, within limit: Duration = StreamConnection.patience) async throws -> String {
        let wanted = Array(part.utf8)
        return try await received.wait(part, within: limit) { received in
            guard let end = Self.end(of: wanted, in: received.bytes) else {
                return received.isGone
                    ? .failure(ExpectationFailure("The connection ended before \(part). There is: \(received)")) : nil
            }
            let taken = String(decoding: received.bytes[..<end], as: UTF8.self)
            received.bytes.removeFirst(end)
            return .success(taken)
        }
    }

    /// Waits until the server has closed the connection, and gives all that was not taken.
    package func ended(within limit: Duration = StreamConnection.patience) async throws -> String {
        try await received.wait("the end of the connection", within: limit) { received in
            received.isGone ? .success(received.text) : nil
        }
    }

    /// Stops taking bytes from the network, and goes on.
    package func pauseReading(_ isPaused: Bool) async throws {
        try await channel.setOption(.autoRead, value: !isPaused).get()
        if !isPaused { channel.read() }
    }

    package func close() async {
        try? await channel.close()
    }

    private static func end(of part: [UInt8], in bytes: [UInt8]) -> Int? {
        guard let first = part.first, bytes.count >= part.count else { return part.isEmpty ? 0 : nil }
        for start in 0...(bytes.count - part.count) where bytes[start] == first {
            if bytes[start..<(start + part.count)].elementsEqual(part) { return start + part.count }
        }
        return nil
    }

    private final class Handler: ChannelInboundHandler {
        typealias InboundIn = ByteBuffer

        private let received: Watched<Received>

        init(_ received: Watched<Received>) {
            self.received = received
        }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            let bytes = Array(unwrapInboundIn(data).readableBytesView)
            received.change { $0.bytes += bytes }
        }

        func errorCaught(context: ChannelHandlerContext, error: any Error) {
            context.close(promise: nil)
        }

        func channelInactive(context: ChannelHandlerContext) {
            received.change { $0.isGone = true }
            context.fireChannelInactive()
        }
    }
}
