//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

internal import CoreMetrics
internal import Logging
internal import NIOCore
internal import Synchronization
package import XMPPCore
internal import XMPPPayloads
package import XMPPServer
internal import XMPPStorage
internal import XMPPStream
internal import XMPPTLS
internal import XMPPXML

/// The way to and from other servers (RFC 6120 §4, RFC 6121 §8): a feature like any other, and the server's remote route.
package final class FederationService: ServerModule, RemoteRoute {
    package let id = "federation"

    private let settings: FederationSettings
    private let tls: PeerTLS
    private let connecting: any PeerConnecting
    private let certificates: PeerCertificateCheck
    private let running = Mutex<Running?>(nil)
    private let jobs: AsyncStream<FederationContext.Job>
    private let queue: AsyncStream<FederationContext.Job>.Continuation

    private struct Running: Sendable {
        let context: FederationContext
        let policy: IncomingNegotiator.Policy
    }

    package init(
        settings: FederationSettings, tls: PeerTLS, connecting: any PeerConnecting,
        certificates: PeerCertificateCheck = .byAuthority
    ) {
        self.settings = settings
        self.tls = tls
        self.connecting = connecting
        self.certificates = certificates
        (jobs, queue) = AsyncStream.makeStream()
    }

    package func register(in registrar: inout ModuleRegistrar) {
        registrar.remoteDomains(self)
    }

    package func prepare(_ server: ServerCore) async throws {
        let context = FederationContext(
            server: server, settings: settings, tls: tls, connecting: connecting, certificates: certificates,
            jobs: queue)
        let limits = server.configuration.limits
        let policy = IncomingNegotiator.Policy(
            isLocal: { [weak server] in server?.isOwn($0) ?? false }, rule: { [settings] in settings.rule(for: $0) },
            keys: context.keys,
            limits: StreamLimits(
                maximumBytes: limits.afterAuthentication.bytes, idleSeconds: settings.limits.silenceSeconds),
            makeID: { SecureRandom.hexToken() })
        running.withLock { $0 = Running(context: context, policy: policy) }
    }

    /// Runs what takes a while, until the server stops.
    package func run(_ server: ServerCore) async throws {
        await resume()
        lookAfter(server)
        await withDiscardingTaskGroup { tasks in
            for await job in jobs {
                tasks.addTask(executorPreference: job.resources.executor) { await job.body() }
            }
            tasks.cancelAll()
        }
    }

    /// Takes up what waits from before the start.
    private func resume() async {
        guard let context = running.withLock({ $0?.context }) else { return }
        do {
            for (local, remote) in try await context.outbox.pairs() {
                context.domains.domain(DomainPair(local: local, remote: remote), context)?.resume()
            }
        } catch {
            context.log.error("What waits for other servers could not be read", metadata: ["error": "\(error)"])
        }
    }

    /// From time to time forgets ways that nobody uses, and gives back what has waited too long.
    private func lookAfter(_ server: ServerCore) {
        server.later(seconds: Self.interval) { [weak self, weak server] in
            guard let self, let server, let context = self.running.withLock({ $0?.context }) else { return }
            context.domains.sweep()
            for domain in context.domains.all { domain.tick() }
            self.lookAfter(server)
        }
    }

    /// In seconds.
    private static let interval = 60

    // MARK: Route

    package func send(_ stanza: Stanza, _ server: ServerCore) -> Deferred? {
        guard let context = running.withLock({ $0?.context }), let from = stanza.from, let to = stanza.to else {
            return server.bounce(stanza, StanzaError(.remoteServerNotFound))
        }
        // Whatever comes from elsewhere is not ours to pass on.
        guard server.isOwn(from.domain), !server.isOwn(to.domain) else {
            server.log.error("A stanza of others was to be sent on", metadata: ["from": "\(from.domain)"])
            return nil
        }
        guard context.settings.rule(for: to.domain).isAllowed else {
            guard !stanza.isPlainPresence else { return nil }
            return server.bounce(
                stanza, StanzaError(.notAllowed, text: "This server does not speak with \(to.domain)."))
        }
        guard let domain = context.domains.domain(DomainPair(local: from.domain, remote: to.domain), context) else {
            return server.bounce(stanza, StanzaError(.resourceConstraint))
        }
        guard stanza.kind == .presence, !stanza.isPlainPresence else {
            domain.send(stanza)
            return nil
        }
        return { await Self.keep(stanza, for: domain, context) }
    }

    /// A subscription waits on disk until the other server has it.
    private static func keep(_ stanza: Stanza, for domain: OutgoingDomain, _ context: FederationContext) async {
        do {
            let row = try await context.outbox.append(newStanza(stanza, domain.pair))
            domain.send(stanza, row: row)
        } catch {
            context.log.error("A subscription could not be kept", metadata: ["error": "\(error)"])
            domain.send(stanza)
        }
    }

    private static func newStanza(_ stanza: Stanza, _ pair: DomainPair) -> NewFederationStanza {
        NewFederationStanza(
            local: pair.local, remote: pair.remote, stanza: String(decoding: stanza.xmlBytes, as: UTF8.self),
            stamp: Timestamp.now().milliseconds)
    }

    package func acceptance(of stanza: Stanza, _ server: ServerCore) -> Acceptance? {
        guard let context = running.withLock({ $0?.context }), let from = stanza.from, let to = stanza.to,
            server.isOwn(from.domain), context.settings.rule(for: to.domain).isAllowed,
            let domain = context.domains.domain(DomainPair(local: from.domain, remote: to.domain), context)
        else { return nil }
        let row = Atomic<Int64>(0)
        return Acceptance(
            write: { write in
                row.store(
                    try context.outbox.append(Self.newStanza(stanza, domain.pair), in: write), ordering: .releasing)
            },
            committed: {
                domain.send(stanza, row: row.load(ordering: .acquiring))
                return nil
            })
    }

    package func accept(_ connection: AcceptedConnection, _ server: ServerCore) throws {
        guard let running = running.withLock({ $0 }) else { throw ChannelError.inappropriateOperationForState }
        let stream = IncomingStream(connection, running.context, policy: running.policy)
        let pipeline = connection.channel.pipeline.syncOperations
        if connection.isDirectTLS {
            try pipeline.addHandler(
                TLSHandler(server: running.context.tls.server, applicationProtocols: .xmppServer))
        }
        let parser = XMLStreamParser(
            pool: connection.resources.parserPool, limits: server.configuration.limits.beforeAuthentication)
        let handler = XMLStreamHandler(parser: parser, delegate: stream)
        // First what can fail: a stream that was started is only let go of by its handler.
        try pipeline.addHandler(handler)
        stream.start(handler)
        connection.resources.addSession(stream, id: connection.id)
    }

    package func stop() async {
        guard let context = running.withLock({ $0?.context }) else { return }
        for domain in context.domains.stop() { domain.stop() }
        await context.server.settleLoops()
        queue.finish()
        running.withLock { $0 = nil }
    }

    // MARK: Status

    /// The ways that are in use, for operators.
    package var status: [FederationStatus] {
        guard let context = running.withLock({ $0?.context }) else { return [] }
        return context.domains.all.map { domain in
            let status = domain.status
            let state =
                switch status.state {
                case .idle: "idle"
                case .connecting: "connecting"
                case .ready: "connected"
                case .waiting: "unreachable"
                }
            return FederationStatus(
                pair: domain.pair, state: state, waiting: status.waiting, failure: status.failure?.description)
        }
    }
}

/// What is known of the way to one domain.
package struct FederationStatus: Sendable, Equatable {
    package let pair: DomainPair
    package let state: String
    /// Stanzas that wait.
    package let waiting: Int
    /// Why the last attempt failed, until one succeeds.
    package let failure: String?
}
