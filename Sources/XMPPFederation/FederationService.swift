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
        try await remember(context)
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

    /// Knows again what other servers had sent before the start.
    private func remember(_ context: FederationContext) async throws {
        let limits = settings.limits
        let inbox = context.inbox
        let forgotten = Timestamp.now().milliseconds - Int64(limits.rememberedSeconds) * 1000
        for name in try await inbox.components(beginningWith: DomainPair.inboxPrefix) {
            guard let pair = DomainPair(inboxName: name) else { continue }
            try await inbox.prune(name, before: forgotten, keeping: limits.rememberedMarks)
            context.domains.remember(
                try await inbox.latest(name, limit: limits.rememberedMarks), of: pair, limits)
        }
    }

    /// Takes up what waits from before the start, or for domains that had to be forgotten.
    private func resume() async {
        guard let context = running.withLock({ $0?.context }) else { return }
        do {
            for (local, remote) in try await context.outbox.pairs() {
                let pair = DomainPair(local: local, remote: remote)
                context.domains.domain(pair, makesRoom: false, context)?.resume()
            }
        } catch {
            context.domains.expectOrphans()
            context.log.error("What waits for other servers could not be read", metadata: ["error": "\(error)"])
        }
    }

    private func lookAfter(_ server: ServerCore) {
        server.later(seconds: Self.interval) { [weak self, weak server] in
            guard let self, let server else { return }
            self.tidy(server)
            self.lookAfter(server)
        }
    }

    /// What is done from time to time: forgets ways that nobody uses, gives back what has waited too long, and reads the outbox
    /// where that could not be.
    func tidy(_ server: ServerCore) {
        guard let context = running.withLock({ $0?.context }) else { return }
        context.domains.sweep()
        for domain in context.domains.all { domain.tick() }
        server.background { await self.forgetMarks(context) }
        if context.domains.takeOrphans() { server.background { await self.resume() } }
    }

    private func forgetMarks(_ context: FederationContext) async {
        let limits = settings.limits
        let forgotten = Timestamp.now().milliseconds - Int64(limits.rememberedSeconds) * 1000
        do {
            for name in context.domains.changedMarks() {
                try await context.inbox.prune(name, before: forgotten, keeping: limits.rememberedMarks)
            }
        } catch {
            context.log.error("Marks of other servers could not be forgotten", metadata: ["error": "\(error)"])
        }
    }

    /// In seconds.
    private static let interval = 60

    // MARK: Route

    package func send(_ stanza: Stanza, _ server: ServerCore, isKept: Bool) -> Deferred? {
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
        let pair = DomainPair(local: from.domain, remote: to.domain)
        guard let domain = context.domains.domain(pair, for: stanza.author, context) else {
            return server.bounce(stanza, StanzaError(.resourceConstraint))
        }
        guard isKept, stanza.kind == .presence, !stanza.isPlainPresence else {
            domain.send(stanza)
            return nil
        }
        return { await Self.keep(stanza, for: domain, context) }
    }

    /// A subscription waits on disk until the other server has it.
    private static func keep(_ stanza: Stanza, for domain: OutgoingDomain, _ context: FederationContext) async {
        do {
            let new = context.stored(stanza, domain.pair)
            let row = try await context.outbox.append(new, leavesReserve: !domain.isReady)
            domain.send(stanza, row: row, stamp: new.stamp)
        } catch {
            context.log.error("A subscription could not be kept", metadata: ["error": "\(error)"])
            domain.send(stanza)
        }
    }

    package func acceptance(of stanza: Stanza, _ server: ServerCore) -> Acceptance? {
        guard let context = running.withLock({ $0?.context }), let from = stanza.from, let to = stanza.to,
            server.isOwn(from.domain), context.settings.rule(for: to.domain).isAllowed,
            let domain = context.domains.domain(
                DomainPair(local: from.domain, remote: to.domain), for: stanza.author, context)
        else { return nil }
        let row = Atomic<Int64>(0)
        let stamp = Timestamp.now().milliseconds
        return Acceptance(
            write: { write in
                let new = context.stored(stanza, domain.pair, stamp: stamp)
                row.store(
                    try context.outbox.append(new, leavesReserve: !domain.isReady, in: write), ordering: .releasing)
            },
            committed: {
                domain.send(stanza, row: row.load(ordering: .acquiring), stamp: stamp)
                return nil
            }, pass: { domain.pass(stanza, $0) })
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

    package func makeRoom() -> Bool { running.withLock { $0?.context }?.unproven.endOldest() ?? false }

    package func stop() async {
        guard let context = running.withLock({ $0?.context }) else { return }
        await withDiscardingTaskGroup { tasks in
            for domain in context.domains.stop() { tasks.addTask { await domain.stop() } }
        }
        await context.server.settleLoops()
        // What has arrived leaves the outbox, so that it is not sent again after the next start.
        await context.server.waitUntilIdle()
        queue.finish()
        running.withLock { $0 = nil }
    }

    /// What its parts share, while it runs.
    var context: FederationContext? { running.withLock { $0?.context } }

    // MARK: Status

    /// How things stand.
    package func report() async throws -> FederationReport {
        guard let context = running.withLock({ $0?.context }) else {
            throw StanzaError(.serviceUnavailable, text: "The server is not running.")
        }
        let total = try await context.outbox.usage(nil)
        let stored = try await context.outbox.largest(FederationReport.maximumStored)
        return FederationReport(
            ways: context.domains.all.map(\.way).sorted { $0.pair.description < $1.pair.description },
            incoming: context.proven.byDomain.sorted { $0.domain < $1.domain },
            stored: stored.map { .init(domain: $0.remote, stanzas: $0.usage.stanzas, bytes: $0.usage.bytes) },
            storedInAll: .init(domain: "", stanzas: total.stanzas, bytes: total.bytes))
    }

    /// Ways in each state.
    package func count(_ state: FederationState) -> Int {
        running.withLock { $0?.context }?.domains.all.count { $0.way.state == state } ?? 0
    }

    /// Streams that others have made and proven.
    package var incomingStreams: Int {
        running.withLock { $0?.context }?.proven.count ?? 0
    }
}
