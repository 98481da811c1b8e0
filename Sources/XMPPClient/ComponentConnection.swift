//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

package import Logging
package import NIOCore
import NIOPosix
import Synchronization
import XMPPCore

/// A component's connection to its server (XEP-0114) that comes back by itself.
///
/// Events are handed over in order, on the connection's event loop: `onEvent` must not block. Reading stops while more
/// than ``ComponentSettings/unhandledLimit`` stanzas have not been reported as handled.
package final class ComponentConnection: Sendable {
    private struct State {
        var channel: (any Channel)?
        var session = 0
        var isOpen = false
        var isStopped = false
    }

    private let settings: ComponentSettings
    private let group: any EventLoopGroup
    private let logger: Logger
    private let onEvent: @Sendable (ComponentEvent) -> Void
    private let state = Mutex(State())
    /// A connection that held this long was a good one: the next pause is short again.
    private static let goodConnection: Duration = .seconds(30)

    package init(
        settings: ComponentSettings, group: any EventLoopGroup = MultiThreadedEventLoopGroup.singleton,
        logger: Logger, onEvent: @escaping @Sendable (ComponentEvent) -> Void
    ) {
        self.settings = settings
        self.group = group
        self.logger = logger
        self.onEvent = onEvent
    }

    /// Connects, and connects again whenever the connection breaks, until ``stop()`` or cancellation.
    package func run() async {
        var backoff = settings.backoff
        while !isOver {
            let start = ContinuousClock.now
            do {
                try await connectOnce()
            } catch {
                logger.warning(
                    "Cannot reach the server's component port.",
                    metadata: [
                        "host": "\(settings.host)", "port": "\(settings.port)", "error": "\(error)",
                    ])
            }
            if ContinuousClock.now - start > Self.goodConnection { backoff.reset() }
            guard !isOver else { return }
            try? await Task.sleep(for: backoff.pause(jitter: .random(in: 0...1)))
        }
    }

    /// Sends stanzas in order. False, and nothing is sent, unless the session is the one that is open.
    @discardableResult
    package func send(_ stanzas: [OutgoingStanza], session: Int) -> Bool {
        guard let channel = state.withLock({ $0.isOpen && $0.session == session ? $0.channel : nil }) else {
            return false
        }
        guard !stanzas.isEmpty else { return true }
        channel.writeAndFlush(stanzas, promise: nil)
        return true
    }

    /// Says that the next so many stanzas of a session need no repetition; ignored for a session that is over.
    package func handled(_ count: Int, session: Int) {
        guard count > 0, let channel = state.withLock({ $0.session == session ? $0.channel : nil }) else { return }
        channel.triggerUserOutboundEvent(ComponentOrder.handled(count), promise: nil)
    }

    /// Closes the stream in good order and does not come back. Returns when the connection is closed.
    package func stop() async {
        let channel = state.withLock { state in
            state.isStopped = true
            return state.channel
        }
        guard let channel else { return }
        channel.triggerUserOutboundEvent(ComponentOrder.close, promise: nil)
        try? await channel.closeFuture.get()
    }

    private var isOver: Bool { Task.isCancelled || state.withLock { $0.isStopped } }

    private func connectOnce() async throws {
        let session = state.withLock { state in
            state.session += 1
            return state.session
        }
        let settings = settings
        let logger = logger
        let channel = try await ClientBootstrap(group: group)
            .connectTimeout(TimeAmount(settings.negotiationTimeout))
            .channelOption(.tcpOption(.tcp_nodelay), value: 1)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(
                        ComponentHandler(settings: settings, session: session, logger: logger) {
                            self.report($0, on: channel)
                        })
                }
            }
            .connect(host: settings.host, port: settings.port).get()
        let isStopped = state.withLock { state in
            if state.channel == nil { state.channel = channel }
            return state.isStopped
        }
        if isStopped { channel.close(promise: nil) }
        await withTaskCancellationHandler {
            try? await channel.closeFuture.get()
        } onCancel: {
            channel.close(promise: nil)
        }
        state.withLock { state in
            state.channel = nil
            state.isOpen = false
        }
    }

    private func report(_ event: ComponentEvent, on channel: any Channel) {
        switch event {
        case .connected:
            state.withLock { state in
                state.channel = channel
                state.isOpen = true
            }
            logger.info("Connected to the server.", metadata: ["domain": "\(settings.domain)"])
        case .disconnected:
            state.withLock { $0.isOpen = false }
            logger.info("Disconnected from the server.", metadata: ["domain": "\(settings.domain)"])
        default: break
        }
        onEvent(event)
    }
}
