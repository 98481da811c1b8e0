//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

internal import CoreMetrics
internal import Logging
internal import NIOCore
internal import Synchronization
internal import XMPPCore
internal import XMPPPayloads
internal import XMPPServer
internal import XMPPStorage
internal import XMPPTLS
internal import XMPPXML

/// The way from a domain of ours to one of others: the machine behind a lock, and what it wants done.
final class OutgoingDomain: Sendable {
    private struct State {
        var machine: OutgoingMachine
        var carriers: [UInt64: CarrierHandle] = [:]
        var throttle: PresenceThrottle
        /// When it looks after what waits.
        var wakesAt: Int64?
        /// Another one has taken its place, or will.
        var isRetired = false
    }

    let pair: DomainPair
    private let context: FederationContext
    private let resources: LoopResources
    private let state: Mutex<State>

    init(_ pair: DomainPair, _ context: FederationContext, on resources: LoopResources) {
        self.pair = pair
        self.context = context
        self.resources = resources
        state = Mutex(
            State(
                machine: OutgoingMachine(
                    context.settings.limits, name: SecureRandom.hexToken(bytes: 8), hasStored: true, now: Self.now),
                throttle: PresenceThrottle(context.settings.limits)))
    }

    private static var now: Int64 { Timestamp.now().milliseconds }

    /// What is known of it, for people.
    var way: FederationReport.Way {
        state.withLock { state in
            let machine = state.machine
            var retriesAt: Int64?
            let known: FederationState
            switch machine.state {
            case .idle: known = .idle
            case .connecting: known = .connecting
            case .ready: known = .connected
            case .waiting(let until):
                known = .unreachable
                retriesAt = until
            }
            return FederationReport.Way(
                pair: pair, state: known, waiting: machine.count - machine.unacknowledged,
                unacknowledged: machine.unacknowledged, failure: machine.lastFailure?.description,
                retriesAt: retriesAt)
        }
    }

    /// When it was used last if it cannot be reached, so that nothing is lost when it is forgotten: in milliseconds since
    /// 1970.
    var unreachedSince: Int64? {
        state.withLock { state in
            guard case .waiting = state.machine.state else { return nil }
            return state.machine.lastUse
        }
    }

    var isReady: Bool {
        state.withLock { if case .ready = $0.machine.state { true } else { false } }
    }

    /// Streams that are held for it.
    var carrierCount: Int { state.withLock { $0.carriers.count } }

    // MARK: Stanzas

    /// `row`: where it lies in the outbox, if it does, and `stamp` since when.
    func send(_ stanza: Stanza, row: Int64? = nil, stamp: Int64? = nil) {
        guard stanza.isPlainPresence else {
            perform { $0.send(stanza, row: row, stamp: stamp, now: Self.now) }
            if row != nil, state.withLock({ $0.isRetired }) { context.domains.expectOrphans() }
            return
        }
        let (isAdmitted, time) = state.withLock { state in
            (state.throttle.admits(stanza, now: Self.now), state.throttle.wakesAt)
        }
        if isAdmitted { return perform { $0.send(stanza, now: Self.now) } }
        if let time { wake(at: time) }
    }

    /// Sends a message that is not written first; false if it must be. `done` is called when it has arrived, or is written.
    func pass(_ stanza: Stanza, _ done: @escaping @Sendable () -> Void) -> Bool {
        guard let actions = state.withLock({ $0.machine.pass(stanza, now: Self.now, done) }) else { return false }
        run(actions)
        return true
    }

    /// It is forgotten: what is in the outbox, or will be, is left to another one.
    func retire() {
        let isEmpty = state.withLock { state in
            state.isRetired = true
            state.machine.retire()
            return state.machine.isEmpty
        }
        if !isEmpty { context.domains.expectOrphans() }
    }

    /// There may be something in the outbox from before the start.
    func resume() { perform { $0.resume(now: Self.now) } }

    /// Some time has passed.
    func tick() {
        let (due, time) = state.withLock { state in
            let due = state.throttle.due(Self.now)
            state.throttle.forget(Self.now)
            return (due, state.throttle.wakesAt)
        }
        for stanza in due { perform { $0.send(stanza, now: Self.now) } }
        perform { $0.tick(now: Self.now) }
        if let time { wake(at: time) }
    }

    func take(_ limit: Int, by carrier: UInt64) -> OutgoingMachine.Batch {
        let (batch, actions) = state.withLock { $0.machine.take(limit, by: carrier, now: Self.now) }
        context.metrics.sent.increment(by: batch.stanzas.count)
        run(actions)
        return batch
    }

    func arrived(_ count: Int, by carrier: UInt64) {
        perform { $0.arrived(count, by: carrier) }
    }

    /// The other server has answered what a carrier had asked.
    func answered(_ id: String) {
        for carrier in state.withLock({ Array($0.carriers.values) }) { carrier.answered(id) }
    }

    // MARK: Carriers

    /// A stream can carry stanzas from now on.
    func ready(_ carrier: UInt64, _ handle: CarrierHandle, maximumBytes: Int? = nil, takesOnce: Bool) {
        state.withLock { $0.carriers[carrier] = handle }
        context.domains.reached(pair)
        perform { $0.ready(carrier, maximumBytes: maximumBytes, takesOnce: takesOnce, now: Self.now) }
    }

    func lost(_ carrier: UInt64, _ failure: OutgoingFailure?) {
        state.withLock { $0.carriers[carrier] = nil }
        let jitter = Double.random(in: 0...1)
        perform { $0.lost(carrier, failure, now: Self.now, jitter: jitter) }
    }

    func failed(_ failure: OutgoingFailure) {
        context.metrics.failures.increment()
        context.log.notice(
            "Another server cannot be used",
            metadata: ["domain": "\(pair.remote)", "from": "\(pair.local)", "reason": "\(failure)"])
        let jitter = Double.random(in: 0...1)
        perform { $0.failed(failure, now: Self.now, jitter: jitter) }
    }

    func used() { state.withLock { $0.machine.used(now: Self.now) } }

    /// Whether nothing has gone by it for as long as streams are kept.
    var isIdle: Bool {
        let since = Self.now - Int64(context.settings.limits.idleSeconds) * 1000
        return state.withLock { $0.machine.isIdle(since: since) }
    }

    /// Whether it can be forgotten: nothing waits, and nothing is known of it.
    var isForgettable: Bool {
        let since = Self.now - Int64(context.settings.limits.idleSeconds) * 1000
        return state.withLock { state in
            guard state.throttle.held == 0 else { return false }
            switch state.machine.state {
            case .idle: return state.machine.isIdle(since: since)
            case .waiting(let until): return until < Self.now && state.machine.isIdle(since: since)
            case .connecting, .ready: return false
            }
        }
    }

    /// Takes nothing more. Returns when the stream has ended, after the other server has what it was sent, if it says so
    /// in time.
    func stop() async {
        for action in state.withLock({ $0.machine.stop() }) {
            guard case .end(let carrier) = action else {
                run([action])
                continue
            }
            await state.withLock { $0.carriers[carrier] }?.finish()
        }
    }

    // MARK: Actions

    private func perform(_ body: (inout OutgoingMachine) -> [OutgoingMachine.Action]) {
        run(state.withLock { body(&$0.machine) })
    }

    private func run(_ actions: [OutgoingMachine.Action]) {
        for action in actions {
            switch action {
            case .connect: context.start(on: resources) { await self.connect() }
            case .flush(let carrier): state.withLock { $0.carriers[carrier] }?.flush()
            case .end(let carrier): state.withLock { $0.carriers.removeValue(forKey: carrier) }?.endStream()
            case .bounce(let stanza, let error): context.bounce(stanza, error)
            case .remove(let rows): remove(rows)
            case .load(let row): load(after: row)
            case .wake(let time): wake(at: time)
            case .returned: context.renewPresence(pair)
            case .watch: watch()
            case .put(let entries): put(entries)
            case .done(let calls): for call in calls { call() }
            }
        }
    }

    // MARK: Outbox

    private func remove(_ rows: [Int64]) {
        context.server.background { [context] in
            do {
                try await context.outbox.remove(rows)
            } catch {
                // They will be sent again after the next start.
                context.log.error("Stanzas that have arrived could not be removed", metadata: ["error": "\(error)"])
            }
        }
    }

    private func load(after row: Int64) {
        context.server.background { [context, pair] in
            let page = OutgoingQueue.page
            do {
                let rows = try await context.outbox.pending(
                    local: pair.local, remote: pair.remote, after: row, limit: page)
                let entries = rows.compactMap { self.entry($0) }
                let isAll = rows.count < page
                self.perform { $0.loaded(entries, isAll: isAll, now: Self.now) }
            } catch {
                context.log.error("What waits for another server could not be read", metadata: ["error": "\(error)"])
                self.perform { $0.loadFailed() }
            }
        }
    }

    private func entry(_ row: StoredFederationStanza) -> OutgoingMachine.Entry? {
        guard let element = try? XMLElement(parsing: row.stanza), let stanza = try? Stanza(element) else {
            context.log.error("A stored stanza could not be read", metadata: ["row": "\(row.id)"])
            remove([row.id])
            return nil
        }
        return OutgoingMachine.Entry(stanza, row: row.id, stamp: row.stamp, mark: row.mark)
    }

    private func watch() {
        resources.loop.scheduleTask(in: .milliseconds(OutgoingMachine.patience)) { [weak self] in
            self?.perform { $0.watch(now: Self.now) }
        }
    }

    private func put(_ entries: [OutgoingMachine.Entry]) {
        let new = entries.map { context.stored($0.stanza, pair, stamp: $0.stamp, mark: $0.mark) }
        let numbers = entries.compactMap(\.passage?.number)
        context.server.background { [context] in
            var rows: [Int64?] = []
            do {
                rows = try await context.outbox.append(new, leavesReserve: false)
            } catch {
                // They are in memory, and come back to their senders if they do not arrive.
                context.log.error("Messages on their way could not be written", metadata: ["error": "\(error)"])
            }
            let known = numbers.enumerated().map { (number: $1, row: rows.indices.contains($0) ? rows[$0] : nil) }
            self.perform { $0.hasPut(known, now: Self.now) }
            if self.state.withLock({ $0.isRetired }) { context.domains.expectOrphans() }
        }
    }

    private func wake(at time: Int64) {
        let isFirst = state.withLock { state in
            guard state.wakesAt.map({ time < $0 }) ?? true else { return false }
            state.wakesAt = time
            return true
        }
        guard isFirst else { return }
        let seconds = max(1, (time - Self.now + 999) / 1000)
        context.server.later(seconds: Int(seconds)) { [weak self] in
            guard let self else { return }
            self.state.withLock { $0.wakesAt = nil }
            self.tick()
        }
    }

    private func connect() async {
        // Until it is known what comes of it. Whoever waits for longer than all attempts take has too many before him.
        guard let turn = try? await context.attempts.take() else {
            return failed(OutgoingFailure(.timeout, "Too many servers are being called."))
        }
        guard await !join() else { return turn.end() }
        await OutgoingStream.open(pair, goal: .send, domain: self, context, on: resources) { event in
            turn.end()
            self.take(event)
        }
    }

    /// Goes by a stream that another domain of ours has made to the same server, if that takes it; false if not.
    private func join() async -> Bool {
        guard let door = context.shared.door(to: pair.remote) else { return false }
        return await withCheckedContinuation { continuation in
            door.join(self) { event in
                if case .failed = event { return continuation.resume(returning: false) }
                self.take(event)
                if case .ready = event { continuation.resume(returning: true) }
            }
        }
    }

    private func take(_ event: OutgoingStream.Event) {
        switch event {
        case .ready(let carrier, let handle, let established):
            context.metrics.outgoing.increment()
            ready(carrier, handle, maximumBytes: established.limits?.maximumBytes, takesOnce: established.takesOnce)
        case .verified: break
        case .failed(let failure): failed(failure)
        case .lost(let carrier, let failure): lost(carrier, failure)
        }
    }
}
