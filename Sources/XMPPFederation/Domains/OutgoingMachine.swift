//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

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
    typealias Entry = OutgoingQueue.Entry

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
        /// ``watch(now:)`` is to be called after ``patience``.
        case watch
        /// To be put into the outbox, all at once: ``hasPut(_:now:)``.
        case put([Entry])
        /// Whoever waits is to be told.
        case done([@Sendable () -> Void])
    }

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
    var queue: OutgoingQueue
    private var failures = 0
    /// The carrier has brought something across.
    private var hasProgress = false
    private var isFlushDue = false
    private(set) var isStopping = false
    /// Bytes of a stanza that the other server takes (XEP-0478).
    private var maximumBytes: Int?
    /// Presence was dropped.
    private var missedPresence = false
    /// The way has been good, or others thought so: then one that fails may be mended soon.
    private var hasWorked = false
    /// Since when all attempts have failed.
    private var failingSince: Int64?
    /// What is first on its way when streams end that have brought nothing across, and how many have.
    private var suspect: (row: Int64, losses: Int)?
    private let start: Int64
    var lastUse: Int64
    /// The other server knows messages again by their marks.
    private var takesOnce = false
    /// Begins the marks of what is in memory only; what is on disk is known by its row.
    let name: String
    var messages: UInt64 = 0
    /// Messages are written first until then.
    var passesFrom: Int64 = 0
    /// ``watch(now:)`` will be called.
    var isWatched = false
    /// What somebody waits for is to be put into the outbox as soon as that can be.
    var isPutDue = false

    /// - name: nobody else's.
    /// - hasStored: there may be something in the outbox already.
    init(_ limits: FederationLimits, name: String, hasStored: Bool = false, now: Int64) {
        self.limits = limits
        self.name = name
        queue = OutgoingQueue(limits)
        if hasStored { queue.expectMore() }
        lastUse = now
        start = now
    }

    var count: Int { queue.count }
    var isEmpty: Bool { queue.isEmpty }
    /// Written, and not known to have arrived.
    var unacknowledged: Int { queue.written.count }

    // MARK: Stanzas

    /// `row`: where it lies in the outbox, if it does, and `stamp` since when.
    mutating func send(_ stanza: Stanza, row: Int64? = nil, stamp: Int64? = nil, now: Int64) -> [Action] {
        lastUse = now
        if let row {
            let entry = Entry(stanza, row: row, stamp: stamp ?? now)
            return queue.appendStored(entry, row) ? goOn(now: now) : []
        }
        switch state {
        case _ where isStopping: return refuse(stanza, Self.shutDown)
        case .waiting(let until) where now < until:
            return refuse(stanza, lastFailure ?? OutgoingFailure(.connection, "The server cannot be reached."))
        default: break
        }
        guard queue.append(Entry(stanza, stamp: now, mark: nextMark(stanza))) else {
            missedPresence = missedPresence || stanza.isPlainPresence
            return Self.bounce(stanza, StanzaError(.resourceConstraint, text: "Too much waits for that server."))
        }
        return goOn(now: now)
    }

    private mutating func nextMark(_ stanza: Stanza) -> String? {
        guard stanza.kind == .message else { return nil }
        messages += 1
        return "\(name).\(messages)"
    }

    /// Something waits: sees to it that it goes on.
    private mutating func goOn(now: Int64) -> [Action] {
        guard !isStopping else { return [] }
        switch state {
        case .waiting(let until) where now < until: return expire(now: now) + (isEmpty ? [] : [.wake(at: until)])
        case .idle, .waiting:
            let more = load()
            guard !queue.waiting.isEmpty else { return more }
            state = .connecting
            return more + [.connect]
        case .ready(let carrier): return load() + flush(carrier)
        case .connecting: return []
        }
    }

    private mutating func load() -> [Action] {
        queue.beginLoading().map { [.load(after: $0)] } ?? []
    }

    /// There may be something in the outbox from before the start.
    mutating func resume(now: Int64) -> [Action] {
        queue.expectMore()
        return goOn(now: now)
    }

    /// The outbox could not be read: it is tried again at the next ``tick(now:)``.
    mutating func loadFailed() -> [Action] {
        queue.loadFailed()
        return isPutDue ? put() : []
    }

    /// What was read; `isAll` if there is no more.
    mutating func loaded(_ entries: [Entry], isAll: Bool, now: Int64) -> [Action] {
        queue.loaded(entries, isAll: isAll)
        if let first = entries.first, first.stamp < start { hasWorked = true }
        return (isPutDue ? put() : []) + tick(now: now)
    }

    /// The time of ``Action/wake(at:)`` has come, or some time has passed.
    mutating func tick(now: Int64) -> [Action] {
        let expired = expire(now: now)
        return expired + (queue.hasMore ? goOn(now: now) : [])
    }

    /// What has waited too long comes back to its sender, and all of it if nothing is to be hoped for.
    private mutating func expire(now: Int64) -> [Action] {
        var isHopeless = false
        if case .waiting(let until) = state, now < until { isHopeless = self.isHopeless(now) }
        let failure = lastFailure ?? OutgoingFailure(.timeout, "The server could not be reached.")
        let expired = queue.expire(before: now - Int64(limits.storedSeconds) * 1000, all: isHopeless)
        var actions = expired.flatMap { Self.bounce($0.stanza, failure.stanzaError) }
        if !expired.isEmpty { actions.append(.remove(expired.compactMap(\.row))) }
        return isHopeless ? actions + load() : actions
    }

    /// Whether nothing is to be hoped for. Where it has worked before somebody may be at work on it, or in the way.
    private func isHopeless(_ now: Int64) -> Bool {
        guard let lastFailure, lastFailure.isFinal else { return false }
        guard hasWorked, lastFailure.kind != .policy else { return true }
        let patience = Int64(limits.patienceSeconds) * 1000
        return failures >= limits.patienceAttempts && failingSince.map { $0 + patience <= now } ?? false
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

    mutating func flush(_ carrier: UInt64) -> [Action] {
        guard !isFlushDue, !queue.waiting.isEmpty else { return [] }
        isFlushDue = true
        return [.flush(carrier)]
    }

    /// What a carrier is to write at once.
    struct Batch: Sendable {
        var stanzas: [Stanza] = []
        /// By which the other server knows each again; nil where it does not.
        var marks: [String?] = []
        /// There are no more for now.
        var isAll = true
        /// Some of it is kept until it has arrived.
        var isKept = false
    }

    /// The next stanzas for a carrier. What the other server would not take is left out, and comes back to its sender.
    mutating func take(_ limit: Int, by carrier: UInt64, now: Int64) -> (batch: Batch, actions: [Action]) {
        guard state == .ready(carrier) else { return (Batch(), []) }
        // What is under suspicion goes alone.
        let isAlone = suspect.map { $0.losses >= Self.lossesTogether } ?? false
        guard !isAlone || queue.written.isEmpty else {
            isFlushDue = false
            return (Batch(), [])
        }
        let next = queue.next(isAlone ? 1 : limit)
        // Until a carrier has found nothing left it comes back by itself.
        isFlushDue = !isAlone && next.count == limit
        var batch = Batch(isAll: !isFlushDue)
        var actions: [Action] = []
        for entry in next {
            if isTooLarge(entry) {
                queue.drop(entry)
                let error = StanzaError(.policyViolation, text: "The other server takes no stanza of this size.")
                actions += Self.bounce(entry.stanza, error)
                if let row = entry.row { actions.append(.remove([row])) }
                if let passage = entry.passage { actions.append(.done([passage.done])) }
            } else {
                queue.write(entry)
                batch.stanzas.append(outgoing(entry, now: now))
                batch.marks.append(takesOnce ? entry.mark : nil)
                batch.isKept = batch.isKept || entry.isKept
            }
        }
        return (batch, actions + load())
    }

    private func outgoing(_ entry: Entry, now: Int64) -> Stanza {
        let waited = now - entry.stamp
        guard entry.row != nil, waited > Self.delayWorthSaying else { return entry.stanza }
        return entry.stanza.delayed(since: entry.stamp)
    }

    private func isTooLarge(_ entry: Entry) -> Bool {
        guard let maximumBytes else { return false }
        let limit = maximumBytes - Self.additions
        return entry.stanza.mayExceed(bytes: limit) && entry.stanza.xmlBytes.count > limit
    }

    /// Bytes of what is added on the way: since when it has waited, and by which mark it is known again.
    private static let additions = 512

    /// The first of those that were written have arrived, or can no longer be followed.
    mutating func arrived(_ count: Int, by carrier: UInt64) -> [Action] {
        guard state == .ready(carrier), count > 0 else { return [] }
        hasProgress = true
        failures = 0
        suspect = nil
        let entries = queue.arrived(count)
        let rows = entries.compactMap(\.row)
        let done = entries.compactMap(\.passage?.done)
        // There is room for more on the way.
        return (rows.isEmpty ? [] : [.remove(rows)]) + (done.isEmpty ? [] : [.done(done)]) + flush(carrier)
    }

    // MARK: Carriers

    /// A stream is ready to carry stanzas: ours, or one of the other server's that goes both ways.
    mutating func ready(
        _ carrier: UInt64, maximumBytes: Int? = nil, takesOnce: Bool = false, now: Int64
    ) -> [Action] {
        switch state {
        case _ where isStopping: return [.end(carrier)]
        case .ready(let other): return other == carrier ? [] : [.end(carrier)]
        case .idle, .connecting, .waiting: break
        }
        state = .ready(carrier)
        self.maximumBytes = maximumBytes
        self.takesOnce = takesOnce
        lastFailure = nil
        failingSince = nil
        hasWorked = true
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
        failingSince = failingSince ?? now
        let full = min(limits.longestPause, limits.firstPause * Double(1 << min(failures, 20)))
        failures += 1
        state = .waiting(until: now + Int64(full * (0.5 + 0.5 * min(max(jitter, 0), 1)) * 1000))
        let refused = put() + queue.putBack { entry, _ in entry.isKept }.flatMap { refuse($0.stanza, failure) }
        guard !isStopping, case .waiting(let until) = state, queue.hasMore else { return refused }
        let expired = expire(now: now)
        return refused + expired + (queue.hasMore ? [.wake(at: until)] : [])
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
        let returned = suspectFirst(failure)
        let failure = failure ?? OutgoingFailure(.connection, "The connection was lost.")
        // A stream that brings nothing across is no better than none.
        guard hasProgress || queue.written.isEmpty, failures == 0 else {
            return returned + giveUp(failure, now: now, jitter: jitter)
        }
        failures += 1
        let left = queue.putBack { entry, wasWritten in
            !wasWritten || entry.isKept || entry.stanza.mayBeSentAgain
        }
        // It may take a while until there is a way again.
        let actions = put() + left.flatMap { refuse($0.stanza, failure) }
        guard !queue.waiting.isEmpty else {
            state = .idle
            return actions + load()
        }
        state = .connecting
        return actions + [.connect]
    }

    /// Streams that end before something is sent alone.
    static let lossesTogether = 2

    /// A stream has ended that has brought nothing across: perhaps for what was first on its way. If that ends yet another
    /// one by itself it comes back to its sender, and the rest goes on.
    private mutating func suspectFirst(_ failure: OutgoingFailure?) -> [Action] {
        // One that we have ended ourselves, for want of an answer, says nothing.
        guard !hasProgress, failure?.kind != .timeout, let row = queue.written.first(where: \.isKept)?.row else {
            return []
        }
        let losses = suspect.map { $0.row == row ? $0.losses + 1 : 1 } ?? 1
        suspect = (row, losses)
        guard losses > Self.lossesTogether, let entry = queue.takeBack(row) else { return [] }
        suspect = nil
        let error = StanzaError(.notAcceptable, text: "The other server has ended its streams because of this.")
        return Self.bounce(entry.stanza, error) + [.remove([row])]
    }

    /// Whether a carrier has had nothing to do for so long.
    func isIdle(since: Int64) -> Bool { isEmpty && lastUse < since }

    /// Something has come by a carrier that goes both ways.
    mutating func used(now: Int64) { lastUse = now }

    /// Another one takes its place: what is on disk is that one's.
    mutating func retire() { isStopping = true }

    /// Takes nothing more. The carrier writes what waits and ends its stream.
    mutating func stop() -> [Action] {
        isStopping = true
        if case .ready(let carrier) = state { return flush(carrier) + [.end(carrier)] }
        return giveUp(Self.shutDown, now: lastUse, jitter: 0)
    }
}
