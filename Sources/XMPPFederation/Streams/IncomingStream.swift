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
    /// How others see it once it has proven something, and the pairs it has been counted for.
    private var proof: ProvenStream?
    private var admitted: Set<DomainPair> = []
    /// What is being found out for it.
    private var errands: [ObjectIdentifier: Errand] = [:]
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
        let bound = NIOLoopBound(self, eventLoop: resources.loop)
        context.unproven.add(id) { [resources] in resources.onLoop { bound.value.abort() } }
        receiver.start(handler) { self.process($0, isInTurn: $1) }
    }

    // MARK: Stream

    func streamOpened(_ header: StreamHeader) { run(negotiator.opened(header)) }

    func streamReceived(_ element: XMLElement) {
        lastRead = .now()
        proof?.heard(lastRead)
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
        context.unproven.remove(id)
        if let proof {
            for pair in admitted { context.proven.release(proof, for: pair) }
        }
        for errand in errands.values { errand.cancel() }
        errands = [:]
        let gone = carriers
        carriers = [:]
        for (pair, carrier) in gone {
            carrier.finish()
            context.domains.known(pair)?.lost(id, nil)
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
            context.tellOfStranger(
                "Another server has ended its stream",
                [
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
        perform { [context, resources] in
            // Strangers get a part of what the DNS can be asked.
            guard let turn = try? await context.certificateChecks.take() else {
                return resources.onLoop {
                    let stream = bound.value
                    stream.run(stream.negotiator.certificateChecked(domain, .undecided))
                }
            }
            let verdict = await context.certificates.check(certificate, domain.domain, nil)
            turn.end()
            resources.onLoop {
                let stream = bound.value
                stream.run(stream.negotiator.certificateChecked(domain, verdict.outcome))
            }
        }
    }

    private func verify(_ request: DialbackRequest) {
        let bound = NIOLoopBound(self, eventLoop: resources.loop)
        perform { [context, resources] in
            let answer = await context.callBacks.call(request.pair.remote) {
                await Self.ask(request, context, resources, turns: $0)
            }
            let content: Dialback.Content
            switch answer {
            case .success(let said): content = said
            case .failure(let failure):
                context.tellOfStranger(
                    "A domain could not be asked about its key",
                    ["domain": "\(request.pair.remote)", "reason": "\(failure)"])
                content = .error(failure.dialbackError)
            }
            resources.onLoop { bound.value.verified(request, content) }
        }
    }

    /// What the domain says of a key, by a stream that is made for it. `turns` last as long as that one.
    private static func ask(
        _ request: DialbackRequest, _ context: FederationContext, _ resources: LoopResources, turns: [Turn]
    ) async -> Result<Dialback.Content, OutgoingFailure> {
        typealias Answer = Result<Dialback.Content, OutgoingFailure>
        let (answers, answer) = AsyncStream.makeStream(of: Answer.self, bufferingPolicy: .bufferingOldest(1))
        let goal = OutgoingNegotiator.Goal.verify(key: request.key, streamID: request.streamID)
        await OutgoingStream.open(request.pair, goal: goal, context, on: resources) { event in
            switch event {
            case .verified(let content): answer.yield(.success(content))
            case .failed(let failure): answer.yield(.failure(failure))
            case .ready, .lost: return
            }
            answer.finish()
            for turn in turns { turn.end() }
        }
        for await first in answers { return first }
        return .failure(OutgoingFailure(.connection, "Nobody waits for the answer any more."))
    }

    /// Runs a job that ends with this stream.
    private func perform(_ body: @escaping @Sendable () async -> Void) {
        let errand = Errand()
        errands[ObjectIdentifier(errand)] = errand
        let bound = NIOLoopBound(self, eventLoop: resources.loop)
        context.start(on: resources) { [resources] in
            await errand.run(body)
            resources.onLoop { bound.value.errands[ObjectIdentifier(errand)] = nil }
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
        context.unproven.remove(id)
        if admitted.insert(pair).inserted { admit(pair) }
        context.metrics.incoming.increment()
        handler.limits = context.server.configuration.limits.afterAuthentication
        context.log.info(
            "Stream of another server",
            metadata: [
                "domain": "\(pair.remote)", "to": "\(pair.local)", "method": "\(proof)", "address": "\(address)",
            ])
    }

    private func admit(_ pair: DomainPair) {
        let proof = proof ?? makeProof()
        let limit = context.settings.limits.streamsPerDomain
        context.proven.admit(proof, for: pair, limit: limit)?.end()
    }

    private func makeProof() -> ProvenStream {
        let bound = NIOLoopBound(self, eventLoop: resources.loop)
        let made = ProvenStream(id: id, now: .now()) { [resources] in
            resources.onLoop {
                bound.value.close(StreamError(.resourceConstraint, text: "Other streams of the domain have come."))
                // Its peer may be gone without a word.
                bound.value.abort()
            }
        }
        proof = made
        return made
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
            context.tellOfStranger(
                "Stream of another server refused",
                [
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
        for carrier in carriers.values { carrier.tick() }
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
