//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

internal import DequeModule
internal import NIOCore
package import XMPPCore

/// Takes a session's elements one after the other: while one of them waits for a store, the next ones queue up, and
/// beyond a bound nothing more is read from the peer. Confined to the session's loop.
///
/// Messages that are recorded do not wait for one another: while some are being written, further ones are taken at once
/// and written with them. They are answered in their order, and whatever is none of them waits until all are.
package final class StanzaPump {
    /// What became of an element.
    package enum Outcome {
        /// It was no stanza, or the stream has ended.
        case none
        /// The stanza has been taken care of.
        case handled
        /// It will have been when this is done.
        case wait(Deferred)
        /// It has been taken care of when it is recorded and what follows from that is done.
        case record(Record)
        /// It must not overtake what is being recorded: this says what becomes of it after that.
        case later(() -> Outcome)
        /// No stanza; to be done when all before it is.
        case inTurn(() -> Void)

        package init(_ work: Deferred?) {
            self = work.map { .wait($0) } ?? .handled
        }
    }

    /// Begins to write, and calls back once, on any thread, with what is to be done on the session's loop then. Of two
    /// that are begun one after the other the first is called back first.
    package typealias Record = (@escaping @Sendable (@escaping Finish) -> Void) -> Void

    /// What follows when a write has ended, one way or the other; perhaps there is more to wait for.
    package typealias Finish = @Sendable () -> Deferred?

    /// The owner's side; it goes with the connection.
    package struct Owner {
        /// `isInTurn`: nothing that came before is still being recorded.
        let process: (_ element: XMLElement, _ isInTurn: Bool) -> Outcome
        /// A stanza has been taken care of: XEP-0198 counts it now.
        let handled: () -> Void
        let pauseReading: (Bool) -> Void
        /// All that had come has been worked off.
        let drained: () -> Void

        package init(
            process: @escaping (_ element: XMLElement, _ isInTurn: Bool) -> Outcome, handled: @escaping () -> Void,
            pauseReading: @escaping (Bool) -> Void, drained: @escaping () -> Void
        ) {
            self.process = process
            self.handled = handled
            self.pauseReading = pauseReading
            self.drained = drained
        }
    }

    /// Something that is not done yet, in the order in which it came.
    private enum Slot {
        case recording(UInt64)
        case finishing(Finish)
        case handled
        case call(() -> Void)
    }

    private var inbox: Deque<XMLElement> = []
    private var slots: Deque<Slot> = []
    /// The number of the first slot; those behind it have the next ones.
    private var firstSlot: UInt64 = 0
    /// What came behind the slots and must not be begun before they are empty.
    private var held: (() -> Outcome)?
    /// Pieces of work that everything waits for.
    private var parked = 0
    private var isPaused = false
    private var takesNothing = false
    private let limit: Int
    private let resources: LoopResources
    private var owner: Owner?

    /// Messages of one session that are being recorded at a time.
    private static let recordings = 256

    package init(limit: Int, resources: LoopResources) {
        self.limit = limit
        self.resources = resources
    }

    package func start(_ owner: Owner) { self.owner = owner }

    /// Drops what waits; nothing more is processed. What is being recorded is finished.
    package func stop() {
        owner = nil
        held = nil
        inbox.removeAll()
    }

    /// Drops what has not been begun, and takes no more: what came later must not be counted in its place. What has been
    /// begun is finished.
    func dropWaiting() {
        takesNothing = true
        held = nil
        inbox.removeAll()
    }

    package var isIdle: Bool { parked == 0 && inbox.isEmpty && slots.isEmpty && held == nil }

    /// Stanzas that have been taken and are not taken care of: XEP-0198 will count them, in their order.
    private(set) var unfinished = 0

    package func take(_ element: XMLElement) {
        guard let owner, !takesNothing else { return }
        guard takesMore, inbox.isEmpty else {
            inbox.append(element)
            if inbox.count >= limit, !isPaused {
                isPaused = true
                owner.pauseReading(true)
            }
            return
        }
        perform(owner.process(element, slots.isEmpty))
    }

    private var takesMore: Bool { parked == 0 && held == nil && slots.count < Self.recordings }

    /// Runs work of the session's own before anything else is taken.
    package func park(_ work: @escaping Deferred) {
        park(work, then: .nothing)
    }

    /// Nothing is taken until ``release()``, which is called once, on the loop: for what calls back.
    func hold() { parked += 1 }

    func release() { unpark(.nothing) }

    private func perform(_ outcome: Outcome) {
        switch outcome {
        case .none: break
        case .handled:
            if slots.isEmpty { owner?.handled() } else { append(.handled) }
        case .wait(let work):
            // What waits may be about anything: nothing goes beside it.
            if slots.isEmpty { park(work, then: .count) } else { held = { .wait(work) } }
        case .record(let record): begin(record)
        case .later(let body):
            if slots.isEmpty { perform(body()) } else { held = body }
        case .inTurn(let body):
            if slots.isEmpty { body() } else { slots.append(.call(body)) }
        }
    }

    // MARK: Recording

    private func begin(_ record: Record) {
        let number = firstSlot + UInt64(slots.count)
        append(.recording(number))
        let bound = NIOLoopBound(self, eventLoop: resources.loop)
        let calls = resources.calls
        record { finish in calls.post { bound.value.recorded(number, finish) } }
    }

    private func append(_ slot: Slot) {
        slots.append(slot)
        unfinished += 1
    }

    private func recorded(_ number: UInt64, _ finish: @escaping Finish) {
        slots[Int(number - firstSlot)] = .finishing(finish)
        advance()
    }

    /// Does what has become due, then goes on with what has come meanwhile.
    private func advance() {
        guard parked == 0 else { return }
        while let slot = slots.first {
            switch slot {
            case .recording: return goOn()
            case .finishing(let finish):
                if let work = finish() { return park(work, then: .removeSlot) }
                removeSlot()
            case .handled: removeSlot()
            case .call(let body):
                slots.removeFirst()
                firstSlot += 1
                body()
            }
        }
        if let held {
            self.held = nil
            perform(held())
        }
        goOn()
    }

    private func removeSlot() {
        slots.removeFirst()
        firstSlot += 1
        unfinished -= 1
        owner?.handled()
    }

    // MARK: Waiting

    private enum AfterPark {
        case nothing
        case count
        case removeSlot
    }

    private func park(_ work: @escaping Deferred, then next: AfterPark) {
        parked += 1
        let bound = NIOLoopBound(self, eventLoop: resources.loop)
        let loop = resources.loop
        Task(executorPreference: resources.executor) {
            await work()
            if loop.inEventLoop {
                bound.value.unpark(next)
            } else {
                loop.execute { bound.value.unpark(next) }
            }
        }
    }

    private func unpark(_ next: AfterPark) {
        parked -= 1
        switch next {
        case .nothing: break
        case .count: owner?.handled()
        case .removeSlot: removeSlot()
        }
        advance()
    }

    private func goOn() {
        while takesMore, let owner, let next = inbox.popFirst() {
            perform(owner.process(next, slots.isEmpty))
        }
        guard let owner else { return }
        if isPaused, inbox.isEmpty, parked == 0, held == nil {
            isPaused = false
            owner.pauseReading(false)
        }
        if isIdle { owner.drained() }
    }
}
