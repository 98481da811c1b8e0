//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

internal import DequeModule
internal import XMPPCore
internal import XMPPServer

/// What waits for another server's domain and the way there, without input or output: the shell runs what comes out.
///
/// ```
/// idle ──stanza──► connecting ──► ready ──loss──► connecting
///  ▲                   │            └──idle──► idle
///  └──pause over── waiting ◄──failure┘
/// ```
/// Every time is in milliseconds since 1970 and handed in.
struct OutgoingMachine: Sendable {
    /// A stanza on its way.
    struct Entry: Sendable {
        let stanza: Stanza
        /// About what it takes in memory.
        let bytes: Int

        init(_ stanza: Stanza) {
            self.stanza = stanza
            bytes = stanza.content.tree.memorySize
        }
    }

    /// What the shell is to do, outside of the lock.
    enum Action: Sendable {
        case connect
        /// The carrier is to take what waits.
        case flush(UInt64)
        /// The carrier is not needed.
        case end(UInt64)
        /// Comes back to its sender.
        case bounce(Stanza, StanzaError)
        /// Presence has been left out since the domain was last there.
        case returned
    }

    enum State: Sendable, Equatable {
        case idle
        case connecting
        case ready(UInt64)
        /// It could not be reached; until then it is not tried again.
        case waiting(until: Int64)
    }

    private(set) var state = State.idle
    private(set) var lastFailure: OutgoingFailure?
    private let limits: FederationLimits
    /// Not written yet.
    private var queue: Deque<Entry> = []
    /// Written, and not known to have arrived.
    private var written: Deque<Entry> = []
    private var bytes = 0
    private var failures = 0
    /// The carrier has brought something across.
    private var hasProgress = false
    private var isFlushDue = false
    private var isStopping = false
    /// Bytes of a stanza that the other server takes (XEP-0478).
    private var maximumBytes: Int?
    /// Presence was dropped.
    private var missedPresence = false
    private(set) var lastUse: Int64

    init(_ limits: FederationLimits, now: Int64) {
        self.limits = limits
        lastUse = now
    }

    var count: Int { queue.count + written.count }
    var isEmpty: Bool { queue.isEmpty && written.isEmpty }

    // MARK: Stanzas

    mutating func send(_ stanza: Stanza, now: Int64) -> [Action] {
        lastUse = now
        switch state {
        case _ where isStopping: return refuse(stanza, Self.shutDown)
        case .waiting(let until) where now < until:
            return refuse(stanza, lastFailure ?? OutgoingFailure(.connection, "The server cannot be reached."))
        default: break
        }
        let entry = Entry(stanza)
        guard queue.count + written.count < limits.queuedStanzas, bytes + entry.bytes <= limits.queuedBytes else {
            missedPresence = missedPresence || stanza.isPlainPresence
            return Self.bounce(stanza, StanzaError(.resourceConstraint, text: "Too much waits for that server."))
        }
        queue.append(entry)
        bytes += entry.bytes
        switch state {
        case .idle, .waiting:
            state = .connecting
            return [.connect]
        case .ready(let carrier): return flush(carrier)
        case .connecting: return []
        }
    }

    private static let shutDown = OutgoingFailure(.connection, "This server is being shut down.")

    /// What may be given up: presence is told anew when the domain is there again.
    private mutating func refuse(_ stanza: Stanza, _ failure: OutgoingFailure) -> [Action] {
        if stanza.isPlainPresence { missedPresence = true }
        return Self.bounce(stanza, failure.stanzaError)
    }

    /// Presence is dropped without a word; nobody answers an error or a result.
    private static func bounce(_ stanza: Stanza, _ error: StanzaError) -> [Action] {
        if stanza.isPlainPresence || stanza.type == .error || stanza.type == .result { return [] }
        return [.bounce(stanza, error)]
    }

    private mutating func flush(_ carrier: UInt64) -> [Action] {
        guard !isFlushDue, !queue.isEmpty else { return [] }
        isFlushDue = true
        return [.flush(carrier)]
    }

    /// The next stanzas for a carrier, which writes them at once. Fewer than `limit` means that there are no more.
    /// What the other server would not take is left out, and comes back to its sender.
    mutating func take(_ limit: Int, by carrier: UInt64) -> (stanzas: [Stanza], isAll: Bool, actions: [Action]) {
        guard state == .ready(carrier) else { return ([], true, []) }
        let first = queue.prefix(limit)
        // Until a carrier has found nothing left it comes back by itself.
        isFlushDue = first.count == limit
        var stanzas: [Stanza] = []
        var actions: [Action] = []
        for entry in first {
            if isTooLarge(entry) {
                bytes -= entry.bytes
                let error = StanzaError(.policyViolation, text: "The other server takes no stanza of this size.")
                actions += Self.bounce(entry.stanza, error)
            } else {
                written.append(entry)
                stanzas.append(entry.stanza)
            }
        }
        queue.removeFirst(first.count)
        return (stanzas, !isFlushDue, actions)
    }

    private func isTooLarge(_ entry: Entry) -> Bool {
        // Written out it is hardly ever more than twice as long: only then it is looked at.
        guard let maximumBytes, entry.bytes * 2 > maximumBytes else { return false }
        return entry.stanza.xmlBytes.count > maximumBytes
    }

    /// The first of those that were written have arrived, or can no longer be followed.
    mutating func arrived(_ count: Int, by carrier: UInt64) {
        guard state == .ready(carrier), count > 0 else { return }
        hasProgress = true
        failures = 0
        for entry in written.prefix(count) { bytes -= entry.bytes }
        written.removeFirst(min(count, written.count))
    }

    // MARK: Carriers

    /// A stream is ready to carry stanzas: ours, or one of the other server's that goes both ways.
    mutating func ready(_ carrier: UInt64, maximumBytes: Int? = nil, now: Int64) -> [Action] {
        switch state {
        case _ where isStopping: return [.end(carrier)]
        case .ready(let other): return other == carrier ? [] : [.end(carrier)]
        case .idle, .connecting, .waiting: break
        }
        state = .ready(carrier)
        self.maximumBytes = maximumBytes
        lastFailure = nil
        lastUse = now
        hasProgress = false
        isFlushDue = false
        var actions = flush(carrier)
        if missedPresence {
            missedPresence = false
            actions.append(.returned)
        }
        return actions
    }

    /// The attempt to connect has failed. `jitter` is drawn from 0 to 1.
    mutating func failed(_ failure: OutgoingFailure, now: Int64, jitter: Double) -> [Action] {
        // Another stream may have come meanwhile.
        guard state == .connecting else { return [] }
        return giveUp(failure, now: now, jitter: jitter)
    }

    private mutating func giveUp(_ failure: OutgoingFailure, now: Int64, jitter: Double) -> [Action] {
        lastFailure = failure
        let full = min(limits.longestPause, limits.firstPause * Double(1 << min(failures, 20)))
        failures += 1
        state = .waiting(until: now + Int64(full * (0.5 + 0.5 * min(max(jitter, 0), 1)) * 1000))
        let lost = Array(written) + Array(queue)
        written.removeAll()
        queue.removeAll()
        bytes = 0
        return lost.flatMap { refuse($0.stanza, failure) }
    }

    /// A carrier has gone. What it had written and what was not known to have arrived goes again where that does no harm.
    mutating func lost(_ carrier: UInt64, _ failure: OutgoingFailure?, now: Int64, jitter: Double) -> [Action] {
        guard state == .ready(carrier) else { return [] }
        isFlushDue = false
        if isEmpty {
            state = .idle
            return []
        }
        guard !isStopping else { return giveUp(Self.shutDown, now: now, jitter: jitter) }
        let failure = failure ?? OutgoingFailure(.connection, "The connection was lost.")
        // A stream that brings nothing across is no better than none.
        guard hasProgress || written.isEmpty, failures == 0 else { return giveUp(failure, now: now, jitter: jitter) }
        failures += 1
        var actions: [Action] = []
        var again: Deque<Entry> = []
        for entry in written {
            if entry.stanza.mayBeSentAgain {
                again.append(entry)
            } else {
                bytes -= entry.bytes
                actions += refuse(entry.stanza, failure)
            }
        }
        written.removeAll()
        again.append(contentsOf: queue)
        queue = again
        guard !queue.isEmpty else {
            state = .idle
            return actions
        }
        state = .connecting
        return actions + [.connect]
    }

    /// Whether a carrier has had nothing to do for so long.
    func isIdle(since: Int64) -> Bool { isEmpty && lastUse < since }

    /// Something has come by a carrier that goes both ways.
    mutating func used(now: Int64) { lastUse = now }

    /// Takes nothing more. The carrier writes what waits and ends its stream.
    mutating func stop() -> [Action] {
        isStopping = true
        if case .ready(let carrier) = state { return flush(carrier) + [.end(carrier)] }
        return giveUp(Self.shutDown, now: lastUse, jitter: 0)
    }
}

extension Stanza {
    /// Presence that says how somebody is, or asks: what is true for a moment only.
    var isPlainPresence: Bool {
        guard kind == .presence else { return false }
        switch type {
        case .subscribe, .subscribed, .unsubscribe, .unsubscribed: return false
        default: return true
        }
    }

    /// Whether a second one does no harm if the first has arrived after all.
    fileprivate var mayBeSentAgain: Bool {
        switch kind {
        case .message: true
        case .presence: !isPlainPresence
        case .iq: type == .result || type == .error
        }
    }
}
