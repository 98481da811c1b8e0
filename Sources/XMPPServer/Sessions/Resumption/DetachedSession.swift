//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

internal import CoreMetrics
internal import NIOCore
internal import XMPPCore
internal import XMPPStorage

/// A session without a connection, whose client may come back and resume it (XEP-0198 §5). To everybody else it is
/// there: it keeps its presence, and collects what comes. Confined to the loop of its last connection.
final class DetachedSession: LinkedSession {
    private let server: ServerCore
    private let resources: LoopResources
    private var state: ResumableState
    private var expiry: Scheduled<Void>?
    private var deadline = NIODeadline.distantFuture
    /// It has been given away, or has ended.
    private var isOver = false

    init(_ server: ServerCore, on resources: LoopResources, _ state: ResumableState) {
        self.server = server
        self.resources = resources
        self.state = state
    }

    /// Takes the place of the connection, and waits for `seconds` at the longest.
    func begin(seconds: Int) {
        let handle = state.handle
        for entry in handle.link.move(to: self, on: resources) { deliver(entry) }
        let bound = NIOLoopBound(self, eventLoop: resources.loop)
        deadline = .now() + .seconds(Int64(seconds))
        expiry = resources.loop.scheduleTask(in: .seconds(Int64(seconds))) { bound.value.expire() }
    }

    // MARK: LinkedSession

    func deliver(_ entry: OutboundQueue.Entry) {
        if isReplaceable(entry.stanza) {
            state.outbound.coalesce(entry)
        } else {
            state.outbound.append(entry, isWritten: false)
        }
        if state.outbound.bytes > server.configuration.limits.unacknowledgedBytes { end() }
    }

    /// Only the last presence of a resource matters to who was away; in rooms each has its story to tell.
    private func isReplaceable(_ stanza: Stanza) -> Bool {
        guard stanza.kind == .presence, stanza.type == .available || stanza.type == .unavailable else { return false }
        return stanza.child("x", "http://jabber.org/protocol/muc#user") == nil
    }

    func afterTaken(_ body: @escaping @Sendable () -> Void) { state.outbound.barrier(body) }

    func close(_ error: StreamError?) {
        // What keeps a session alive when its stream ends keeps it alive without one.
        if let error, error.keepsSession { return }
        end()
    }

    func handOver(_ request: HandOver) {
        guard !isOver, request.id == state.resumption.id else { return request.answer(.gone) }
        guard state.outbound.accepts(request.handled) else {
            return request.answer(
                .tooHigh(OutboundQueue.TooHigh(handled: request.handled, sent: state.outbound.sent)))
        }
        isOver = true
        expiry?.cancel()
        for entry in state.handle.link.move(to: request.asker, on: request.resources) {
            state.outbound.append(entry, isWritten: false)
        }
        request.answer(.state(state))
    }

    func rest() -> SessionAtRest? {
        guard !isOver, let account = server.accounts.online(state.handle.jid),
            let bound = account.session(state.handle.jid.resource ?? ""), bound.handle == state.handle
        else { return nil }
        isOver = true
        expiry?.cancel()
        let resumption = state.resumption
        let entries = state.outbound.entries
        let left = max(1, Int((deadline - .now()).nanoseconds / 1_000_000_000))
        return SessionAtRest(
            session: StoredSession(
                key: resumption.key, id: resumption.id, account: state.handle.jid.bareString,
                resource: bound.resource, device: bound.device, seconds: resumption.seconds,
                status: server.status(of: state.handle, directed: state.directed),
                counters: SessionCounters(
                    handled: state.handled, acknowledged: state.outbound.acknowledged,
                    position: resumption.position.position, recent: resumption.position.recent),
                rest: SessionRest(written: state.outbound.written, remaining: left)),
            queue: entries.map { ordinal, entry in
                StoredQueueEntry(
                    ordinal: ordinal, stanza: String(decoding: entry.stanza.xmlBytes, as: UTF8.self),
                    archiveID: entry.archiveID, arrived: entry.arrived)
            },
            offlineRows: entries.compactMap { $0.entry.isStored ? $0.entry.row : nil })
    }

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
        EndedSession(server).take(
            state.handle, on: resources, lost: state.outbound.drain(), directed: state.directed
        ) { [server, state] in
            await server.forget(state.resumption, of: state.handle, handled: state.handled)
        }
    }
}
