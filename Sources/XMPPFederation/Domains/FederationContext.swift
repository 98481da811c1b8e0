//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

internal import CoreMetrics
internal import Logging
internal import NIOCore
internal import Synchronization
internal import XMPPCore
internal import XMPPServer
internal import XMPPStorage

/// What all parts of federation share.
final class FederationContext: Sendable {
    /// Work that takes a while, such as making a connection; it ends with the server.
    struct Job: Sendable {
        let resources: LoopResources
        let body: @Sendable () async -> Void
    }

    let server: ServerCore
    let settings: FederationSettings
    let keys = DialbackKeys()
    let tls: PeerTLS
    let connecting: any PeerConnecting
    let certificates: PeerCertificateCheck
    let metrics = FederationMetrics()
    let budgets: DomainBudgets
    let domains = DomainRegistry()
    let proven = ProvenStreams()
    let shared = SharedStreams()
    let unproven: UnprovenStreams
    let callBacks: CallBacks
    /// Attempts to reach other servers; each domain has one at a time.
    let attempts: Turns
    /// Checks of certificates of those who call us.
    let certificateChecks = Turns(FederationLimits.certificateChecks, waiting: FederationLimits.waitingChecks)
    let renewals = PresenceRenewals()
    private let strangers = LineBudget()
    let outbox: FederationOutbox
    let inbox: ComponentInbox
    private let queue: AsyncStream<Job>.Continuation

    init(
        server: ServerCore, settings: FederationSettings, tls: PeerTLS, connecting: any PeerConnecting,
        certificates: PeerCertificateCheck, jobs queue: AsyncStream<Job>.Continuation
    ) {
        self.server = server
        self.settings = settings
        self.tls = tls
        self.connecting = connecting
        self.certificates = certificates
        self.queue = queue
        budgets = DomainBudgets(settings.limits)
        inbox = ComponentInbox(server.database)
        unproven = UnprovenStreams(maximum: server.configuration.limits.serverConnections / 2)
        callBacks = CallBacks(settings.limits)
        attempts = Turns(FederationLimits.attempts, waiting: settings.limits.domains)
        let limits = settings.limits
        outbox = FederationOutbox(
            server.database, quota: StorageQuota(stanzas: limits.storedStanzas, bytes: limits.storedBytes),
            total: StorageQuota(stanzas: limits.storedStanzasInAll, bytes: limits.storedBytesInAll),
            share: StorageQuota(stanzas: limits.storedStanzasPerAccount, bytes: limits.storedBytesPerAccount))
    }

    var log: Logger { server.log }

    /// Starts a job on a loop of ours.
    func start(on resources: LoopResources, _ body: @escaping @Sendable () async -> Void) {
        queue.yield(Job(resources: resources, body: body))
    }

    /// A line in the log about somebody who has come by himself.
    func tellOfStranger(_ message: Logger.Message, _ metadata: Logger.Metadata) {
        let (isWritten, leftOut) = strangers.take(now: .now())
        if leftOut > 0 { log.warning("Lines about other servers were left out", metadata: ["count": "\(leftOut)"]) }
        if isWritten { log.info(message, metadata: metadata) }
    }

    /// Presence is to be told anew to a domain that is there again.
    func renewPresence(_ pair: DomainPair) {
        guard let seconds = renewals.add(pair, now: .now()) else { return }
        guard seconds > 0 else { return renewPresence() }
        server.later(seconds: seconds) { [weak self] in self?.renewPresence() }
    }

    private func renewPresence() {
        let domains = renewals.take(now: .now())
        server.background { [server] in await server.renewPresence(with: domains) }
    }

    /// A stanza as the outbox takes it.
    func stored(
        _ stanza: Stanza, _ pair: DomainPair, stamp: Int64 = Timestamp.now().milliseconds, mark: String? = nil
    ) -> NewFederationStanza {
        let sender = stanza.from.flatMap { server.isAccountAddress($0) ? $0.bareString : nil }
        return NewFederationStanza(
            local: pair.local, remote: pair.remote, stanza: String(decoding: stanza.xmlBytes, as: UTF8.self),
            stamp: stamp, sender: sender, mark: mark)
    }

    func bounce(_ stanza: Stanza, _ error: StanzaError) {
        metrics.bounced.increment()
        if let work = server.bounce(stanza, error) { server.background(work) }
    }
}

/// What federation counts: by state and kind, never by domain, which strangers choose.
struct FederationMetrics: Sendable {
    let incoming = Counter(label: "switchboard_federation_streams_authorised", dimensions: [("direction", "in")])
    let outgoing = Counter(label: "switchboard_federation_streams_authorised", dimensions: [("direction", "out")])
    let failures = Counter(label: "switchboard_federation_attempts_failed")
    let received = Counter(label: "switchboard_federation_stanzas", dimensions: [("direction", "in")])
    let sent = Counter(label: "switchboard_federation_stanzas", dimensions: [("direction", "out")])
    let bounced = Counter(label: "switchboard_federation_stanzas_returned")
    let throttled = Counter(label: "switchboard_federation_streams_throttled")
}
