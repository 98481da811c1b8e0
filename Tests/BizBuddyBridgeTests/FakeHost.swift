//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

import NIOCore
import NIOPosix
import Synchronization
import XMPPCore
import XMPPXML

/// A server's side of XEP-0114, no more than a test needs: one component at a time on a loopback port.
final class FakeHost: Sendable {
    private struct State {
        var connection: (any Channel)?
        var received: [XMLElement] = []
        var connections = 0
        /// Stanzas of the component since counting began.
        var handled = 0
        var acknowledged = 0
        var acknowledgesByItself = true
        /// Counts whatever has happened, for those who wait for it.
        var changes = 0
        var waiters: [CheckedContinuation<Void, Never>] = []
    }

    static let acknowledgements = "xmlns:sb='urn:switchboard:component:1' sb:acks='1'"

    private let state = Mutex(State())
    private let listener: Mutex<(any Channel)?> = Mutex(nil)
    let attributes: String
    let early: String
    let group = MultiThreadedEventLoopGroup.singleton

    /// - Parameters:
    ///   - attributes: of the stream's header.
    ///   - early: sent just before counting begins.
    init(attributes: String = FakeHost.acknowledgements, early: String = "") {
        self.attributes = attributes
        self.early = early
    }

    /// Listens and gives the port.
    func start() async throws -> Int {
        let channel = try await ServerBootstrap(group: group)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(FakeHostHandler(self))
                }
            }
            .bind(host: "127.0.0.1", port: 0).get()
        listener.withLock { $0 = channel }
        return channel.localAddress?.port ?? 0
    }

    func stop() async {
        kick()
        try? await listener.withLock { $0 }?.close()
    }

    /// Breaks the connection.
    func kick() {
        state.withLock { $0.connection }?.close(promise: nil)
    }

    func send(_ xml: String) {
        guard let channel = state.withLock({ $0.connection }) else { return }
        channel.writeAndFlush(ByteBuffer(string: xml), promise: nil)
    }

    /// Whether requests for acknowledgement are answered.
    func setAcknowledges(_ yes: Bool) {
        state.withLock { $0.acknowledgesByItself = yes }
    }

    var acknowledged: Int { state.withLock { $0.acknowledged } }
    var connections: Int { state.withLock { $0.connections } }
    var received: [XMLElement] { state.withLock { $0.received } }

    /// Waits until the component has sent such an element.
    func element(
        _ what: String, within limit: Duration = .seconds(20), where matches: @Sendable (XMLElement) -> Bool
    ) async throws -> XMLElement {
        try await value(what, within: limit) { received.last(where: matches) }
    }

    func value<Value>(
        _ what: String, within limit: Duration = .seconds(20), _ get: () -> Value?
    ) async throws
        -> Value
    {
        let end = ContinuousClock.now + limit
        let alarm = group.next().scheduleTask(in: TimeAmount(limit)) { self.changed() }
        defer { alarm.cancel() }
        while true {
            let seen = state.withLock { $0.changes }
            if let value = get() { return value }
            guard ContinuousClock.now < end else {
                throw Missing(what: what, received: received.map(\.description))
            }
            await change(after: seen)
        }
    }

    private func change(after seen: Int) async {
        await withCheckedContinuation { continuation in
            let isPast = state.withLock { state in
                if state.changes == seen { state.waiters.append(continuation) }
                return state.changes != seen
            }
            if isPast { continuation.resume() }
        }
    }

    private func changed() {
        let waiters = state.withLock { state in
            state.changes += 1
            defer { state.waiters = [] }
            return state.waiters
        }
        for waiter in waiters { waiter.resume() }
    }

    struct Missing: Error {
        let what: String
        let received: [String]
    }

    fileprivate func connected(_ channel: any Channel) {
        state.withLock { state in
            state.connection = channel
            state.connections += 1
            state.handled = 0
            state.acknowledged = 0
        }
        changed()
    }

    /// Takes an element and gives the answer.
    fileprivate func take(_ element: XMLElement) -> String? {
        defer { changed() }
        return state.withLock { state in
            state.received.append(element)
            switch element.name {
            case "handshake": return "<handshake/>"
            case "enable":
                state.handled = 0
                return early + "<enabled xmlns='urn:xmpp:sm:3'/>"
            case "r":
                return state.acknowledgesByItself ? "<a xmlns='urn:xmpp:sm:3' h='\(state.handled)'/>" : nil
            case "a":
                state.acknowledged = Int(element["h"] ?? "") ?? 0
                return nil
            case "message", "presence", "iq":
                state.handled += 1
                return nil
            default: return nil
            }
        }
    }
}

private final class FakeHostHandler: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private let host: FakeHost
    private let parser = XMLStreamParser(pool: XMLParserPool(), limits: .stored)

    init(_ host: FakeHost) {
        self.host = host
    }

    func channelActive(context: ChannelHandlerContext) {
        host.connected(context.channel)
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        var answers = ""
        do {
            try unwrapInboundIn(data).withUnsafeReadableBytes { bytes in
                try parser.feed(bytes) { event in
                    switch event {
                    case .opened:
                        answers +=
                            "<stream:stream xmlns='jabber:component:accept' "
                            + "xmlns:stream='http://etherx.jabber.org/streams' id='stream-1' \(host.attributes)>"
                    case .element(let element): answers += host.take(element) ?? ""
                    case .closed: answers += "</stream:stream>"
                    }
                }
            }
        } catch {
            context.close(promise: nil)
        }
        if !answers.isEmpty {
            context.writeAndFlush(wrapOutboundOut(ByteBuffer(string: answers)), promise: nil)
        }
    }
}
