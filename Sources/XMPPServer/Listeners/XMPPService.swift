//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

internal import CoreMetrics
internal import Logging
internal import NIOCore
internal import NIOHTTP1
internal import NIOPosix
internal import ServiceLifecycle
internal import Synchronization
internal import XMPPCore
internal import XMPPPayloads
package import XMPPSASL
internal import XMPPStorage
internal import XMPPStream
package import XMPPTLS
internal import XMPPXML

/// The listeners of a server, from the first open port to the last closed stream.
package final class XMPPService: Service {
    private let server: ServerCore
    private let listeners: [ListenerConfiguration]
    private let tls: TLSContextStore?
    private let clientCertificateTLS: [String: TLSContextStore]
    private let secret: SASLServerSecret
    private let metrics: PrometheusRegistry
    private let modules: [any ServerModule]
    private let ready: @Sendable ([ListenerConfiguration]) -> Void
    /// By name of the listener: made once, and shared by its streams.
    private let policies: Mutex<[String: ResponderPolicy]> = Mutex([:])
    private let clientLimiter: ConnectionLimiter
    /// Components and whoever asks for the health: strangers that use up all connections must not keep them out.
    private let serviceLimiter: ConnectionLimiter
    private let serverLimiter: ConnectionLimiter

    /// `tls` may be nil only if no listener speaks TLS; `clientCertificateTLS` takes its place on listeners, by name, that ask
    /// clients for certificates; `secret` is what made-up credentials come from, the same over
    /// restarts; `ready` is told once all ports are open, with the ports that were really bound.
    package init(
        server: ServerCore, modules: [any ServerModule], listeners: [ListenerConfiguration], tls: TLSContextStore?,
        clientCertificateTLS: [String: TLSContextStore] = [:], secret: SASLServerSecret, metrics: PrometheusRegistry,
        ready: @escaping @Sendable ([ListenerConfiguration]) -> Void = { _ in }
    ) {
        self.server = server
        self.modules = modules
        self.listeners = listeners
        self.tls = tls
        self.clientCertificateTLS = clientCertificateTLS
        self.secret = secret
        self.metrics = metrics
        self.ready = ready
        let limits = server.configuration.limits
        clientLimiter = ConnectionLimiter(maximum: limits.connections, perAddress: limits.connectionsPerAddress)
        serviceLimiter = ConnectionLimiter(maximum: limits.connections, perAddress: limits.connectionsPerAddress)
        serverLimiter = ConnectionLimiter(
            maximum: limits.serverConnections, perAddress: limits.serverConnectionsPerAddress)
    }

    package func run() async throws {
        let group = MultiThreadedEventLoopGroup(numberOfThreads: ServerThreads.available)
        do {
            try await serve(on: group)
        } catch {
            try? await group.shutdownGracefully()
            throw error
        }
        try? await group.shutdownGracefully()
        await server.hashing.stop()
    }

    private func serve(on group: MultiThreadedEventLoopGroup) async throws {
        var resources: [LoopResources] = []
        for loop in group.makeIterator() {
            resources.append(try await loop.submit { LoopResources(loop) }.get())
        }
        let made = resources
        server.loops.withLock { $0 = made.map(\.loop) }
        server.loopResources.withLock { $0 = made }
        registerGauges()
        try await server.readOfflineRows()
        for module in modules { try await module.prepare(server) }
        try await server.wakeSessions(on: resources)
        await server.keys.refresh()
        try await server.rememberLoginPlaces()
        try await server.tokens.store.removeExpired(before: Timestamp.now().milliseconds)
        let loops = LoopTable(resources)
        var channels: [any Channel] = []
        var bound: [ListenerConfiguration] = []
        do {
            for listener in listeners {
                let channel = try await open(listener, group, loops)
                channels.append(channel)
                var real = listener
                real.port = channel.localAddress?.port ?? listener.port
                bound.append(real)
                server.log.info("Listening", metadata: ["listener": "\(listener.name)", "port": "\(real.port)"])
            }
        } catch {
            for channel in channels { try? await channel.close() }
            throw error
        }
        ready(bound)
        await runUntilStopped()
        server.log.info("Stopping")
        for channel in channels { try? await channel.close() }
        let grace = server.configuration.limits.stopSeconds
        let closer = Task { [resources] in
            // Streams whose peer does not take the end of the stream are cut off.
            try? await Task.sleep(for: .seconds(grace))
            guard !Task.isCancelled else { return }
            for resource in resources { try? await resource.loop.submit { resource.abortAll() }.get() }
        }
        for resource in resources {
            try? await resource.loop.submit { resource.closeAll(StreamError(.systemShutdown)) }.get()
        }
        await clientLimiter.waitUntilEmpty()
        await serviceLimiter.waitUntilEmpty()
        await serverLimiter.waitUntilEmpty()
        closer.cancel()
        await server.waitUntilIdle()
        await server.tables.remote?.stop()
        await server.writeDeviceUses()
        await server.putSessionsToRest()
        for resource in resources { try? await resource.loop.submit { resource.stop() }.get() }
    }

    /// Runs the features' own services until the process is asked to stop.
    private func runUntilStopped() async {
        await withTaskGroup(of: Void.self) { tasks in
            for module in modules {
                tasks.addTask { [server] in
                    do {
                        try await module.run(server)
                    } catch is CancellationError {
                    } catch {
                        server.log.error(
                            "A feature's service failed", metadata: ["module": "\(module.id)", "error": "\(error)"])
                    }
                }
            }
            try? await gracefulShutdown()
            tasks.cancelAll()
        }
    }

    private func registerGauges() {
        let server = server
        let limiters = [clientLimiter, serviceLimiter, serverLimiter]
        metrics.gauge("switchboard_sessions", help: "Sessions with a bound resource.") {
            Double(server.accounts.sessionCount)
        }
        metrics.gauge("switchboard_sessions_detached", help: "Sessions that wait for their clients to come back.") {
            Double(server.accounts.detachedCount)
        }
        metrics.gauge("switchboard_connections", help: "Open connections of all kinds.") {
            Double(limiters.reduce(0) { $0 + $1.total })
        }
        metrics.gauge("switchboard_storage_queue", help: "Writes that wait for the store.") {
            Double(server.database.statistics.queuedOperations)
        }
        metrics.gauge("switchboard_storage_commits", help: "Transactions committed since the start.") {
            Double(server.database.statistics.commits)
        }
    }

    // MARK: Listening

    private func open(
        _ listener: ListenerConfiguration, _ group: MultiThreadedEventLoopGroup, _ loops: LoopTable
    ) async throws -> any Channel {
        do {
            return try await ServerBootstrap(group: group)
                .serverChannelOption(.backlog, value: 4096)
                .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
                // Connections have it from the listening socket.
                .serverChannelOption(.tcpOption(.tcp_nodelay), value: 1)
                .childChannelInitializer { channel in
                    channel.eventLoop.makeCompletedFuture {
                        let mark = ChannelOptions.Types.WriteBufferWaterMark(low: 32_768, high: 131_072)
                        try channel.syncOptions?.setOption(.writeBufferWaterMark, value: mark)
                        try self.accept(channel, listener, loops)
                    }
                }
                .bind(host: listener.address, port: listener.port).get()
        } catch let error as IOError {
            let reason =
                switch error.errnoCode {
                case EADDRINUSE: "another program uses it; stop that one or choose another port"
                case EACCES: "no permission: ports below 1024 need CAP_NET_BIND_SERVICE"
                case EADDRNOTAVAIL: "this machine has no such address"
                default: error.description
                }
            throw ListenerError(listener: listener, reason: reason)
        } catch {
            throw ListenerError(listener: listener, reason: "\(error)")
        }
    }

    /// Sets a new connection up, on its loop.
    private func accept(_ channel: any Channel, _ listener: ListenerConfiguration, _ loops: LoopTable) throws {
        let address = channel.remoteAddress?.ipAddress ?? ""
        let block = AddressBlock.name(of: address)
        let limiter =
            switch listener.kind {
            case .client, .clientTLS, .clientPlain: clientLimiter
            case .component, .health: serviceLimiter
            case .server, .serverTLS: serverLimiter
            }
        guard limiter.admit(block) || takePlace(block, limiter) else {
            server.metrics.refused.increment()
            throw ChannelError.inappropriateOperationForState
        }
        channel.closeFuture.whenComplete { _ in limiter.release(block) }
        server.metrics.connections.increment()
        guard let resources = loops.resources(of: channel.eventLoop) else {
            throw ChannelError.inappropriateOperationForState
        }
        let id = server.nextSessionID()
        switch listener.kind {
        case .health: try acceptHealth(channel, resources, id)
        case .component: try acceptComponent(channel, resources, id)
        case .client, .clientTLS, .clientPlain: try acceptClient(channel, listener, resources, id, address)
        case .server, .serverTLS:
            guard let remote = server.tables.remote else { throw ChannelError.inappropriateOperationForState }
            let isDirectTLS = listener.kind == .serverTLS
            try remote.accept(
                AcceptedConnection(
                    channel: channel, resources: resources, id: id, address: address, isDirectTLS: isDirectTLS), server)
        }
    }

    /// Strangers that use up all connections must not keep other servers out.
    private func takePlace(_ block: String, _ limiter: ConnectionLimiter) -> Bool {
        guard limiter === serverLimiter, !limiter.isFull(block), server.tables.remote?.makeRoom() ?? false else {
            return false
        }
        return limiter.admit(block, takesPlace: true)
    }

    private func acceptClient(
        _ channel: any Channel, _ listener: ListenerConfiguration, _ resources: LoopResources, _ id: UInt64,
        _ address: String
    ) throws {
        let direct = listener.kind == .clientTLS
        let tls = clientCertificateTLS[listener.name] ?? tls
        var handler: TLSHandler?
        if direct, let tls {
            let added = try TLSHandler(server: tls, applicationProtocols: .xmppClient)
            try channel.pipeline.syncOperations.addHandler(added)
            handler = added
        }
        let session = ClientSession(
            server, resources: resources, id: id, address: address, policy: policy(listener), tlsContexts: tls,
            tls: handler)
        let parser = XMLStreamParser(
            pool: resources.parserPool, limits: server.configuration.limits.beforeAuthentication)
        let stream = XMLStreamHandler(parser: parser, delegate: session)
        // First what can fail: a session that was started is only let go of by its handler.
        try channel.pipeline.syncOperations.addHandler(stream)
        session.start(stream)
        resources.addSession(session, id: id)
    }

    private func acceptComponent(_ channel: any Channel, _ resources: LoopResources, _ id: UInt64) throws {
        let session = ComponentSession(server, resources: resources, id: id)
        let parser = XMLStreamParser(
            pool: resources.parserPool, limits: server.configuration.limits.beforeAuthentication)
        let stream = XMLStreamHandler(parser: parser, delegate: session)
        // First what can fail: a session that was started is only let go of by its handler.
        try channel.pipeline.syncOperations.addHandler(stream)
        session.start(stream)
        resources.addSession(session, id: id)
    }

    private func acceptHealth(_ channel: any Channel, _ resources: LoopResources, _ id: UInt64) throws {
        let metrics = metrics
        let server = server
        try channel.pipeline.syncOperations.configureHTTPServerPipeline(withErrorHandling: true)
        try channel.pipeline.syncOperations.addHandlers([
            IdleStateHandler(readTimeout: .seconds(30)),
            HealthHandler(
                metrics: { metrics.render() },
                isHealthy: {
                    let isHealthy = server.isHealthy
                    if !isHealthy { server.probeStorage() }
                    return isHealthy
                }),
        ])
        resources.addSession(HealthConnection(channel), id: id)
        channel.closeFuture.whenComplete { _ in resources.removeSession(id) }
    }

    private func makePolicy(_ listener: ListenerConfiguration) -> ResponderPolicy {
        let configuration = server.configuration
        let authentication = configuration.authentication
        var policy = ResponderPolicy(
            isDirectTLS: listener.kind == .clientTLS, requiresTLS: listener.kind != .clientPlain,
            mechanisms: configuration.authentication.mechanisms,
            allowsPlainWithoutTLS: configuration.authentication.allowsPlainWithoutTLS,
            allowsRegistration: { configuration.allowsRegistration($0) },
            allowsInvitations: configuration.invitations.isEnabled,
            saslAttempts: configuration.limits.saslAttempts,
            isHost: { configuration.hosts[$0] != nil }, secret: secret, normaliser: Self.normaliser)
        policy.hashes = { [keys = server.keys] in keys.hashes(on: $0) }
        policy.allowsAnonymous = { configuration.allowsAnonymous($0) }
        policy.bind2Features = server.tables.bind2.map(\.namespace) + [StreamManagement.namespace]
        policy.givesTokens = server.tokens.isEnabled
        policy.iterations = authentication.iterations
        policy.upgrades = [SASLMechanism.scramSHA256, .scramSHA512].filter { mechanism in
            mechanism.hash.map(authentication.hashes.contains) ?? false
                && authentication.mechanisms?.contains(mechanism.rawValue) ?? true
        }
        return policy
    }

    private func policy(_ listener: ListenerConfiguration) -> ResponderPolicy {
        if let made = policies.withLock({ $0[listener.name] }) { return made }
        let made = makePolicy(listener)
        policies.withLock { $0[listener.name] = made }
        return made
    }

    private static let normaliser = SASLNormaliser(
        username: { try? PRECIS.usernameCaseMapped($0) }, password: { try? PRECIS.opaqueString($0) })
}

/// A connection to the health listener, so that a stop need not wait for its peer.
private final class HealthConnection: TimedSession {
    private let channel: any Channel

    init(_ channel: any Channel) {
        self.channel = channel
    }

    /// Idle ones are closed by the pipeline.
    func tick(_ now: NIODeadline) {}

    func close(_ error: StreamError?) { abort() }

    func abort() { channel.close(promise: nil) }
}

/// The resources of each loop of a group.
private struct LoopTable: Sendable {
    private let byLoop: [ObjectIdentifier: LoopResources]

    init(_ resources: [LoopResources]) {
        byLoop = Dictionary(uniqueKeysWithValues: resources.map { (ObjectIdentifier($0.loop), $0) })
    }

    func resources(of loop: any EventLoop) -> LoopResources? { byLoop[ObjectIdentifier(loop)] }
}
