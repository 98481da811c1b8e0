//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

internal import CoreMetrics
internal import Logging
internal import NIOCore
internal import XMPPCore
internal import XMPPDNS
internal import XMPPPayloads
internal import XMPPServer
internal import XMPPStream
internal import XMPPTLS
internal import XMPPXML

/// A stream that we make to another server. Confined to its loop.
final class OutgoingStream: StreamDelegate, TimedSession {
    /// What becomes of it, in this order: ready or verified or failed, once; lost after ready.
    enum Event {
        case ready(UInt64, CarrierHandle, OutgoingNegotiator.Established)
        case verified(Dialback.Content)
        case failed(OutgoingFailure)
        case lost(UInt64, OutgoingFailure?)
    }

    let pair: DomainPair
    let context: FederationContext
    let resources: LoopResources
    let id: UInt64
    let domain: OutgoingDomain?
    private let tls: PeerTLS.Client
    private let serverName: String?
    let report: (Event) -> Void
    private let started = NIODeadline.now()
    private var lastRead = NIODeadline.now()
    var negotiator: OutgoingNegotiator
    private var handler: XMLStreamHandler?
    private let receiver: StanzaReceiver
    var carrier: StanzaCarrier?
    var proven = ProvenPairs()
    /// Other domains of ours that send by it, or would like to.
    var guests: [DomainPair: Guest] = [:]
    /// The domain that it was made for uses it.
    var isInUse = true
    private var certificate: TLSPeerCertificate?
    /// The server of the domain that it leads to.
    private var target: ServiceTarget?
    var established: OutgoingNegotiator.Established?
    /// `<enabled/>` is awaited; nothing is sent before.
    private var isEnabling = false
    private var failure: OutgoingFailure?
    private(set) var isReported = false
    private(set) var isClosing = false
    /// A header is out, and nothing has begun anew since.
    private var hasHeader = false

    private init(
        _ pair: DomainPair, local: JID, remote: JID, goal: OutgoingNegotiator.Goal, domain: OutgoingDomain?,
        _ context: FederationContext, on resources: LoopResources, report: @escaping (Event) -> Void
    ) {
        self.pair = pair
        self.context = context
        self.resources = resources
        self.domain = domain
        self.report = report
        id = context.server.nextSessionID()
        tls = context.tls.client(for: pair.local)
        serverName = DomainName.ascii(pair.remote)
        receiver = StanzaReceiver(context, on: resources)
        negotiator = OutgoingNegotiator(
            OutgoingNegotiator.Settings(
                local: local, remote: remote, goal: goal, rule: context.settings.rule(for: pair.remote),
                keys: context.keys, hasCertificate: tls.hasCertificate))
    }

    /// At a stop it carries what others still have to say; then it is ended by its domain.
    var outlivesOthers: Bool { true }

    /// Servers of one domain that are tried one after the other, because one of them does not speak as it should.
    private static let maximumTargets = 8

    /// Servers that were tried, and why the first of them would not do.
    private struct Tried {
        var targets: Set<ServiceTarget> = []
        var failure: OutgoingFailure?
        /// When no further connection is waited for.
        let deadline: NIODeadline
    }

    /// Connects and negotiates; with the next server of the domain if one cannot be spoken with. `report` is called on the
    /// loop.
    static func open(
        _ pair: DomainPair, goal: OutgoingNegotiator.Goal, domain: OutgoingDomain? = nil, _ context: FederationContext,
        on resources: LoopResources, report: @escaping @Sendable (Event) -> Void
    ) async {
        let limits = context.settings.limits
        let seconds = goal == .send ? limits.attemptSeconds : limits.verificationSeconds
        let tried = Tried(deadline: .now() + .seconds(Int64(seconds)))
        await open(pair, goal: goal, domain: domain, context, on: resources, tried, report: report)
    }

    private static func open(
        _ pair: DomainPair, goal: OutgoingNegotiator.Goal, domain: OutgoingDomain?, _ context: FederationContext,
        on resources: LoopResources, _ tried: Tried, report: @escaping @Sendable (Event) -> Void
    ) async {
        do {
            let local = try JID(pair.local)
            let remote = try JID(pair.remote)
            guard context.settings.rule(for: pair.remote).isAllowed else {
                throw OutgoingFailure(.policy, "The rules of this server do not allow \(pair.remote).")
            }
            let connection = try await context.connecting.connect(
                to: pair.remote, on: resources.loop, excluding: tried.targets, until: tried.deadline)
            try await resources.loop.submit {
                let stream = OutgoingStream(
                    pair, local: local, remote: remote, goal: goal, domain: domain, context, on: resources
                ) { event in
                    guard case .failed(let failure) = event else { return report(event) }
                    guard failure.isOfOneServer, tried.targets.count + 1 < maximumTargets else {
                        return report(.failed(tried.failure ?? failure))
                    }
                    var tried = tried
                    tried.targets.insert(connection.target)
                    tried.failure = tried.failure ?? failure
                    let next = tried
                    context.start(on: resources) {
                        await open(pair, goal: goal, domain: domain, context, on: resources, next, report: report)
                    }
                }
                do {
                    try stream.start(connection)
                } catch {
                    connection.channel.close(promise: nil)
                    throw error
                }
            }.get()
        } catch {
            // What was found out about the first is worth more than that there is no other.
            let failure = tried.failure ?? OutgoingFailure(attempt: error)
            resources.onLoop { report(.failed(failure)) }
        }
    }

    private func start(_ connection: PeerConnection) throws {
        let pipeline = connection.channel.pipeline.syncOperations
        let parser = XMLStreamParser(
            pool: resources.parserPool, limits: context.server.configuration.limits.beforeAuthentication)
        let handler = XMLStreamHandler(parser: parser, delegate: self)
        if connection.isDirectTLS { try pipeline.addHandler(makeTLS(protocols: .xmppServer)) }
        try pipeline.addHandler(handler)
        self.handler = handler
        target = connection.target
        receiver.start(handler) { self.process($0, isInTurn: $1) }
        resources.addSession(self, id: id)
        run(negotiator.connected(isDirectTLS: connection.isDirectTLS))
        connection.channel.setOption(.autoRead, value: true).whenFailure { _ in connection.channel.close(promise: nil) }
    }

    private func makeTLS(protocols: ApplicationProtocols = .none) throws(TLSError) -> TLSHandler {
        try TLSHandler(client: tls.context, serverName: serverName, applicationProtocols: protocols)
    }

    // MARK: Stream

    func streamOpened(_ header: StreamHeader) { run(negotiator.opened(header)) }

    func streamReceived(_ element: XMLElement) {
        lastRead = .now()
        receiver.take(element)
    }

    func streamClosed() {
        carrier?.streamClosed()
        end(nil)
    }

    func streamFailed(_ error: StreamError) {
        send(error)
        end(OutgoingFailure(.protocolViolation, "The other server breaks the rules: \(error.condition.rawValue)."))
    }

    func streamSecured(_ session: TLSSessionInfo) {
        certificate = session.peerCertificate
        run(negotiator.secured())
    }

    func streamReadComplete() {}

    func streamWillFlush() { carrier?.willFlush() }

    func streamWritabilityChanged(_ isWritable: Bool) {
        if isWritable { carrier?.flush() }
    }

    func connectionFailed(_ error: any Error) {
        if failure == nil { failure = OutgoingFailure(connection: error) }
    }

    func connectionClosed() {
        receiver.stop()
        resources.removeSession(id)
        handler = nil
        let carrier = carrier
        self.carrier = nil
        if isReported {
            guard let carrier else { return }
            carrier.finish()
            if isInUse { report(.lost(id, failure)) }
            loseGuests(failure)
        } else {
            // Also when it was all but ready.
            isReported = true
            report(.failed(failure ?? OutgoingFailure(.connection, "The connection was closed.")))
        }
    }

    // MARK: Elements

    private func process(_ element: XMLElement, isInTurn: Bool) -> StanzaPump.Outcome {
        if Stanza.kind(of: element) != nil { return takeStanza(element, isInTurn: isInTurn) }
        if element.namespaceToken == .streamManagementNamespace {
            return processAcknowledgement(element, isInTurn: isInTurn)
        }
        if let error = StreamError(element) {
            let text = error.text.map { " (\($0.prefix(200)))" } ?? ""
            let kind: OutgoingFailure.Kind = error.condition == .hostUnknown ? .notFound : .streamError
            end(OutgoingFailure(kind, "The other server has ended the stream: \(error.condition.rawValue)\(text)."))
            return .none
        }
        run(negotiator.received(element))
        return .none
    }

    private func takeStanza(_ element: XMLElement, isInTurn: Bool) -> StanzaPump.Outcome {
        do throws(StreamError) {
            let stanza = try proven.stanza(element)
            carrier?.used()
            return receiver.accept(stanza, takesOnce: established?.takesOnce ?? false, isInTurn: isInTurn)
        } catch {
            close(error)
            return .none
        }
    }

    private func processAcknowledgement(_ element: XMLElement, isInTurn: Bool) -> StanzaPump.Outcome {
        switch element.name {
        case "enabled" where isEnabling:
            carrier?.countsFromHere()
            receiver.countsFromHere()
            becomeReady()
            return .none
        case "failed" where isEnabling:
            becomeReady()
            return .none
        case "a":
            let count = element["h"].flatMap { UInt32($0) }
            if count.map({ carrier?.acknowledge($0) ?? false }) != true {
                close(StreamError(.undefinedCondition, text: "More acknowledged than sent."))
            }
            return .none
        default:
            if let outcome = receiver.received(element, isInTurn: isInTurn), element.name == "r" { return outcome }
            close(StreamError(.unsupportedStanzaType))
            return .none
        }
    }

    // MARK: Negotiation

    func run(_ actions: [OutgoingNegotiator.Action]) {
        for action in actions {
            guard let handler, !isClosing else { return }
            switch action {
            case .sendHeader(let header):
                hasHeader = true
                handler.write(raw: header.serverText)
            case .send(let element): handler.write(element)
            case .sendText(let text): handler.write(raw: text)
            case .startTLS: startTLS(handler)
            case .restart: handler.restart()
            case .checkCertificate: checkCertificate()
            case .ready(let established): establish(established, handler)
            case .verified(let content):
                isReported = true
                report(.verified(content))
                end(nil)
            case .joined(let local): joined(local)
            case .refused(let local, let failure): refused(local, failure)
            case .fail(let failure): end(failure)
            }
        }
    }

    private func startTLS(_ handler: XMLStreamHandler) {
        do throws(TLSError) {
            handler.startTLS(try makeTLS())
            hasHeader = false
        } catch {
            end(OutgoingFailure(.tls, "\(error)"))
        }
    }

    private func checkCertificate() {
        let (certificate, target) = (certificate, target)
        let remote = pair.remote
        let bound = NIOLoopBound(self, eventLoop: resources.loop)
        context.start(on: resources) { [context, resources] in
            let verdict = await context.certificates.check(certificate, remote, target)
            resources.onLoop {
                let stream = bound.value
                stream.run(stream.negotiator.certificateChecked(verdict.outcome, reason: verdict.reason))
            }
        }
    }

    private func establish(_ established: OutgoingNegotiator.Established, _ handler: XMLStreamHandler) {
        guard let domain else { return }
        self.established = established
        handler.limits = context.server.configuration.limits.afterAuthentication
        if established.isBidirectional { _ = proven.insert(pair) }
        carrier = StanzaCarrier(
            id: id, domain: domain, handler: handler, on: resources.loop, name: context.server.makeID())
        guard established.hasAcknowledgements else { return becomeReady() }
        isEnabling = true
        handler.write(raw: "<enable xmlns='urn:xmpp:sm:3'/>")
    }

    private func becomeReady() {
        guard let carrier, let established else { return }
        isEnabling = false
        isReported = true
        let bound = NIOLoopBound(self, eventLoop: resources.loop)
        let handle = CarrierHandle(carrier, on: resources) { bound.value.leave() }
        context.log.info(
            "Stream to another server",
            metadata: [
                "domain": "\(pair.remote)", "from": "\(pair.local)", "method": "\(established.method)",
                "certificate": "\(negotiator.isProven ? "proven" : "not proven")",
                "acknowledges": "\(established.hasAcknowledgements)", "bidi": "\(established.isBidirectional)",
            ])
        report(.ready(id, handle, established))
        admitGuests()
    }

    // MARK: End

    private func send(_ error: StreamError) {
        guard hasHeader else { return }
        context.server.metrics.streamErrors.increment()
        handler?.write(error.element)
    }

    /// Ends the stream and says why, if there is a reason.
    private func end(_ failure: OutgoingFailure?) {
        guard !isClosing else { return }
        if self.failure == nil { self.failure = failure }
        isClosing = true
        context.shared.close(id, to: pair.remote)
        if hasHeader, carrier?.hasEnded != true { handler?.write(raw: "</stream:stream>") }
        handler?.close()
    }

    func close(_ error: StreamError?) {
        guard !isClosing else { return }
        if let error { send(error) }
        end(error.map { OutgoingFailure(.protocolViolation, $0.text ?? $0.condition.rawValue) })
    }

    func abort() { handler?.abort() }

    func tick(_ now: NIODeadline) {
        let limits = context.settings.limits
        guard isReported, let carrier else {
            let seconds = Int64(domain == nil ? limits.verificationSeconds : limits.negotiationSeconds)
            if now - started > .seconds(seconds) {
                end(OutgoingFailure(.timeout, "The other server took too long to negotiate the stream."))
                if now - started > .seconds(2 * seconds) { abort() }
            }
            return
        }
        carrier.tick()
        loseGuests(after: .seconds(Int64(limits.verificationSeconds)), now)
        if carrier.isOverdue(now, after: .seconds(Int64(limits.acknowledgementSeconds))) {
            failure = OutgoingFailure(.timeout, "The other server acknowledges nothing.")
            abort()
        } else if carrier.isIdle {
            close(nil)
        } else if now - lastRead > .seconds(Int64(limits.probeSeconds)) {
            carrier.probe()
        }
    }
}
