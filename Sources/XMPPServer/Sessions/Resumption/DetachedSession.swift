//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

internal import CoreMetrics
internal import Logging
internal import NIOCore
internal import XMPPCore
internal import XMPPStorage

/// A session without a connection, whose client may come back and resume it (XEP-0198 §5). To everybody else it is
/// there: it keeps its presence, and collects what comes. Confined to the loop of its last connection.
final class DetachedSession: LinkedSession, QueueOwner {
    let server: ServerCore
    let resources: LoopResources
    private let handle: SessionHandle
    private let handled: UInt32
    private let directed: Set<JID>
    var outbound: OutboundQueue
    var resumption: Resumption?
    var isSpilling = false
    var jid: JID? { handle.jid }
    private var expiry: Scheduled<Void>?
    /// Places of messages that are in no store yet.
    private var unsaved: [(ordinal: Int64, entry: OutboundQueue.Entry)] = []
    private var isSaving = false
    private var deadline = NIODeadline.distantFuture
    /// It has been given away, or has ended.
    private var isOver = false

    init(_ server: ServerCore, on resources: LoopResources, _ state: ResumableState) {
        self.server = server
        self.resources = resources
        handle = state.handle
        handled = state.handled
        directed = state.directed
        outbound = state.outbound
        resumption = state.resumption
    }

    /// Takes the place of the connection, and waits for `seconds` at the longest.
    func begin(seconds: Int) {
        for case (let ordinal, .entry(let entry)) in outbound.slots { save(entry, ordinal) }
        for entry in handle.link.move(to: self, on: resources) { take(entry) }
        noteDiskUse()
        keepQueueSmall()
        guard !isOver else { return }
        guard seconds > 0 else { return end() }
        let bound = NIOLoopBound(self, eventLoop: resources.loop)
        deadline = .now() + .seconds(Int64(seconds))
        expiry = resources.loop.scheduleTask(in: .seconds(Int64(seconds))) { bound.value.expire() }
    }

    // MARK: LinkedSession

    func deliver(_ entry: OutboundQueue.Entry) {
        take(entry)
        keepQueueSmall()
    }

    private func take(_ entry: OutboundQueue.Entry) {
        guard !isFromStranger(entry), admits(entry) else { return }
        // The next connection writes it.
        if isEarly(entry) { resumption?.status = nil }
        if entry.isReplaceable {
            outbound.coalesce(entry)
        } else {
            outbound.append(entry, isWritten: false)
        }
        save(entry, outbound.lastOrdinal)
    }

    /// How things stand with people that the client has nothing to do with it need not be told later.
    private func isFromStranger(_ entry: OutboundQueue.Entry) -> Bool {
        let stanza = entry.stanza
        guard stanza.kind == .presence, stanza.type == .available || stanza.type == .unavailable,
            let from = stanza.from, from.bareString != handle.jid.bareString
        else { return false }
        if handle.account?.roster[from.bare]?.subscription.includesTo == true { return false }
        return !directed.contains { $0.bareString == from.bareString }
    }

    /// What no archive holds is written at once: its sender has been told that it was taken.
    private func save(_ entry: OutboundQueue.Entry, _ ordinal: Int64) {
        guard entry.archiveID == nil, !entry.isStored, server.configuration.limits.resumptionSurvivesCrash,
            OfflinePolicy.keeps(entry.stanza)
        else { return }
        unsaved.append((ordinal, entry))
        guard !isSaving else { return }
        isSaving = true
        let bound = NIOLoopBound(self, eventLoop: resources.loop)
        // With all that comes in the same turn of the loop.
        resources.loop.execute { bound.value.saveAll() }
    }

    private func saveAll() {
        isSaving = false
        guard !isOver, let resumption, let last = unsaved.last else { return }
        let rows = unsaved.map { StoredQueueEntry(ordinal: $0.ordinal, $0.entry) }
        unsaved = []
        self.resumption?.storedThrough = max(resumption.storedThrough ?? last.ordinal, last.ordinal)
        server.database.submit(bytes: rows.reduce(0) { $0 + $1.stanza.utf8.count }) {
            [store = server.sessions] context in
            try store.enqueue(rows, of: resumption.key, in: context)
        } completion: { [log = server.log] result in
            if case .failure(let error) = result {
                log.error("Waiting messages could not be written", metadata: ["error": "\(error)"])
            }
        }
    }

    func queueIsFull() {
        server.metrics.slowClosed.increment()
        end()
    }

    func afterTaken(_ body: @escaping @Sendable () -> Void) { outbound.barrier(body) }

    func afterGated(_ body: @escaping @Sendable () -> Void) { outbound.barrierAtEnd(body) }

    func end(_ error: StreamError) {
        // What keeps a session alive when its stream ends keeps it alive without one.
        if !error.keepsSession { end() }
    }

    func handOver(_ request: HandOver) {
        guard !isOver, let resumption, request.id == resumption.id else { return request.answer(.gone) }
        guard outbound.accepts(request.handled) else {
            return request.answer(.tooHigh(OutboundQueue.TooHigh(handled: request.handled, sent: outbound.sent)))
        }
        saveAll()
        isOver = true
        expiry?.cancel()
        for entry in handle.link.move(to: request.asker, on: request.resources) {
            outbound.append(entry, isWritten: false)
        }
        let state = ResumableState(
            handle: handle, resumption: self.resumption ?? resumption, handled: handled, outbound: outbound,
            directed: directed)
        outbound = OutboundQueue()
        // What is still being written is nothing of this one's any more.
        self.resumption = nil
        request.answer(.state(state))
    }

    func rest() -> SessionAtRest? {
        guard !isOver, var resumption, let account = server.accounts.online(handle.jid),
            let bound = account.session(handle.jid.resource ?? ""), bound.handle == handle
        else { return nil }
        isOver = true
        expiry?.cancel()
        let left = max(1, Int((deadline - .now()).nanoseconds / 1_000_000_000))
        var resting = SessionAtRest(
            session: StoredSession(
                key: resumption.key, id: resumption.id, account: handle.jid.bareString,
                resource: bound.resource, device: bound.device, seconds: resumption.seconds, began: resumption.began,
                rosterVersion: resumption.rosterVersion,
                status: server.status(of: handle, directed: directed, &resumption),
                counters: SessionCounters(
                    handled: handled, acknowledged: outbound.acknowledged, position: resumption.position.position,
                    recent: resumption.position.recent),
                rest: SessionRest(
                    written: outbound.isCounted ? outbound.written : SessionRest.unknown, remaining: left)))
        if let place = outbound.gatePlace { resting.queue.append(StoredQueueEntry(gateAt: place)) }
        for (ordinal, slot) in outbound.slots {
            switch slot {
            case .stretch(let stretch): resting.add(stretch, through: ordinal)
            case .spilled(let spilled):
                guard spilled.form == .here else {
                    resting.queue.append(StoredQueueEntry(ordinal: ordinal, spilled))
                    continue
                }
                resting.stored.append(ordinal)
                if spilled.shared?.isTaken == true { resting.taken.append(ordinal) }
            case .entry(let entry):
                resting.queue.append(StoredQueueEntry(ordinal: ordinal, entry))
                if entry.isStored, let row = entry.row { resting.offlineRows.append(row) }
            }
        }
        return resting
    }

    /// The next connection writes it with the first count that it writes.
    func statusIsNotWritten() { resumption?.status = nil }

    func makeWay(for flush: UInt64) { outbound.shutBeforeMissed(for: flush) }

    func open(_ flush: UInt64) { outbound.open(flush) }

    // MARK: The end

    private func expire() {
        guard !isOver else { return }
        server.metrics.sessionsExpired.increment()
        end()
    }

    private func end() {
        guard !isOver else { return }
        isOver = true
        expiry?.cancel()
        let legacy = Legacy(&outbound, of: resumption, handled: handled)
        EndedSession(server, handle.jid).take(handle, on: resources, legacy, directed: directed)
    }
}

extension OutboundQueue.Entry {
    /// Only the last presence of a resource matters to who was away; in rooms each has its story to tell.
    var isReplaceable: Bool {
        guard stanza.kind == .presence, stanza.type == .available || stanza.type == .unavailable else { return false }
        return stanza.child("x", "http://jabber.org/protocol/muc#user") == nil
    }
}
