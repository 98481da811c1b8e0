//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

internal import CoreMetrics
internal import NIOCore
internal import XMPPCore
internal import XMPPPayloads
internal import XMPPServer
internal import XMPPStream

/// The receiving half of a stream between servers: takes its elements in order, counts stanzas when they have been taken
/// care of (XEP-0198), and reads more slowly from a domain that sends too much. Confined to its loop.
final class StanzaReceiver {
    private let context: FederationContext
    private let resources: LoopResources
    private let pump: StanzaPump
    private let order = RemoteOrder()
    private var handler: XMLStreamHandler?
    /// What comes by this stream, for whichever domains: who has a domain has as many below it as he likes.
    private var bucket: DomainBudgets.Bucket
    private var acknowledges = false
    private var handled: UInt32 = 0
    private var isFull = false
    private var isThrottled = false
    /// When the debt is paid.
    private var readsAgain = NIODeadline.distantPast

    init(_ context: FederationContext, on resources: LoopResources) {
        self.context = context
        self.resources = resources
        bucket = DomainBudgets.Bucket(context.settings.limits, now: .now())
        pump = StanzaPump(limit: context.server.configuration.limits.inboxStanzas, resources: resources)
    }

    /// `process` says what becomes of an element; it is let go of when the connection ends.
    func start(
        _ handler: XMLStreamHandler, process: @escaping (_ element: XMLElement, _ isInTurn: Bool) -> StanzaPump.Outcome
    ) {
        self.handler = handler
        pump.start(
            StanzaPump.Owner(
                process: process,
                handled: { self.handled &+= 1 },
                pauseReading: { isPaused in
                    self.isFull = isPaused
                    self.updateReading()
                },
                drained: {}))
    }

    func take(_ element: XMLElement) { pump.take(element) }

    /// The connection is gone. What is being recorded is finished.
    func stop() {
        pump.stop()
        handler = nil
    }

    /// A stanza that may come by this stream; with `takesOnce` the other server marks its messages.
    func accept(_ stanza: Stanza, takesOnce: Bool, isInTurn: Bool) -> StanzaPump.Outcome {
        charge(stanza)
        guard let from = stanza.from, let to = stanza.to else { return .handled }
        let pair = DomainPair(local: to.domain, remote: from.domain)
        if from.isDomain, to.isDomain, StanzaCarrier.isAnswer(stanza), let id = stanza.id {
            context.domains.known(pair)?.answered(id)
            return .handled
        }
        let mark = takesOnce && stanza.kind == .message ? TakenOnce.id(of: stanza) : nil
        let once = mark.map { RemoteMark($0, among: context.domains.marks(pair, context.settings.limits)) }
        return context.server.takeRemote(stanza, order: order, once: once, isInTurn: isInTurn)
    }

    private func charge(_ stanza: Stanza) {
        context.metrics.received.increment()
        guard let domain = stanza.from?.domain else { return }
        let size = stanza.content.tree.memorySize
        let now = NIODeadline.now()
        let pauses = [bucket.take(bytes: size, now: now), context.budgets.take(domain, bytes: size, now: now)]
        guard let pause = pauses.compactMap({ $0 }).max() else { return }
        // What had been read already counts, too.
        readsAgain = max(readsAgain, now + pause)
        guard !isThrottled else { return }
        isThrottled = true
        updateReading()
        context.metrics.throttled.increment()
        waitForBudget()
    }

    private func waitForBudget() {
        let bound = NIOLoopBound(self, eventLoop: resources.loop)
        resources.loop.scheduleTask(deadline: readsAgain) {
            let receiver = bound.value
            guard receiver.readsAgain <= .now() else { return receiver.waitForBudget() }
            receiver.isThrottled = false
            receiver.updateReading()
        }
    }

    private func updateReading() { handler?.pauseReading(isFull || isThrottled) }

    // MARK: XEP-0198

    /// An element of XEP-0198 that asks something of this half.
    ///
    /// - Returns: nil if it is none of them.
    func received(_ element: XMLElement, isInTurn: Bool) -> StanzaPump.Outcome? {
        switch element.name {
        case "enable":
            // What came before is not counted.
            guard isInTurn else { return .later { self.received(element, isInTurn: true) ?? .none } }
            guard !acknowledges else {
                handler?.write(
                    XMLElement("failed", "urn:xmpp:sm:3") { XMLElement("unexpected-request", Namespace.stanzaErrors) })
                return StanzaPump.Outcome.none
            }
            acknowledges = true
            handled = 0
            handler?.write(raw: "<enabled xmlns='urn:xmpp:sm:3'/>")
            return StanzaPump.Outcome.none
        case "r" where acknowledges:
            let answer = { [self] in
                handler?.write(raw: "<a xmlns='urn:xmpp:sm:3' h='\(handled)'/>") ?? ()
            }
            guard !isInTurn else {
                answer()
                return StanzaPump.Outcome.none
            }
            return .inTurn(answer)
        default: return nil
        }
    }

    /// Both directions are counted from where it was turned on.
    func countsFromHere() {
        acknowledges = true
        handled = 0
    }
}
