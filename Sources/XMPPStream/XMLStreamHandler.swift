//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

package import NIOCore
package import XMPPCore
package import XMPPTLS
package import XMPPXML

/// The framing of XMPP over TCP (RFC 6120 §4): bytes to stream events for a delegate, and elements to bytes, collected
/// until the end of the loop's turn so that what comes in one burst leaves in one write.
///
/// Confined to its channel's event loop.
package final class XMLStreamHandler: ChannelDuplexHandler {
    package typealias InboundIn = ByteBuffer
    package typealias OutboundIn = ByteBuffer
    package typealias OutboundOut = ByteBuffer

    /// First size of the outbound buffer: a few chat messages.
    private static let initialCapacity = 1024

    private let parser: XMLStreamParser
    private let inherited: XMLToken
    private var delegate: (any StreamDelegate)?
    private var context: ChannelHandlerContext?
    private var out = ByteBuffer()
    private var flushIsDue = false
    private var isReading = false
    private var isParsing = false
    private var startingTLS: TLSHandler?
    private var isClosing = false
    /// The stream is about to end: nothing that comes is heard any more.
    private var isDeaf = false
    /// What came while something before it was being read: a write that fails makes the channel read at once all that
    /// the peer has sent.
    private var unread: [ByteBuffer] = []
    /// Written since the peer last took all that there was.
    private var overdueBytes = 0
    private var readsArePaused = false
    private var readIsHeld = false

    /// `inherited` is the namespace that the stream header declared as default: it isn't written again.
    package init(parser: XMLStreamParser, inherited: XMLToken = .clientNamespace, delegate: any StreamDelegate) {
        self.parser = parser
        self.inherited = inherited
        self.delegate = delegate
    }

    /// Bytes that may be written while the peer takes nothing. Owners hold stanzas back; what is left are answers to what
    /// the peer itself goes on asking, such as acknowledgements, and nobody else bounds them.
    package var maximumOverdueBytes = 1_048_576

    /// Bytes that wait to be written by this handler; what the channel holds comes on top.
    package var pendingBytes: Int { out.readableBytes }

    package var limits: XMLLimits {
        get { parser.limits }
        set { parser.limits = newValue }
    }

    /// False also once the stream is on its end: what is written then goes nowhere.
    package var isWritable: Bool { !isClosing && context?.channel.isWritable ?? false }

    // MARK: Writing

    package func write(_ stanza: Stanza) {
        guard prepareWrite() else { return }
        out.writeStanza(stanza, inherited: inherited)
    }

    /// With something more at its end, which is well-formed by construction.
    package func write(_ stanza: Stanza, last text: String) {
        guard prepareWrite() else { return }
        out.writeStanza(stanza, last: text, inherited: inherited)
    }

    package func write(_ element: XMLElement) {
        guard prepareWrite() else { return }
        out.writeElement(element, inherited: inherited)
    }

    package func write(_ features: StreamFeatures) {
        guard inherited == .clientNamespace else { return write(features.element) }
        guard prepareWrite() else { return }
        out.writeImmutableBuffer(features.bytes)
    }

    /// Writes text that is well-formed by construction: stream headers, acknowledgements.
    package func write(raw text: String) {
        guard prepareWrite() else { return }
        out.writeString(text)
    }

    package func write(raw text: StaticString) {
        guard prepareWrite() else { return }
        out.writeStaticString(text)
    }

    private func prepareWrite() -> Bool {
        guard let context, !isClosing else { return false }
        if out.capacity == 0 { out = context.channel.allocator.buffer(capacity: Self.initialCapacity) }
        if !flushIsDue {
            flushIsDue = true
            if !isReading {
                // SAFETY of the capture: the handler is confined to this loop.
                let bound = NIOLoopBound(self, eventLoop: context.eventLoop)
                context.eventLoop.execute { bound.value.flushNow() }
            }
        }
        return true
    }

    /// What `body` writes goes to the channel at its end, in one piece.
    package func gathering(_ body: () -> Void) {
        guard !isReading else { return body() }
        isReading = true
        body()
        isReading = false
        flushNow()
    }

    /// Hands all that was written to the channel.
    package func flushNow() {
        guard flushIsDue else { return }
        if !isClosing { delegate?.streamWillFlush() }
        flushIsDue = false
        guard let context, out.readableBytes > 0 else { return }
        let bytes = out
        // An idle connection keeps no buffer.
        out = ByteBuffer()
        overdueBytes = context.channel.isWritable ? 0 : overdueBytes + bytes.readableBytes
        guard overdueBytes <= maximumOverdueBytes else { return abort() }
        context.writeAndFlush(wrapOutboundOut(bytes), promise: nil)
    }

    /// Calls `body` when all that was written before has left for the network; never if the connection ends first.
    package func afterWritten(_ body: @escaping @Sendable () -> Void) {
        guard let context, !isClosing else { return }
        flushNow()
        let written = context.eventLoop.makePromise(of: Void.self)
        written.futureResult.whenSuccess(body)
        context.writeAndFlush(wrapOutboundOut(ByteBuffer()), promise: written)
    }

    /// Sends what is left and closes. Later writes are dropped.
    package func close() {
        guard let context, !isClosing, !isDeaf else { return }
        isDeaf = true
        flushIsDue = true
        flushNow()
        isClosing = true
        context.close(mode: .all, promise: nil)
    }

    /// Cuts the connection without waiting for the peer.
    package func abort() {
        isClosing = true
        // Through the pipeline's head: TLS would wait for the peer's goodbye.
        context?.channel.close(mode: .all, promise: nil)
    }

    // MARK: Stream

    /// The next bytes are a new stream header (RFC 6120 §4.3.3).
    package func restart() {
        parser.restart()
    }

    /// Puts TLS below, after what was written (the `<proceed/>`) has left in the clear. If more came in the same read
    /// than the request for TLS, the `<proceed/>` is never sent.
    package func startTLS(_ handler: TLSHandler) {
        parser.restart()
        startingTLS = handler
        if !isParsing { finishStartTLS() }
    }

    private func finishStartTLS() {
        guard let context, let handler = startingTLS else { return }
        startingTLS = nil
        // It came in the clear.
        unread = []
        flushNow()
        do {
            try context.pipeline.syncOperations.addHandler(handler, position: .first)
        } catch {
            context.close(mode: .all, promise: nil)
        }
    }

    /// Stops reading from the peer while its stanzas wait, and goes on.
    package func pauseReading(_ paused: Bool) {
        readsArePaused = paused
        guard !paused, readIsHeld, let context else { return }
        readIsHeld = false
        context.read()
    }

    // MARK: Channel

    package func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
    }

    package func handlerRemoved(context: ChannelHandlerContext) {
        finish()
    }

    /// Reads are held back here: the channel asks its pipeline from the tail before it reads the socket.
    package func read(context: ChannelHandlerContext) {
        if readsArePaused { readIsHeld = true } else { context.read() }
    }

    package func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let buffer = unwrapInboundIn(data)
        guard hears else { return }
        guard !isParsing else { return unread.append(buffer) }
        isReading = true
        read(buffer)
        while hears, let next = unread.first {
            unread.removeFirst()
            read(next)
        }
        unread = []
    }

    private var hears: Bool { !isClosing && !isDeaf && delegate != nil }

    private func read(_ buffer: ByteBuffer) {
        isParsing = true
        do throws(StreamError) {
            try buffer.withUnsafeReadableBytes { (bytes) throws(StreamError) -> Void in
                try parser.feed(bytes) { event in
                    guard hears, let delegate else { return }
                    switch event {
                    case .element(let element): delegate.streamReceived(element)
                    case .opened(let header): delegate.streamOpened(header)
                    case .closed: delegate.streamClosed()
                    }
                }
            }
            isParsing = false
            finishStartTLS()
        } catch {
            isParsing = false
            if startingTLS != nil {
                startingTLS = nil
                out.clear()
            }
            if !isClosing { delegate?.streamFailed(error) }
        }
    }

    package func channelReadComplete(context: ChannelHandlerContext) {
        delegate?.streamReadComplete()
        isReading = false
        flushNow()
        context.fireChannelReadComplete()
    }

    package func channelWritabilityChanged(context: ChannelHandlerContext) {
        delegate?.streamWritabilityChanged(context.channel.isWritable)
        context.fireChannelWritabilityChanged()
    }

    package func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if let event = event as? TLSEvent, case .handshakeCompleted(let session) = event {
            delegate?.streamSecured(session)
        } else if let event = event as? ChannelEvent, event == .inputClosed {
            // A peer that has said all it wanted is not heard again: nothing to wait for.
            context.close(mode: .all, promise: nil)
        }
        context.fireUserInboundEventTriggered(event)
    }

    package func errorCaught(context: ChannelHandlerContext, error: any Error) {
        delegate?.connectionFailed(error)
        context.close(mode: .all, promise: nil)
    }

    package func channelInactive(context: ChannelHandlerContext) {
        finish()
        context.fireChannelInactive()
    }

    private func finish() {
        isClosing = true
        context = nil
        guard let delegate else { return }
        self.delegate = nil
        delegate.connectionClosed()
    }
}
