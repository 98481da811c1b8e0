//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

import NIOCore
import NIOEmbedded
import XMPPCore
import XMPPTLS
import XMPPXML

@testable import XMPPStream

/// Notes what the handler tells its delegate, and answers if it is told to.
final class RecordingDelegate: StreamDelegate {
    var log: [String] = []
    var onElement: (XMLElement) -> Void = { _ in }

    func streamOpened(_ header: StreamHeader) { log.append("opened \(header.to ?? "")") }

    func streamReceived(_ element: XMLElement) {
        log.append("element \(element.name)")
        onElement(element)
    }

    func streamClosed() { log.append("closed") }
    func streamFailed(_ error: StreamError) { log.append("failed \(error.condition.rawValue)") }
    func streamSecured(_ session: TLSSessionInfo) { log.append("secured") }
    func streamReadComplete() { log.append("read") }
    func streamWritabilityChanged(_ isWritable: Bool) { log.append("writable \(isWritable)") }
    func connectionClosed() { log.append("gone") }
}

/// Notes what reaches the network's end of the pipeline.
final class OutboundRecorder: ChannelOutboundHandler {
    typealias OutboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    var log: [String] = []
    var reads = 0
    /// What the peer had sent before the write that fails: the channel reads it before it tells of the end.
    var dying: [String]?

    func read(context: ChannelHandlerContext) {
        reads += 1
        context.read()
    }

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        let text = String(buffer: unwrapOutboundIn(data))
        log.append("write \(text)")
        context.write(data, promise: promise)
    }

    func flush(context: ChannelHandlerContext) {
        log.append("flush")
        guard let pieces = dying else { return context.flush() }
        dying = nil
        for piece in pieces { context.fireChannelRead(NIOAny(ByteBuffer(string: piece))) }
        context.fireChannelReadComplete()
        context.close(mode: .all, promise: nil)
    }

    func close(context: ChannelHandlerContext, mode: CloseMode, promise: EventLoopPromise<Void>?) {
        log.append("close")
        context.close(mode: mode, promise: promise)
    }
}

/// A stream on a channel without a network.
struct StreamHandlerFixture {
    static let opening =
        "<stream:stream xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams' to='acme.example'>"

    let channel = EmbeddedChannel()
    let delegate = RecordingDelegate()
    let recorder = OutboundRecorder()
    let handler: XMLStreamHandler

    init() throws {
        handler = XMLStreamHandler(
            parser: XMLStreamParser(pool: XMLParserPool(), limits: .afterAuthentication), delegate: delegate)
        try channel.pipeline.syncOperations.addHandlers([recorder, handler])
        try channel.connect(to: SocketAddress(ipAddress: "127.0.0.1", port: 5222)).wait()
        recorder.log = []
    }

    /// Pieces of one read of the socket.
    func read(_ pieces: String...) {
        for piece in pieces { channel.pipeline.fireChannelRead(ByteBuffer(string: piece)) }
        channel.pipeline.fireChannelReadComplete()
    }

    func open() {
        read(Self.opening)
        delegate.log = []
    }
}
