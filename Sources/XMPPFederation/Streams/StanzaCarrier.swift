//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

internal import CoreMetrics
internal import DequeModule
internal import NIOCore
internal import XMPPCore
internal import XMPPPayloads
internal import XMPPServer
internal import XMPPStream

/// The sending half of a stream between servers: takes what waits for the domain, and finds out what has arrived.
/// Confined to its loop.
///
/// A server that has XEP-0198 counts what it has taken care of. Another one is asked something (XEP-0199) behind what must
/// not get lost: as it takes stanzas in their order, its answer, on whatever stream, says that all before has arrived.
final class StanzaCarrier {
    private enum Proof {
        case acknowledgements
        case answers
        /// It does not even answer: what has been written counts as arrived.
        case none
    }

    /// Taken at a time.
    private static let batch = 64
    /// How long the last acknowledgement is waited for at a stop.
    private static let lastWait = TimeAmount.seconds(2)

    let id: UInt64
    /// Whose stanzas it takes: of several pairs where the other server takes those by one stream.
    private var domains: [OutgoingDomain]
    /// What is on its way, by the domain that it was taken from, in order.
    private var runs: Deque<(domain: OutgoingDomain, count: Int)> = []
    private let handler: XMLStreamHandler
    private let loop: any EventLoop
    private let questionID: String
    private var proof = Proof.answers
    /// Stanzas that were sent, and those of them that have arrived.
    private var sent: UInt64 = 0
    private var arrived: UInt64 = 0
    /// Those that were sent before the other server began to count.
    private var uncounted: UInt64 = 0
    /// The last one that is kept until it has arrived.
    private var lastKept: UInt64 = 0
    /// How many had been sent when the other server was asked; nil if no answer is owed.
    private var asked: UInt64?
    private var askedAt = NIODeadline.now()
    /// The last answer said nothing new: the next question waits for the next tick.
    private var isStalled = false
    /// Since when something has been owed, and nothing come.
    private var owedSince: NIODeadline?
    /// It has answered once, so it will again.
    private var hasAnswered = false
    private var isProbing = false
    private var finished: [() -> Void] = []
    /// Our side of the stream has been ended, and nothing more may be written.
    private(set) var hasEnded = false

    init(id: UInt64, domain: OutgoingDomain, handler: XMLStreamHandler, on loop: any EventLoop, name: String) {
        self.id = id
        domains = [domain]
        self.handler = handler
        self.loop = loop
        questionID = "\(Self.questionPrefix)\(name)"
    }

    // MARK: Domains

    var hasDomains: Bool { !domains.isEmpty }

    /// Whether none of them has had anything to do for as long as streams are kept.
    var isIdle: Bool { domains.allSatisfy(\.isIdle) }

    func add(_ domain: OutgoingDomain) { domains.append(domain) }

    func remove(_ pair: DomainPair) { domains.removeAll { $0.pair == pair } }

    /// Something has come by its stream.
    func used() { domains.first?.used() }

    // MARK: Stanzas

    /// Begins the ids of our questions.
    private static let questionPrefix = "switchboard-arrived-"

    /// Whether a stanza may be an answer to a question of ours.
    static func isAnswer(_ stanza: Stanza) -> Bool {
        stanza.kind == .iq && (stanza.type == .result || stanza.type == .error)
            && stanza.id?.hasPrefix(questionPrefix) ?? false
    }

    /// From now on the other server counts. As it takes stanzas in their order, its first word of it covers what was sent
    /// before, too.
    func countsFromHere() {
        proof = .acknowledgements
        uncounted = sent
        asked = nil
        owedSince = nil
        isStalled = false
    }

    /// Writes what waits, as long as the other server takes it.
    func flush() {
        var rest = domains
        while handler.isWritable, !hasEnded, !rest.isEmpty { rest.removeAll { write(from: $0) } }
    }

    /// Writes a part of what waits for a domain; true if that was all.
    private func write(from domain: OutgoingDomain) -> Bool {
        guard handler.isWritable else { return false }
        let batch = domain.take(Self.batch, by: id)
        for (stanza, mark) in zip(batch.stanzas, batch.marks) {
            if let mark { handler.write(stanza, last: TakenOnce.mark(mark)) } else { handler.write(stanza) }
        }
        let count = batch.stanzas.count
        guard count > 0 else { return batch.isAll }
        sent += UInt64(count)
        if let last = runs.indices.last, runs[last].domain === domain {
            runs[last].count += count
        } else {
            runs.append((domain, count))
        }
        if batch.isKept { lastKept = sent }
        followUp()
        return batch.isAll
    }

    /// What nobody asks about has arrived when it is written.
    private func followUp() {
        guard proof != .acknowledgements, proof == .none || lastKept <= arrived else { return }
        let through = sent
        let bound = NIOLoopBound(self, eventLoop: loop)
        handler.afterWritten { bound.value.hasArrived(through) }
    }

    private func hasArrived(_ through: UInt64) {
        guard through > arrived else { return }
        var count = Int(through - arrived)
        arrived = through
        isStalled = false
        owedSince = nil
        while count > 0, let run = runs.first {
            let part = min(count, run.count)
            count -= part
            if part == run.count { runs.removeFirst() } else { runs[0].count -= part }
            run.domain.arrived(part, by: id)
        }
        if arrived == sent { finish() }
    }

    /// What is written asks for its acknowledgement.
    func willFlush() {
        switch proof {
        case .acknowledgements: if sent != arrived { ask() }
        case .answers: if lastKept > arrived { ask() }
        case .none: break
        }
    }

    private func ask() {
        guard asked == nil, !hasEnded, !isStalled, let pair = domains.first?.pair else { return }
        asked = sent
        askedAt = .now()
        if sent != arrived { owedSince = owedSince ?? askedAt }
        guard proof == .answers else { return handler.write(raw: "<r xmlns='urn:xmpp:sm:3'/>") }
        handler.write(
            XMLElement(
                "iq", Namespace.client,
                ["type": "get", "id": "\(questionID)-\(sent)", "from": pair.local, "to": pair.remote]
            ) { XMLElement("ping", "urn:xmpp:ping") })
    }

    /// The other server has taken care of so many (XEP-0198).
    ///
    /// - Returns: false if that is more than it was sent.
    func acknowledge(_ count: UInt32) -> Bool {
        guard proof == .acknowledgements else { return false }
        let known = max(arrived, uncounted)
        let new = UInt64(count &- UInt32(truncatingIfNeeded: known - uncounted))
        guard new <= sent - known else { return false }
        asked = nil
        isProbing = false
        isStalled = known + new <= arrived
        hasArrived(known + new)
        // What was sent since has not been asked about.
        willFlush()
        return true
    }

    /// The other server has answered a question.
    func answered(_ answer: String) {
        guard proof == .answers, let asked, answer == "\(questionID)-\(asked)" else { return }
        self.asked = nil
        hasAnswered = true
        isProbing = false
        hasArrived(asked)
        willFlush()
    }

    /// Nothing has come for a while: asks whether the other server is still there.
    func probe() {
        guard !isProbing, proof != .none else { return }
        isProbing = true
        ask()
    }

    /// From time to time: asks again where the last answer said nothing new.
    func tick() {
        guard isStalled else { return }
        isStalled = false
        willFlush()
    }

    /// Whether an answer, or what it should say, has been owed for too long, so that the stream counts as lost.
    func isOverdue(_ now: NIODeadline, after limit: TimeAmount) -> Bool {
        if proof == .acknowledgements, let owedSince, now - owedSince > limit { return true }
        guard asked != nil, now - askedAt > limit else { return false }
        guard proof == .answers, !hasAnswered else { return true }
        // It has no way to us, or answers nobody: that is no reason to send everything again.
        proof = .none
        asked = nil
        hasArrived(sent)
        return false
    }

    // MARK: End

    /// Calls `body` when all that was sent has arrived, or is not worth waiting for any longer.
    func finish(_ body: @escaping () -> Void) {
        flush()
        guard sent != arrived, proof != .none else { return body() }
        finished.append(body)
        guard finished.count == 1 else { return }
        willFlush()
        // Who does not count ends its side of the stream when it has read all of ours (RFC 6120 §4.4).
        if proof == .answers {
            hasEnded = true
            handler.write(raw: "</stream:stream>")
        }
        let bound = NIOLoopBound(self, eventLoop: loop)
        loop.scheduleTask(in: Self.lastWait) { bound.value.finish() }
    }

    /// The other server has ended its side of the stream.
    func streamClosed() {
        if hasEnded { hasArrived(sent) }
        finish()
    }

    /// Also to be called when the connection is gone.
    func finish() {
        let bodies = finished
        finished = []
        for body in bodies { body() }
    }
}
