//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

package import NIOCore

/// TLS as a channel handler: ciphertext towards the socket, plaintext towards the application.
///
/// What is written between two flushes becomes one record (up to 16 KB each); what one read brings becomes one buffer.
/// Add it when the channel is made (direct TLS), or first in the running pipeline right after the plaintext
/// `<proceed/>` was written (STARTTLS): a client then starts the handshake, a server waits for it. Reads pass through:
/// while the application does not ask for more, no more is decrypted. There is no handshake timeout here, that is the
/// listener's deadline for the whole negotiation.
///
/// Events: `TLSEvent`, and `ChannelEvent.inputClosed` after a peer's close_notify where the channel allows half-closure
/// (elsewhere the channel is closed). Errors are fired as `TLSError`, then the channel closes.
package final class TLSHandler: ChannelDuplexHandler {
    package typealias InboundIn = ByteBuffer
    package typealias InboundOut = ByteBuffer
    package typealias OutboundIn = ByteBuffer
    package typealias OutboundOut = ByteBuffer

    /// Ciphertext taken before the handshake is complete: chains of certificates have 10 KB, the first read after the
    /// handshake may bring 64 KB of stream along.
    package static let maximumHandshakeBytes = 256 * 1024
    /// Plaintext held until the handshake is complete.
    package static let maximumQueuedBytes = 1024 * 1024
    /// How long a close waits for a peer that reads nothing to take our close_notify.
    package static let closeTimeout = TimeAmount.seconds(5)

    private enum State {
        case idle
        case handshaking
        case open
        /// close_notify or an alert is on its way out, then the channel closes.
        case closing
        case closed
    }

    let session: TLSSession
    private var state = State.idle
    private var handshakeBytes = 0
    private var isInputClosed = false
    private var isOutputClosed = false
    /// The application asked to read and has got nothing since.
    private var isReadWanted = false

    /// Plaintext not yet encrypted; its first `flushedBytes` bytes may be.
    private var pending = ByteBuffer()
    private var flushedBytes = 0
    private var flushedPromise: EventLoopPromise<Void>?
    private var unflushedPromise: EventLoopPromise<Void>?
    private var closePromise: EventLoopPromise<Void>?
    private var closeDeadline: Scheduled<Void>?

    /// What was negotiated; nil before the end of the handshake.
    package private(set) var sessionInfo: TLSSessionInfo?

    /// The server's side: the client's server name selects the certificate.
    package init(server store: TLSContextStore, applicationProtocols: ApplicationProtocols = .none) throws(TLSError) {
        session = try TLSSession(
            context: store.fallback, store: store, peerName: nil, applicationProtocols: applicationProtocols)
    }

    /// The client's side.
    ///
    /// `serverName`: asked for, and verified in the certificate unless the context does not verify: a domain
    ///   name in ASCII form, or an IP address.
    package init(
        client context: TLSContext, serverName: String?, applicationProtocols: ApplicationProtocols = .none
    ) throws(TLSError) {
        session = try TLSSession(
            context: context, store: nil, peerName: serverName, applicationProtocols: applicationProtocols)
    }

    /// The channel binding of the session, on the event loop and after the handshake; nil if the session has none of
    /// that type, which must then not be offered.
    package func channelBinding(_ type: ChannelBindingType) -> [UInt8]? {
        sessionInfo == nil ? nil : session.channelBinding(type)
    }

    // MARK: Life

    package func handlerAdded(context: ChannelHandlerContext) {
        if context.channel.isActive { start(context) }
    }

    package func channelActive(context: ChannelHandlerContext) {
        start(context)
        context.fireChannelActive()
    }

    package func channelInactive(context: ChannelHandlerContext) {
        let before = state
        finish()
        switch before {
        case .handshaking:
            context.fireErrorCaught(TLSError(.interrupted, reason: "the connection ended during the TLS handshake"))
        case .open where !isInputClosed:
            context.fireErrorCaught(TLSHandler.truncated)
        default: break
        }
        context.fireChannelInactive()
    }

    package func handlerRemoved(context: ChannelHandlerContext) {
        finish()
    }

    // MARK: Inbound

    package func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch state {
        case .handshaking, .open:
            guard !isInputClosed else { return }
            var bytes = unwrapInboundIn(data)
            if state == .handshaking { handshakeBytes += bytes.readableBytes }
            session.receive(&bytes)
            process(context)
        case .idle, .closing, .closed: break
        }
    }

    package func channelReadComplete(context: ChannelHandlerContext) {
        // Bytes that made no plaintext must not leave an application waiting that does its own reads.
        if state == .handshaking || (state == .open && isReadWanted && !isInputClosed) { context.read() }
        context.fireChannelReadComplete()
        // What the handshake or the session itself had to say and no answer of the application has taken along.
        if state == .open { sendOutbound(context) }
    }

    package func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        guard let event = event as? ChannelEvent, event == .inputClosed else {
            context.fireUserInboundEventTriggered(event)
            return
        }
        switch state {
        case .handshaking:
            fail(context, TLSError(.interrupted, reason: "the connection ended during the TLS handshake"))
        case .open where !isInputClosed:
            fail(context, TLSHandler.truncated)
        case .open, .closing: break  // The application has had close_notify, which says the same.
        case .idle, .closed: context.fireUserInboundEventTriggered(event)
        }
    }

    private func start(_ context: ChannelHandlerContext) {
        guard state == .idle else { return }
        state = .handshaking
        process(context)
        if state == .handshaking { context.read() }
    }

    private func process(_ context: ChannelHandlerContext) {
        if state == .handshaking {
            switch session.handshake() {
            case .done:
                state = .open
                let info = session.info
                sessionInfo = info
                if flushedBytes > 0 { encryptFlushed(context) }
                context.fireUserInboundEventTriggered(TLSEvent.handshakeCompleted(info))
            case .wantsInput:
                sendOutbound(context)
                guard handshakeBytes <= TLSHandler.maximumHandshakeBytes else {
                    return fail(context, TLSError(.handshakeFailed, reason: "the handshake is too long"))
                }
                return
            case .closed:
                return fail(context, TLSError(.interrupted, reason: "the peer closed during the TLS handshake"))
            case .failed(let error):
                return fail(context, error)
            }
        }
        guard state == .open, !isInputClosed else { return }
        var plaintext = context.channel.allocator.buffer(capacity: 0)
        let progress = session.read(into: &plaintext)
        if case .closed = progress { isInputClosed = true }
        if plaintext.readableBytes > 0 {
            isReadWanted = false
            context.fireChannelRead(wrapInboundOut(plaintext))
        }
        switch progress {
        case .done, .wantsInput: break
        case .closed: peerClosed(context)
        case .failed(let error): fail(context, error)
        }
    }

    private func peerClosed(_ context: ChannelHandlerContext) {
        context.fireUserInboundEventTriggered(TLSEvent.closed)
        guard state == .open else { return }
        let allowsHalfClosure = try? context.channel.syncOptions?.getOption(.allowRemoteHalfClosure)
        if allowsHalfClosure == true, !isOutputClosed {
            context.fireUserInboundEventTriggered(ChannelEvent.inputClosed)
        } else {
            shutDown(context, promise: nil)
        }
    }

    // MARK: Outbound

    package func read(context: ChannelHandlerContext) {
        isReadWanted = true
        context.read()
    }

    package func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        guard state != .closing, state != .closed, !isOutputClosed else {
            promise?.fail(isOutputClosed ? ChannelError.outputClosed : ChannelError.ioOnClosedChannel)
            return
        }
        var bytes = unwrapOutboundIn(data)
        if pending.readableBytes == 0 {
            pending = bytes
        } else {
            pending.writeBuffer(&bytes)
        }
        if let promise { unflushedPromise.setOrCascade(to: promise) }
        if state != .open, pending.readableBytes > TLSHandler.maximumQueuedBytes {
            fail(context, TLSError(.queueFull, reason: "too much was written before the TLS handshake was complete"))
        }
    }

    package func flush(context: ChannelHandlerContext) {
        flushedBytes = pending.readableBytes
        if let promise = unflushedPromise {
            flushedPromise.setOrCascade(to: promise)
            unflushedPromise = nil
        }
        switch state {
        case .idle, .handshaking: break
        case .open: encryptFlushed(context)
        case .closing, .closed: context.flush()
        }
    }

    package func close(context: ChannelHandlerContext, mode: CloseMode, promise: EventLoopPromise<Void>?) {
        switch (mode, state) {
        case (.all, .open):
            shutDown(context, promise: promise)
        case (.all, .closing):
            if let promise { closePromise.setOrCascade(to: promise) }
        case (.output, .open) where !isOutputClosed:
            isOutputClosed = true
            failPending(ChannelError.outputClosed)
            session.shutdown()
            sendOutbound(context)
            context.close(mode: .output, promise: promise)
        case (.all, _):
            finish()
            context.close(mode: mode, promise: promise)
        default:
            context.close(mode: mode, promise: promise)
        }
    }

    /// Encrypts what was flushed and sends it, in one write.
    private func encryptFlushed(_ context: ChannelHandlerContext) {
        let promise = flushedPromise
        flushedPromise = nil
        if flushedBytes > 0 {
            let error = session.write(&pending, count: flushedBytes, allocator: context.channel.allocator)
            flushedBytes = 0
            if pending.readableBytes == 0 { pending = ByteBuffer() }
            if let error {
                promise?.fail(error)
                return fail(context, error)
            }
        }
        if session.hasOutbound {
            context.writeAndFlush(wrapOutboundOut(session.takeOutbound()), promise: promise)
        } else {
            promise?.succeed()
            context.flush()
        }
    }

    private func sendOutbound(_ context: ChannelHandlerContext) {
        guard session.hasOutbound else { return }
        context.writeAndFlush(wrapOutboundOut(session.takeOutbound()), promise: nil)
    }

    // MARK: End

    private static let truncated = TLSError(
        .uncleanShutdown, reason: "the connection ended without close_notify")

    /// Sends the alert OpenSSL has prepared, reports the error and closes.
    private func fail(_ context: ChannelHandlerContext, _ error: TLSError) {
        guard state != .closing, state != .closed else { return }
        state = .closing
        failPending(error)
        context.fireErrorCaught(error)
        sendLast(context)
    }

    /// Sends close_notify after all that was flushed, then closes.
    private func shutDown(_ context: ChannelHandlerContext, promise: EventLoopPromise<Void>?) {
        if let promise { closePromise.setOrCascade(to: promise) }
        state = .closing
        failPending(ChannelError.ioOnClosedChannel)
        session.shutdown()
        sendLast(context)
    }

    private func sendLast(_ context: ChannelHandlerContext) {
        guard state == .closing else { return }
        let written = context.eventLoop.makePromise(of: Void.self)
        // An empty write too completes only after all ciphertext before it.
        context.writeAndFlush(wrapOutboundOut(session.takeOutbound()), promise: written)
        written.futureResult.assumeIsolated().whenComplete { _ in self.closeChannel(context) }
        guard state == .closing else { return }
        closeDeadline = context.eventLoop.assumeIsolated().scheduleTask(in: TLSHandler.closeTimeout) {
            self.closeChannel(context)
        }
    }

    private func closeChannel(_ context: ChannelHandlerContext) {
        guard state == .closing else { return }
        let promise = closePromise
        closePromise = nil
        finish()
        context.close(mode: .all, promise: promise)
    }

    /// Nothing more goes in or out.
    private func finish() {
        guard state != .closed else { return }
        state = .closed
        closeDeadline?.cancel()
        closeDeadline = nil
        closePromise?.succeed()
        closePromise = nil
        failPending(ChannelError.ioOnClosedChannel)
    }

    private func failPending(_ error: any Error) {
        pending = ByteBuffer()
        flushedBytes = 0
        let flushed = flushedPromise
        let unflushed = unflushedPromise
        flushedPromise = nil
        unflushedPromise = nil
        flushed?.fail(error)
        unflushed?.fail(error)
    }
}
