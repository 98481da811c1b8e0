//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

internal import NIOCore
internal import XMPPCore
internal import XMPPTLS
internal import XMPPXML

/// What a script's connection has seen and nobody has asked for yet.
struct StreamInbox: Sendable, CustomStringConvertible {
    enum Event: Sendable {
        case opened(StreamHeader)
        case element(XMLElement)
        case secured(TLSSessionInfo)
        /// The peer sent `</stream:stream>`.
        case closed
        /// The peer sent what is no stream.
        case failed(String)

        /// The server wants to know how many stanzas have come.
        var isRequest: Bool {
            guard case .element(let element) = self else { return false }
            return element.isNamed("r", "urn:xmpp:sm:3")
        }
    }

    var events = CircularBuffer<Event>()
    /// The connection is gone.
    var isGone = false

    var description: String {
        let seen = events.prefix(20).map { event in
            switch event {
            case .opened(let header): "<stream:stream id='\(header.id ?? "")'>"
            case .element(let element): String(element.xmlString.prefix(300))
            case .secured: "(TLS)"
            case .closed: "</stream:stream>"
            case .failed(let reason): "(\(reason))"
            }
        }
        let more = events.count > 20 ? ["… \(events.count) in all"] : []
        return (seen + more + (isGone ? ["(connection closed)"] : ["(connection open)"])).joined(separator: "\n  ")
    }
}

/// Parses what the server sends. Confined to its loop.
final class StreamEventHandler: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer

    private let inbox: Watched<StreamInbox>
    private let parser = XMLStreamParser(pool: XMLParserPool(), limits: .stored)
    var tls: TLSHandler?
    /// Stanzas that came since acknowledgements were enabled (XEP-0198 §4).
    private(set) var stanzas: UInt32 = 0
    /// Whether the server's requests are answered at once; nobody sees them then.
    var acknowledges = false

    init(_ inbox: Watched<StreamInbox>) {
        self.inbox = inbox
    }

    /// The next bytes are a header.
    func restart() { parser.restart() }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        var events: [StreamInbox.Event] = []
        do throws(StreamError) {
            try unwrapInboundIn(data).withUnsafeReadableBytes { (bytes) throws(StreamError) -> Void in
                try parser.feed(bytes) { event in
                    switch event {
                    case .opened(let header): events.append(.opened(header))
                    case .element(let element): events.append(.element(element))
                    case .closed: events.append(.closed)
                    }
                }
            }
        } catch {
            events.append(.failed("not a stream: \(error.condition.rawValue)"))
        }
        for case .element(let element) in events { count(element) }
        if acknowledges, events.contains(where: \.isRequest) {
            events.removeAll(where: \.isRequest)
            acknowledge(on: context.channel)
        }
        let found = events
        inbox.change { $0.events.append(contentsOf: found) }
    }

    private func count(_ element: XMLElement) {
        if Stanza.kind(of: element) != nil {
            stanzas &+= 1
        } else if element.isNamed("enabled", "urn:xmpp:sm:3") || element.isNamed("success", "urn:xmpp:sasl:2") {
            stanzas = 0
        }
    }

    /// Says how many stanzas have come.
    func acknowledge(on channel: any Channel) {
        channel.writeAndFlush(ByteBuffer(string: "<a xmlns='urn:xmpp:sm:3' h='\(stanzas)'/>"), promise: nil)
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if let event = event as? TLSEvent, case .handshakeCompleted(let session) = event {
            inbox.change { $0.events.append(.secured(session)) }
        }
        context.fireUserInboundEventTriggered(event)
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        let reason = "\(error)"
        inbox.change { $0.events.append(.failed(reason)) }
        context.close(promise: nil)
    }

    func channelInactive(context: ChannelHandlerContext) {
        inbox.change { $0.isGone = true }
        context.fireChannelInactive()
    }
}
