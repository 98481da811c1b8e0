//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

import Logging
import NIOCore
import XMPPCore
import XMPPXML

/// What the connection tells its handler.
enum ComponentOrder: Sendable {
    /// So many more stanzas need no repetition.
    case handled(Int)
    /// Close the stream in good order.
    case close
}

/// One component stream on its loop: header, handshake, then stanzas both ways with XEP-0198 counts where the server
/// announces them.
final class ComponentHandler: ChannelDuplexHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundIn = [OutgoingStanza]
    typealias OutboundOut = ByteBuffer

    private enum Phase {
        case opening
        case handshaking(hasAcknowledgements: Bool)
        case enabling
        case open(hasAcknowledgements: Bool)
        case closing
        case closed
    }

    private static let streamManagement = "urn:xmpp:sm:3"
    /// What Switchboard and its components say to each other beyond XEP-0114.
    private static let extensionNamespace = "urn:switchboard:component:1"
    private static let acknowledgementsAttribute = "{\(extensionNamespace)}acks"
    /// Pause between two requests while something is unacknowledged.
    private static let requestInterval = TimeAmount.seconds(1)
    /// Time for the server to close its side.
    private static let closingTime = TimeAmount.seconds(2)

    private let settings: ComponentSettings
    private let session: Int
    private let logger: Logger
    private let deliver: @Sendable (ComponentEvent) -> Void
    private let parser = XMLStreamParser(pool: XMLParserPool(), limits: .beforeAuthentication)

    private var phase = Phase.opening
    private var window = AcknowledgementWindow()
    /// Stanzas of the server that need no repetition; wraps like the count on the wire.
    private var handled: UInt32 = 0
    /// Stanzas handed out before counting began: their handling is not counted.
    private var uncounted = 0
    private var unhandled = 0
    private var isReadHeldBack = false
    private var lastRead = NIODeadline.now()
    private var lastWrite = NIODeadline.now()
    private var isRequestOut = false
    private var ticker: RepeatedTask?
    private var negotiation: Scheduled<Void>?

    init(
        settings: ComponentSettings, session: Int, logger: Logger,
        deliver: @escaping @Sendable (ComponentEvent) -> Void
    ) {
        self.settings = settings
        self.session = session
        self.logger = logger
        self.deliver = deliver
    }

    // MARK: Life

    func channelActive(context: ChannelHandlerContext) {
        let domain = XMLElement("x", "", ["to": settings.domain]).xmlString.dropFirst(2).dropLast(2)
        write(
            "<?xml version='1.0'?><stream:stream xmlns='\(Namespace.component)' "
                + "xmlns:stream='\(Namespace.streams)'\(domain)>", context)
        let channel = context.channel
        let logger = logger
        negotiation = context.eventLoop.scheduleTask(in: TimeAmount(settings.negotiationTimeout)) {
            logger.warning("The server did not answer the component's handshake in time.")
            channel.close(promise: nil)
        }
        let loopBound = NIOLoopBound((self, context), eventLoop: context.eventLoop)
        ticker = context.eventLoop.scheduleRepeatedTask(
            initialDelay: Self.requestInterval, delay: Self.requestInterval
        ) { _ in
            let (handler, context) = loopBound.value
            handler.tick(context)
        }
        context.fireChannelActive()
    }

    func channelInactive(context: ChannelHandlerContext) {
        negotiation?.cancel()
        ticker?.cancel()
        ticker = nil
        if case .closed = phase {
        } else {
            phase = .closed
            deliver(.disconnected(session: session))
        }
        context.fireChannelInactive()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        logger.debug("Component connection failed.", metadata: ["error": "\(error)"])
        context.close(promise: nil)
    }

    private func tick(_ context: ChannelHandlerContext) {
        guard case .open(let hasAcknowledgements) = phase else { return }
        let now = NIODeadline.now()
        if isRequestOut, now - lastRead > TimeAmount(settings.deadAfter) {
            logger.warning("The server has fallen silent.")
            return context.close(promise: nil)
        }
        let isIdle = now - lastWrite >= TimeAmount(settings.keepAlive)
        if hasAcknowledgements, !window.isEmpty || isIdle {
            request(context)
        } else if isIdle {
            write(" ", context)
        }
    }

    // MARK: From the server

    func read(context: ChannelHandlerContext) {
        if unhandled < settings.unhandledLimit {
            context.read()
        } else {
            isReadHeldBack = true
        }
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        lastRead = .now()
        let buffer = unwrapInboundIn(data)
        var events: [XMLStreamEvent] = []
        do {
            try buffer.withUnsafeReadableBytes { bytes in
                try parser.feed(bytes) { events.append($0) }
            }
        } catch {
            handle(events, context)
            logger.warning("The server's stream cannot be read.", metadata: ["error": "\(error)"])
            write((error as? StreamError)?.element.xmlString ?? "", context)
            return close(context)
        }
        handle(events, context)
    }

    private func handle(_ events: [XMLStreamEvent], _ context: ChannelHandlerContext) {
        for event in events {
            switch (event, phase) {
            case (_, .closed): return
            case (.opened(let header), .opening): opened(header, context)
            case (.opened, _): break
            case (.element(let element), _): received(element, context)
            case (.closed, .closing): context.close(promise: nil)
            case (.closed, _):
                close(context)
                context.close(promise: nil)
            }
        }
    }

    private func opened(_ header: StreamHeader, _ context: ChannelHandlerContext) {
        guard header.name == "stream", header.namespace == Namespace.streams, let id = header.id else {
            logger.warning("What answers on the component port does not speak XEP-0114.")
            return context.close(promise: nil)
        }
        phase = .handshaking(hasAcknowledgements: header.extensions[Self.acknowledgementsAttribute] == "1")
        write("<handshake>\(ComponentHandshake.digest(streamID: id, secret: settings.secret))</handshake>", context)
    }

    private func received(_ element: XMLElement, _ context: ChannelHandlerContext) {
        if let error = StreamError(element) {
            logger.warning("The server closes the component's stream.", metadata: ["error": "\(error.condition)"])
            close(context)
            return
        }
        switch phase {
        case .handshaking(let hasAcknowledgements) where element.isNamed("handshake", Namespace.client):
            if hasAcknowledgements {
                phase = .enabling
                write("<enable xmlns='\(Self.streamManagement)'/>", context)
            } else {
                open(hasAcknowledgements: false)
            }
        case .enabling where element.isNamed("enabled", Self.streamManagement):
            open(hasAcknowledgements: true)
        case .enabling where element.isNamed("failed", Self.streamManagement):
            open(hasAcknowledgements: false)
        case .open(hasAcknowledgements: true) where element.namespace == Self.streamManagement:
            acknowledgement(element, context)
        case .enabling, .open, .closing:
            hand(element)
        default:
            logger.debug("Unexpected element before the handshake.", metadata: ["element": "\(element.name)"])
        }
    }

    private func open(hasAcknowledgements: Bool) {
        negotiation?.cancel()
        phase = .open(hasAcknowledgements: hasAcknowledgements)
        parser.limits = .stored
        handled = 0
        uncounted = unhandled
        deliver(.connected(session: session, hasAcknowledgements: hasAcknowledgements))
    }

    private func hand(_ element: XMLElement) {
        unhandled += 1
        do throws(StanzaError) {
            deliver(.stanza(try Stanza(element), session: session))
        } catch {
            deliver(.unreadable(error, session: session))
        }
    }

    private func acknowledgement(_ element: XMLElement, _ context: ChannelHandlerContext) {
        switch element.name {
        case "r":
            write("<a xmlns='\(Self.streamManagement)' h='\(handled)'/>", context)
        case "a":
            isRequestOut = false
            guard let count = element["h"].flatMap({ UInt32($0) }) else { return }
            do {
                let tags = try window.acknowledge(count)
                if !tags.isEmpty { deliver(.acknowledged(tags)) }
            } catch {
                logger.error("The server acknowledges more than it was sent.", metadata: ["error": "\(error)"])
                write(StreamError(.undefinedCondition).element.xmlString, context)
                close(context)
            }
        default: break
        }
    }

    // MARK: To the server

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        let stanzas = unwrapOutboundIn(data)
        guard case .open(let hasAcknowledgements) = phase else {
            promise?.fail(ChannelError.ioOnClosedChannel)
            return
        }
        var buffer = context.channel.allocator.buffer(capacity: 1024)
        for outgoing in stanzas {
            buffer.writeStanza(hasAcknowledgements ? Self.marked(outgoing) : outgoing.stanza)
            if hasAcknowledgements { window.append(outgoing.tag) }
        }
        let tags = stanzas.compactMap(\.tag)
        if hasAcknowledgements, !tags.isEmpty {
            buffer.writeString("<r xmlns='\(Self.streamManagement)'/>")
            isRequestOut = true
        }
        lastWrite = .now()
        guard !hasAcknowledgements, !tags.isEmpty else {
            return context.write(wrapOutboundOut(buffer), promise: promise)
        }
        let written = promise ?? context.eventLoop.makePromise(of: Void.self)
        let deliver = deliver
        written.futureResult.whenSuccess { deliver(.acknowledged(tags)) }
        context.write(wrapOutboundOut(buffer), promise: written)
    }

    /// A message with the mark by which Switchboard knows a repetition. Other servers never see it.
    private static func marked(_ outgoing: OutgoingStanza) -> Stanza {
        let stanza = outgoing.stanza
        guard stanza.kind == .message, let tag = outgoing.tag else { return stanza }
        let element = stanza.element.adding(XMLElement("sent", extensionNamespace, ["id": tag]))
        return (try? Stanza(element, kind: stanza.kind, from: stanza.from, to: stanza.to)) ?? stanza
    }

    func triggerUserOutboundEvent(context: ChannelHandlerContext, event: Any, promise: EventLoopPromise<Void>?) {
        guard let order = event as? ComponentOrder else {
            return context.triggerUserOutboundEvent(event, promise: promise)
        }
        switch order {
        case .handled(let count): handled(count, context)
        case .close: close(context)
        }
        promise?.succeed()
    }

    private func handled(_ count: Int, _ context: ChannelHandlerContext) {
        unhandled = max(0, unhandled - count)
        let early = min(uncounted, count)
        uncounted -= early
        handled &+= UInt32(truncatingIfNeeded: count - early)
        if case .open(hasAcknowledgements: true) = phase {
            write("<a xmlns='\(Self.streamManagement)' h='\(handled)'/>", context)
        }
        if isReadHeldBack, unhandled < settings.unhandledLimit {
            isReadHeldBack = false
            context.read()
        }
    }

    private func request(_ context: ChannelHandlerContext) {
        write("<r xmlns='\(Self.streamManagement)'/>", context)
        isRequestOut = true
    }

    private func close(_ context: ChannelHandlerContext) {
        switch phase {
        case .closing, .closed: return
        default: break
        }
        phase = .closing
        // While closing, the server's side must be read to its end.
        unhandled = 0
        if isReadHeldBack {
            isReadHeldBack = false
            context.read()
        }
        write("</stream:stream>", context)
        let channel = context.channel
        context.eventLoop.scheduleTask(in: Self.closingTime) { channel.close(promise: nil) }
    }

    private func write(_ text: String, _ context: ChannelHandlerContext) {
        guard !text.isEmpty else { return }
        lastWrite = .now()
        context.writeAndFlush(wrapOutboundOut(context.channel.allocator.buffer(string: text)), promise: nil)
    }
}
