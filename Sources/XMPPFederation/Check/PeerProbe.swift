//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

internal import NIOCore
internal import XMPPCore
internal import XMPPDNS
internal import XMPPPayloads
internal import XMPPStream
internal import XMPPTLS
internal import XMPPXML

/// A stream to another server that is made to see how far it gets, and ended there.
///
/// Confined to its loop once it runs.
final class PeerProbe: StreamDelegate {
    /// How long the other server may take for everything.
    private static let timeout = TimeAmount.seconds(30)

    private let local: String
    private let remote: String
    private let rule: FederationRule
    private let tls: PeerTLS.Client
    private let loop: any EventLoop
    private let verdict: (TLSPeerCertificate?) -> PeerTrust.Verdict
    private var negotiator: OutgoingNegotiator?
    private var handler: XMLStreamHandler?
    private var session: TLSSessionInfo?
    private var steps: [CheckStep] = []
    /// Our header has been sent and not been made void by TLS.
    private var isOpen = false
    private var done: EventLoopPromise<[CheckStep]>?

    private init(
        local: String, remote: String, rule: FederationRule, tls: PeerTLS.Client, loop: any EventLoop,
        done: EventLoopPromise<[CheckStep]>, verdict: @escaping (TLSPeerCertificate?) -> PeerTrust.Verdict
    ) {
        self.local = local
        self.remote = remote
        self.rule = rule
        self.tls = tls
        self.loop = loop
        self.verdict = verdict
        self.done = done
    }

    /// Negotiates over a connection that was just made, and closes it.
    static func run(
        _ connected: Connector.Connected, local: String, remote: String, rule: FederationRule, tls: PeerTLS.Client,
        verdict: @escaping @Sendable (TLSPeerCertificate?) -> PeerTrust.Verdict
    ) async throws -> [CheckStep] {
        let channel = connected.channel
        let loop = channel.eventLoop
        let done = loop.makePromise(of: [CheckStep].self)
        loop.execute {
            let probe = PeerProbe(
                local: local, remote: remote, rule: rule, tls: tls, loop: loop, done: done, verdict: verdict)
            do {
                try probe.start(channel, isDirectTLS: connected.target.isDirectTLS)
            } catch {
                channel.close(promise: nil)
                done.fail(error)
            }
        }
        return try await withTaskCancellationHandler {
            try await done.futureResult.get()
        } onCancel: {
            channel.close(promise: nil)
        }
    }

    private func start(_ channel: any Channel, isDirectTLS: Bool) throws {
        var negotiator = OutgoingNegotiator(
            OutgoingNegotiator.Settings(
                local: try JID(local), remote: try JID(remote), goal: .send, rule: rule, keys: DialbackKeys(),
                hasCertificate: tls.hasCertificate))
        let pipeline = channel.pipeline.syncOperations
        let handler = XMLStreamHandler(
            parser: XMLStreamParser(pool: XMLParserPool(), limits: .beforeAuthentication), delegate: self)
        if isDirectTLS { try pipeline.addHandler(makeTLS(.xmppServer)) }
        try pipeline.addHandler(handler)
        self.handler = handler
        let actions = negotiator.connected(isDirectTLS: isDirectTLS)
        self.negotiator = negotiator
        run(actions)
        let deadline = loop.assumeIsolated().scheduleTask(in: PeerProbe.timeout) {
            self.finish(.authentication, .failed, "no answer within 30 seconds", "Ask its operator; see its log")
        }
        done?.futureResult.whenComplete { _ in deadline.cancel() }
        channel.setOption(.autoRead, value: true).whenFailure { _ in channel.close(promise: nil) }
    }

    private func makeTLS(_ protocols: ApplicationProtocols = .none) throws(TLSError) -> TLSHandler {
        try TLSHandler(
            client: tls.context, serverName: DomainName.ascii(remote), applicationProtocols: protocols)
    }

    // MARK: Stream

    func streamOpened(_ header: StreamHeader) { advance { $0.opened(header) } }

    func streamReceived(_ element: XMLElement) {
        if let error = StreamError(element) {
            let text = error.text.map { " (\($0.prefix(200)))" } ?? ""
            finish(
                session == nil ? .tls : .authentication, .failed,
                "the server ended the stream: \(error.condition.rawValue)\(text)",
                error.condition == .hostUnknown
                    ? "Its operator must serve \(remote) there, or point its SRV records elsewhere"
                    : "Ask its operator; its log says why")
            return
        }
        if element.isNamed("features", Namespace.streams), session != nil, steps.last?.stage == .certificate {
            noteFeatures(element)
        }
        advance { $0.received(element) }
    }

    func streamClosed() { finish(stage, .failed, "the server ended the stream", "Ask its operator; its log says why") }

    func streamFailed(_ error: StreamError) {
        finish(stage, .failed, "what the server sends is no XMPP: \(error.condition.rawValue)", Self.wrongService)
    }

    func streamSecured(_ session: TLSSessionInfo) {
        self.session = session
        isOpen = false
        steps.append(CheckStep(.tls, .ok, "\(session.version.rawValue) with \(session.cipher)"))
        advance { $0.secured() }
    }

    func streamReadComplete() {}

    func streamWritabilityChanged(_ isWritable: Bool) {}

    func connectionFailed(_ error: any Error) {
        finish(
            stage, .failed, "the connection fails: \(error)",
            session == nil ? "Its operator must offer TLS 1.2 or later with ciphers of today" : Self.wrongService)
    }

    func connectionClosed() {
        handler = nil
        finish(
            stage, .failed, "the server closed the connection",
            session == nil ? Self.wrongService : "Ask its operator; its log says why")
    }

    private static let wrongService =
        "Check that the port is that of streams between servers, not of clients or the web"

    /// Where a failure without other signs belongs.
    private var stage: CheckStep.Stage { session == nil ? .tls : .authentication }

    private func advance(_ body: (inout OutgoingNegotiator) -> [OutgoingNegotiator.Action]) {
        guard done != nil, var negotiator else { return }
        let actions = body(&negotiator)
        self.negotiator = negotiator
        run(actions)
    }

    private func run(_ actions: [OutgoingNegotiator.Action]) {
        for action in actions {
            guard let handler, done != nil else { return }
            switch action {
            case .sendHeader(let header):
                isOpen = true
                handler.write(raw: header.serverText)
            case .send(let element): handler.write(element)
            // The key of a stream that only the running server could vouch for.
            case .sendText: wouldDial()
            case .startTLS:
                do throws(TLSError) {
                    handler.startTLS(try makeTLS())
                } catch {
                    finish(.tls, .failed, "\(error)", "See hosts and tls in the configuration")
                }
            case .restart: handler.restart()
            case .checkCertificate: checkCertificate()
            case .ready(let established):
                finish(.authentication, .ok, "the server believes \(local) by \(established.method)", nil)
            case .verified: finish(.authentication, .ok, "the server answered", nil)
            // Only one domain asks.
            case .joined, .refused: continue
            case .fail(let failure):
                finish(failure.kind == .certificate ? .certificate : stage, .failed, failure.reason, remedy(failure))
            }
        }
    }

    // MARK: Findings

    private func checkCertificate() {
        let verdict = verdict(session?.peerCertificate)
        switch verdict.basis {
        case .fingerprint: steps.append(CheckStep(.certificate, .ok, "it is the one pinned in the configuration"))
        case .dane: steps.append(CheckStep(.certificate, .ok, "the domain's TLSA records name it (DANE)"))
        case .authority(let match):
            let issuer = session?.peerCertificate?.issuer ?? ""
            let name = match == .wildcard ? "by a wildcard" : "by name"
            steps.append(CheckStep(.certificate, .ok, "\(issuer) vouches for \(remote), \(name)"))
        case nil:
            // What contradicts it is no reason to take another proof.
            let isNeeded = rule.authentication != .dialback || verdict.outcome != .unproven
            for problem in verdict.problems {
                steps.append(
                    CheckStep(.certificate, isNeeded ? .failed : .note, problem.description, remedy: problem.remedy))
            }
            guard !isNeeded else { return close() }
        }
        advance { $0.certificateChecked(verdict.outcome, reason: "") }
    }

    private func noteFeatures(_ features: XMLElement) {
        let mechanisms = features.child("mechanisms", Namespace.sasl)?.children.map(\.text) ?? []
        let others = features.children.filter { $0.namespace != Namespace.sasl }.map(\.name)
        let offer = (mechanisms.map { "SASL \($0.prefix(40))" } + others.map { String($0.prefix(40)) }).prefix(20)
        steps.append(
            CheckStep(.features, .ok, offer.isEmpty ? "none" : offer.joined(separator: ", ")))
    }

    private func wouldDial() {
        let isOffered = session != nil
        finish(
            .authentication, isOffered ? .note : .failed,
            "the server does not take our certificate, so the running server would be called back (dialback), "
                + "which cannot be tried from here",
            "For a certificate to do: one that names \(local), of an authority the other server trusts")
    }

    private func remedy(_ failure: OutgoingFailure) -> String {
        switch failure.kind {
        case .tls: "Its operator must offer TLS to servers"
        case .refused: "Its operator decides whom to believe; see its log, and the certificate of \(local)"
        case .protocolViolation: Self.wrongService
        default: "Ask its operator; its log says why"
        }
    }

    private func finish(_ stage: CheckStep.Stage, _ outcome: CheckStep.Outcome, _ detail: String, _ remedy: String?) {
        guard done != nil else { return }
        steps.append(CheckStep(stage, outcome, detail, remedy: remedy))
        close()
    }

    private func close() {
        let done = done
        self.done = nil
        if isOpen { handler?.write(raw: "</stream:stream>") }
        handler?.close()
        done?.succeed(steps)
    }
}
