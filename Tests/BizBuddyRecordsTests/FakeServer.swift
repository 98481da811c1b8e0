//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

import Foundation
import NIOCore
import NIOPosix
import Synchronization
import SystemTestKit
import Testing
import XMPPTLS

/// A server that says the same to everybody, whatever it is asked.
final class FakeServer: Sendable {
    private let channel: any Channel
    private let log: RequestLog

    var port: Int { channel.localAddress?.port ?? 0 }
    /// All that was sent to it.
    var heard: String { log.text }

    /// Says nothing without an `answer`; goes on saying it if it is endless.
    static func start(_ answer: String?, isEndless: Bool = false) async throws -> FakeServer {
        let requests = RequestLog()
        let channel = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(
                        Answer(answer.map { Array($0.utf8) }, isEndless, requests))
                }
            }
            .bind(host: "127.0.0.1", port: 0).get()
        return FakeServer(channel, requests)
    }

    private init(_ channel: any Channel, _ log: RequestLog) {
        self.channel = channel
        self.log = log
    }

    func stop() async throws { try await channel.close() }

    /// A whole response with a body of JSON.
    static func response(_ body: String, status: String = "200 OK") -> String {
        "HTTP/1.1 \(status)\r\nContent-Type: application/json\r\nContent-Length: \(body.utf8.count)\r\n\r\n\(body)"
    }

    /// The lines of the request's head, and its body, which must be signed with the key.
    func signedRequest(key: String) throws -> (head: [String], body: String) {
        let parts = heard.components(separatedBy: "\r\n\r\n")
        let body = try #require(parts.count == 2 ? parts[1] : nil)
        let head = parts[0].components(separatedBy: "\r\n")
        func header(_ name: String) -> String {
            head.first { $0.hasPrefix("\(name): ") }.map { String($0.dropFirst(name.count + 2)) } ?? ""
        }
        let signed = "\(header("X-Timestamp")).\(header("X-Delivery")).\(body)"
        let signature = Hexadecimal.encode(HashFunction.sha256.hmac(key: Array(key.utf8), Array(signed.utf8)))
        #expect(header("X-Signature") == "sha256=\(signature)")
        return (head, body)
    }

    final class RequestLog: Sendable {
        private let bytes = Mutex<[UInt8]>([])
        var text: String { String(decoding: bytes.withLock { $0 }, as: UTF8.self) }
        func add(_ new: some Sequence<UInt8>) { bytes.withLock { $0 += new } }
    }

    private final class Answer: ChannelInboundHandler {
        typealias InboundIn = ByteBuffer
        typealias OutboundOut = ByteBuffer

        private let answer: [UInt8]?
        private let isEndless: Bool
        private let log: RequestLog

        init(_ answer: [UInt8]?, _ isEndless: Bool, _ log: RequestLog) {
            self.answer = answer
            self.isEndless = isEndless
            self.log = log
        }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            log.add(unwrapInboundIn(data).readableBytesView)
            guard let answer else { return }
            context.writeAndFlush(wrapOutboundOut(ByteBuffer(bytes: answer)), promise: nil)
            if isEndless { again(context) }
        }

        private func again(_ context: ChannelHandlerContext) {
            guard context.channel.isActive, let answer else { return }
            let bound = NIOLoopBound((self, context), eventLoop: context.eventLoop)
            context.writeAndFlush(wrapOutboundOut(ByteBuffer(bytes: answer))).whenSuccess {
                bound.value.0.again(bound.value.1)
            }
        }
    }
}
