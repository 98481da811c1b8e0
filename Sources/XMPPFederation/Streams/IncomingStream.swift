//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

internal import CoreMetrics
internal import Logging
internal import NIOCore
internal import XMPPCore
internal import XMPPPayloads
internal import XMPPServer
internal import XMPPStream
internal import XMPPTLS
internal import XMPPXML

/// A stream that another server has made. Confined to its loop.
final class IncomingStream: StreamDelegate, TimedSession {
    private let context: FederationContext
    private let resources: LoopResources
    private let id: UInt64
    private let address: String
    private let started = NIODeadline.now()
    private var lastRead = NIODeadline.now()
    private var lastProbe = NIODeadline.now()
    private var negotiator: IncomingNegotiator
    private var handler: XMLStreamHandler?
    private let receiver: StanzaReceiver
    private var certificate: TLSPeerCertificate?
    /// For pairs whose stanzas go the other way (XEP-0288).
    private var carriers: [DomainPair: StanzaCarrier] = [:]
    /// Domains this stream has been counted for.
    private var admitted: Set<String> = []
    private var hasHeader = false
    private var isClosing = false

    init(_ connection: AcceptedConnection, _ context: FederationContext, policy: IncomingNegotiator.Policy) {
        self.context = context
        resources = connection.resources
        id = connection.id
        address = connection.address
        receiver = StanzaReceiver(context, on: connection.resources)
        negotiator = IncomingNegotiator(policy, isDirectTLS: connection.isDirectTLS)
    }

    /// Begins to take what comes.
    func start(_ handler: XMLStreamHandler) {
        self.handler = handler
        receiver.start(handler) { self.process($0, isInTurn: $1) }
    }

    // MARK: Stream

    func streamOpened(_ header: StreamHeader) { run(negotiator.opened(header)) }

    func streamReceived(_ element: XMLElement) {
        lastRead = .now()
        receiver.take(element)
    }

    func streamClosed() { close(nil) }

    func streamFailed(_ error: StreamError) { close(error) }

    func streamSecured(_ session: TLSSessionInfo) {
        certificate = session.peerCertificate
        hasHeader = false
        negotiator.secured()
    }

    func streamReadComplete() {}

    func streamWillFlush() {
        for carrier in carriers.values { carrier.willFlush() }
    }

    func streamWritabilityChanged(_ isWritable: Bool) {
        guard isWritable else { return }
        for carrier in carriers.values { carrier.flush() }
    }

    func connectionFailed(_ error: any Error) {
        context.log.debug("A server's connection failed", metadata: ["address": "\(address)", "error": "\(error)"])
    }

    func connectionClosed() {
        receiver.stop()
        resources.removeSession(id)
        handler = nil
        for domain in admitted { context.domains.release(domain) }
        let gone = carriers
        carriers = [:]
        for (pair, carrier) in gone {
            carrier.finish()
            context.domains.domain(pair, context)?.lost(id, nil)
        }
    }

    // MARK: Elements

    private func process(_ element: XMLElement, isInTurn: Bool) -> StanzaPump.Outcome {
        if Stanza.kind(of: element) != nil {
            do throws(StreamError) {
                return receiver.accept(
                    try negotiator.proven.stanza(element), takesOnce: negotiator.takesOnce, isInTurn: isInTurn)
            } catch {
                close(error)
                return .none
            }
        }
        if element.namespaceToken == .streamManagementNamespace {
            return processAcknowledgement(element, isInTurn: isInTurn)
        }
        if let error = StreamError(element) {
            context.log.info(
                "Another server has ended its stream",
                metadata: [
                    "domain": "\(negotiator.remote?.description ?? "")", "address": "\(address)",
                    "condition": "\(error.condition.rawValue)",
                ])
            close(nil)
            return .none
        }
        run(negotiator.received(element))
        return .none
    }

    private func processAcknowledgement(_ element: XMLElement, isInTurn: Bool) -> StanzaPump.Outcome {
        guard !negotiator.proven.isEmpty else {
            close(StreamError(.notAuthorized))
            return .none
        }
        if let outcome = receiver.received(element, isInTurn: isInTurn) {
            // Both directions are counted; with several pairs nobody could say which was acknowledged.
            if element.name == "enable", carriers.count == 1 { carriers.values.first?.countsFromHere() }
            return outcome
        }
        guard element.name == "a", carriers.count == 1, let carrier = carriers.values.first,
            let count = element["h"].flatMap({ UInt32($0) }), carrier.acknowledge(count)
        else {
            close(StreamError(.undefinedCondition, text: "An acknowledgement of something else."))
            return .none
        }
        return .none
    }

    // MARK: Negotiation

    private func run(_ actions: [IncomingNegotiator.Action]) {
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
            case .checkCertificate(let domain): checkCertificate(domain)
            case .verify(let request): verify(request)
            case .authorized(let pair, let proof): authorized(pair, by: proof, handler)
            case .opensBack(let pair): openBack(pair, handler)
            case .fail(let error): close(error)
            }
        }
    }

    private func startTLS(_ handler: XMLStreamHandler) {
        do throws(TLSError) {
            handler.startTLS(try TLSHandler(server: context.tls.server))
        } catch {
            context.log.error("TLS cannot be offered to another server", metadata: ["error": "\(error)"])
            close(StreamError(.internalServerError))
        }
    }

    private func checkCertificate(_ domain: JID) {
        let certificate = certificate
        let bound = NIOLoopBound(self, eventLoop: resources.loop)
        context.start(on: resources) { [context, resources] in
            let verdict = await context.certificates.check(certificate, domain.domain)
            resources.onLoop {
                let stream = bound.value
                stream.run(stream.negotiator.certificateChecked(domain, isProven: verdict.isProven))
            }
        }
    }

    private func verify(_ request: DialbackRequest) {
        let bound = NIOLoopBound(self, eventLoop: resources.loop)
        let resources = resources
        let goal = OutgoingNegotiator.Goal.verify(key: request.key, streamID: request.streamID)
        context.start(on: resources) { [context] in
            await OutgoingStream.open(request.pair, goal: goal, context, on: resources) { event in
                let content: Dialback.Content
                switch event {
                case .verified(let answer): content = answer
                case .failed(let failure): content = .error(failure.dialbackError)
                case .ready, .lost: return
                }
                resources.onLoop { bound.value.verified(request, content) }
            }
        }
    }

    private func verified(_ request: DialbackRequest, _ content: Dialback.Content) {
        // What the domain itself could not say is told in our words (XEP-0220 §2.4).
        var content = content
        if case .error(let error) = content, error.condition == .itemNotFound {
            content = .error(StanzaError(.remoteServerNotFound))
        }
        run(negotiator.verified(request, content))
    }

    private func authorized(_ pair: DomainPair, by proof: String, _ handler: XMLStreamHandler) {
        if !admitted.contains(pair.remote) {
            let limit = context.settings.limits.streamsPerDomain
            guard context.domains.admit(pair.remote, limit: limit) else {
                return close(StreamError(.resourceConstraint, text: "Too many streams of \(pair.remote)."))
            }
            admitted.insert(pair.remote)
        }
        context.metrics.incoming.increment()
        handler.limits = context.server.configuration.limits.afterAuthentication
        context.log.info(
            "Stream of another server",
            metadata: [
                "domain": "\(pair.remote)", "to": "\(pair.local)", "method": "\(proof)", "address": "\(address)",
            ])
    }

    /// Stanzas of the pair may go by this stream, too.
    private func openBack(_ pair: DomainPair, _ handler: XMLStreamHandler) {
        // Whoever could be called back could also be made to call: one pair is what streams with acknowledgements carry.
        guard carriers.isEmpty, let domain = context.domains.domain(pair, context) else { return }
        let carrier = StanzaCarrier(
            id: id, domain: domain, handler: handler, on: resources.loop, name: context.server.makeID())
        carriers[pair] = carrier
        let bound = NIOLoopBound(self, eventLoop: resources.loop)
        // When it is not needed it goes on for what comes in.
        let handle = CarrierHandle(carrier, on: resources) { bound.value.carriers[pair] = nil }
        domain.ready(id, handle, takesOnce: negotiator.takesOnce)
    }

    // MARK: End

    func close(_ error: StreamError?) {
        guard let handler, !isClosing else { return }
        if let error {
            context.server.metrics.streamErrors.increment()
            context.log.info(
                "Stream of another server refused",
                metadata: [
                    "domain": "\(negotiator.remote?.description ?? "")", "address": "\(address)",
                    "condition": "\(error.condition.rawValue)", "text": "\(error.text ?? "")",
                ])
            if !hasHeader {
                hasHeader = true
                handler.write(
                    raw: StreamHeader(contentNamespace: Namespace.server, id: context.server.makeID()).serverText)
            }
            handler.write(error.element)
        }
        if hasHeader { handler.write(raw: "</stream:stream>") }
        isClosing = true
        handler.close()
    }

    func abort() { handler?.abort() }

    func tick(_ now: NIODeadline) {
        let limits = context.settings.limits
        if negotiator.proven.isEmpty {
            // A stream by which keys are asked about is over when it has its answers.
            if now - started > .seconds(Int64(limits.negotiationSeconds)) { close(StreamError(.connectionTimeout)) }
            return
        }
        let patience = TimeAmount.seconds(Int64(limits.acknowledgementSeconds))
        for carrier in carriers.values where carrier.isOverdue(now, after: patience) { return abort() }
        let silence = now - lastRead
        if silence > .seconds(Int64(limits.silenceSeconds)) { return close(StreamError(.connectionTimeout)) }
        guard silence > .seconds(Int64(limits.probeSeconds)), now - lastProbe > .seconds(Int64(limits.probeSeconds))
        else { return }
        lastProbe = now
        // A connection that is no more shows when nobody takes a blank (RFC 6120 §4.6.1).
        if carriers.isEmpty { handler?.write(raw: " ") }
        for carrier in carriers.values { carrier.probe() }
    }
}
