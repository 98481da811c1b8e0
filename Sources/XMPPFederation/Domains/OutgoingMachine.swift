//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

internal import DequeModule
internal import XMPPCore
internal import XMPPPayloads
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
        /// Its row in the outbox, where it stays until it has arrived; nil if it is in memory only.
        let row: Int64?
        /// When it came.
        let stamp: Int64
        /// About what it takes in memory.
        let bytes: Int

        init(_ stanza: Stanza, row: Int64? = nil, stamp: Int64) {
            self.stanza = stanza
            self.row = row
            self.stamp = stamp
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
        /// Rows of the outbox are no longer needed.
        case remove([Int64])
        /// What lies in the outbox after this row is to be read: ``loaded(_:isAll:now:)``.
        case load(after: Int64)
        /// ``tick(now:)`` is to be called then.
        case wake(at: Int64)
    }

    /// Read from the outbox at a time; more is read when half of them have been taken.
    static let page = 256
    /// What has waited for less does not say so (XEP-0203).
    private static let delayWorthSaying: Int64 = 10_000

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
    /// The newest row that is or was in memory.
    private var lastRow: Int64 = 0
    /// There are rows in the outbox that are not in memory.
    private var hasUnloaded = false
    private var isLoading = false
    /// A row was told of while the outbox was being read, which may have missed it.
    private var hasMissed = false
    /// Rows that were read from the outbox: whoever tells of one of them later tells nothing new.
    private var loadedRows: ClosedRange<Int64>?

    init(_ limits: FederationLimits, now: Int64) {
        self.limits = limits
        lastUse = now
    }

    var count: Int { queue.count + written.count }
    var isEmpty: Bool { queue.isEmpty && written.isEmpty && !hasUnloaded }

    // MARK: Stanzas

    /// `row`: where it lies in the outbox, if it does.
    mutating func send(_ stanza: Stanza, row: Int64? = nil, now: Int64) -> [Action] {
        lastUse = now
        if let row { return sendStored(Entry(stanza, row: row, stamp: now), row, now: now) }
        switch state {
        case _ where isStopping: return refuse(stanza, Self.shutDown)
        case .waiting(let until) where now < until:
            return refuse(stanza, lastFailure ?? OutgoingFailure(.connection, "The server cannot be reached."))
        default: break
        }
        let entry = Entry(stanza, stamp: now)
        guard fits(entry) else {
            missedPresence = missedPresence || stanza.isPlainPresence
            return Self.bounce(stanza, StanzaError(.resourceConstraint, text: "Too much waits for that server."))
        }
        append(entry)
        return goOn(now: now)
    }

    /// It is on disk already: what does not fit into memory, or would overtake what is not there, is read later.
    private mutating func sendStored(_ entry: Entry, _ row: Int64, now: Int64) -> [Action] {
        if let loadedRows, loadedRows.contains(row) { return [] }
        guard row < lastRow || (!hasUnloaded && !isLoading && fits(entry)) else {
            hasUnloaded = true
            if isLoading { hasMissed = true }
            return goOn(now: now)
        }
        lastRow = max(lastRow, row)
        append(entry)
        return goOn(now: now)
    }

    private func fits(_ entry: Entry) -> Bool {
        queue.count + written.count < limits.queuedStanzas && bytes + entry.bytes <= limits.queuedBytes
    }

    private mutating func append(_ entry: Entry) {
        queue.append(entry)
        bytes += entry.bytes
    }

    /// Something waits: sees to it that it goes on.
    private mutating func goOn(now: Int64) -> [Action] {
        guard !isStopping else { return [] }
        switch state {
        case .waiting(let until) where now < until: return expire(now: now) + (isEmpty ? [] : [.wake(at: until)])
        case .idle, .waiting:
            let more = load()
            guard !queue.isEmpty else { return more }
            state = .connecting
            return more + [.connect]
        case .ready(let carrier): return load() + flush(carrier)
        case .connecting: return []
        }
    }

    private mutating func load() -> [Action] {
        guard hasUnloaded, !isLoading, queue.count < Self.page / 2 else { return [] }
        isLoading = true
        hasMissed = false
        return [.load(after: lastRow)]
    }

    /// There may be something in the outbox from before the start.
    mutating func resume(now: Int64) -> [Action] {
        hasUnloaded = true
        return goOn(now: now)
    }

    /// The outbox could not be read: it is tried again at the next ``tick(now:)``.
    mutating func loadFailed() {
        isLoading = false
        hasUnloaded = true
    }

    /// What was read; `isAll` if there is no more.
    mutating func loaded(_ entries: [Entry], isAll: Bool, now: Int64) -> [Action] {
        isLoading = false
        for entry in entries { append(entry) }
        if let first = entries.first?.row, let last = entries.last?.row {
            let start = loadedRows.map { $0.upperBound == lastRow ? $0.lowerBound : first } ?? first
            loadedRows = min(start, first)...last
            lastRow = max(lastRow, last)
        }
        hasUnloaded = !isAll || hasMissed
        return tick(now: now)
    }

    /// The time of ``Action/wake(at:)`` has come, or some time has passed.
    mutating func tick(now: Int64) -> [Action] {
        let expired = expire(now: now)
        return expired + (queue.isEmpty && !hasUnloaded ? [] : goOn(now: now))
    }

    /// What has waited too long comes back to its sender, and all of it if nothing is to be hoped for.
    private mutating func expire(now: Int64) -> [Action] {
        if case .ready = state { return [] }
        var isHopeless = false
        if case .waiting(let until) = state, now < until { isHopeless = lastFailure?.isFinal ?? false }
        var rows: [Int64] = []
        var actions: [Action] = []
        let failure = lastFailure ?? OutgoingFailure(.timeout, "The server could not be reached.")
        while let first = queue.first, let row = first.row,
            isHopeless || first.stamp + Int64(limits.storedSeconds) * 1000 <= now
        {
            queue.removeFirst()
            bytes -= first.bytes
            rows.append(row)
            actions += Self.bounce(first.stanza, failure.stanzaError)
        }
        if !rows.isEmpty { actions.append(.remove(rows)) }
        return isHopeless ? actions + load() : actions
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
    mutating func take(
        _ limit: Int, by carrier: UInt64, now: Int64
    ) -> (stanzas: [Stanza], isAll: Bool, actions: [Action]) {
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
                if let row = entry.row { actions.append(.remove([row])) }
            } else {
                written.append(entry)
                stanzas.append(Self.delayed(entry, now: now))
            }
        }
        queue.removeFirst(first.count)
        return (stanzas, !isFlushDue, actions + load())
    }

    /// What has waited says since when (XEP-0203).
    private static func delayed(_ entry: Entry, now: Int64) -> Stanza {
        guard entry.row != nil, now - entry.stamp > delayWorthSaying, let from = entry.stanza.from,
            entry.stanza.child("delay", DelayedDelivery.namespace) == nil
        else { return entry.stanza }
        let delay = DelayedDelivery(stamp: Timestamp(milliseconds: entry.stamp), from: from.domainJID)
        let content = entry.stanza.content.adding(delay.element)
        guard var stanza = try? Stanza(content, kind: entry.stanza.kind, from: nil, to: nil) else {
            return entry.stanza
        }
        stanza.from = from
        stanza.to = entry.stanza.to
        return stanza
    }

    private func isTooLarge(_ entry: Entry) -> Bool {
        // Written out it is hardly ever more than twice as long: only then it is looked at.
        guard let maximumBytes, entry.bytes * 2 > maximumBytes else { return false }
        return entry.stanza.xmlBytes.count > maximumBytes
    }

    /// The first of those that were written have arrived, or can no longer be followed.
    mutating func arrived(_ count: Int, by carrier: UInt64) -> [Action] {
        guard state == .ready(carrier), count > 0 else { return [] }
        hasProgress = true
        failures = 0
        var rows: [Int64] = []
        for entry in written.prefix(count) {
            bytes -= entry.bytes
            if let row = entry.row { rows.append(row) }
        }
        written.removeFirst(min(count, written.count))
        return rows.isEmpty ? [] : [.remove(rows)]
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
        var actions = load() + flush(carrier)
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
        let all = Array(written) + Array(queue)
        written.removeAll()
        queue = Deque(all.filter { $0.row != nil })
        bytes = queue.reduce(0) { $0 + $1.bytes }
        let refused = all.filter { $0.row == nil }.flatMap { refuse($0.stanza, failure) }
        guard !isStopping, case .waiting(let until) = state, !queue.isEmpty || hasUnloaded else { return refused }
        let expired = expire(now: now)
        return refused + expired + (queue.isEmpty && !hasUnloaded ? [] : [.wake(at: until)])
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
            if entry.row != nil || entry.stanza.mayBeSentAgain {
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
