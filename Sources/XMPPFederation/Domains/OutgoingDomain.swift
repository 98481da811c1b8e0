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

/// The way from a domain of ours to one of others: the machine behind a lock, and what it wants done.
final class OutgoingDomain: Sendable {
    private struct State {
        var machine: OutgoingMachine
        var carriers: [UInt64: CarrierHandle] = [:]
    }

    let pair: DomainPair
    private let context: FederationContext
    private let resources: LoopResources
    private let state: Mutex<State>

    init(_ pair: DomainPair, _ context: FederationContext, on resources: LoopResources) {
        self.pair = pair
        self.context = context
        self.resources = resources
        state = Mutex(State(machine: OutgoingMachine(context.settings.limits, now: Self.now)))
    }

    private static var now: Int64 { Timestamp.now().milliseconds }

    /// What is known of it, for people.
    var status: (state: OutgoingMachine.State, waiting: Int, failure: OutgoingFailure?) {
        state.withLock { ($0.machine.state, $0.machine.count, $0.machine.lastFailure) }
    }

    // MARK: Stanzas

    func send(_ stanza: Stanza) {
        perform { $0.send(stanza, now: Self.now) }
    }

    func take(_ limit: Int, by carrier: UInt64) -> (stanzas: [Stanza], isAll: Bool) {
        let (stanzas, isAll, actions) = state.withLock { $0.machine.take(limit, by: carrier) }
        context.metrics.sent.increment(by: stanzas.count)
        run(actions)
        return (stanzas, isAll)
    }

    func arrived(_ count: Int, by carrier: UInt64) {
        state.withLock { $0.machine.arrived(count, by: carrier) }
    }

    // MARK: Carriers

    /// A stream can carry stanzas from now on.
    func ready(_ carrier: UInt64, _ handle: CarrierHandle, maximumBytes: Int? = nil) {
        state.withLock { $0.carriers[carrier] = handle }
        perform { $0.ready(carrier, maximumBytes: maximumBytes, now: Self.now) }
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
            switch state.machine.state {
            case .idle: state.machine.isIdle(since: since)
            case .waiting(let until): until < Self.now && state.machine.isIdle(since: since)
            case .connecting, .ready: false
            }
        }
    }

    func stop() { perform { $0.stop() } }

    // MARK: Actions

    private func perform(_ body: (inout OutgoingMachine) -> [OutgoingMachine.Action]) {
        run(state.withLock { body(&$0.machine) })
    }

    private func run(_ actions: [OutgoingMachine.Action]) {
        for action in actions {
            switch action {
            case .connect: context.start(on: resources) { await self.connect() }
            case .flush(let carrier): state.withLock { $0.carriers[carrier] }?.flush()
            case .end(let carrier): state.withLock { $0.carriers[carrier] }?.endStream()
            case .bounce(let stanza, let error): context.bounce(stanza, error)
            case .returned:
                let pair = pair
                let server = context.server
                server.background { await server.renewPresence(of: pair.local, with: pair.remote) }
            }
        }
    }

    private func connect() async {
        await OutgoingStream.open(pair, goal: .send, domain: self, context, on: resources) { event in
            switch event {
            case .ready(let carrier, let handle, let established):
                self.context.metrics.outgoing.increment()
                self.ready(carrier, handle, maximumBytes: established.limits?.maximumBytes)
            case .verified: break
            case .failed(let failure): self.failed(failure)
            case .lost(let carrier, let failure): self.lost(carrier, failure)
            }
        }
    }
}
