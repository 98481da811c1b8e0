//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

internal import DequeModule
internal import NIOCore
internal import XMPPCore

/// Takes a session's elements one after the other: while one of them waits for a store, the next ones queue up, and
/// beyond a bound nothing more is read from the peer. Confined to the session's loop.
final class StanzaPump {
    /// What became of an element.
    enum Outcome {
        /// It was no stanza, or the stream has ended.
        case none
        /// The stanza has been taken care of.
        case handled
        /// It will have been when this is done.
        case wait(Deferred)

        init(_ work: Deferred?) {
            self = work.map { .wait($0) } ?? .handled
        }
    }

    /// The owner's side; it goes with the connection.
    struct Owner {
        let process: (XMLElement) -> Outcome
        /// A stanza has been taken care of: XEP-0198 counts it now.
        let handled: () -> Void
        let pauseReading: (Bool) -> Void
        /// All that had come has been worked off.
        let drained: () -> Void
    }

    private var inbox: Deque<XMLElement> = []
    private var isParked = false
    private var isPaused = false
    private let limit: Int
    private let resources: LoopResources
    private var owner: Owner?

    init(limit: Int, resources: LoopResources) {
        self.limit = limit
        self.resources = resources
    }

    func start(_ owner: Owner) { self.owner = owner }

    /// Drops what waits; nothing more is processed.
    func stop() {
        owner = nil
        inbox.removeAll()
    }

    /// Drops what has not been begun; what has been is finished.
    func dropWaiting() {
        inbox.removeAll()
    }

    var isIdle: Bool { !isParked && inbox.isEmpty }

    func take(_ element: XMLElement) {
        guard let owner else { return }
        guard !isParked else {
            inbox.append(element)
            if inbox.count >= limit, !isPaused {
                isPaused = true
                owner.pauseReading(true)
            }
            return
        }
        process(element, owner)
    }

    /// Runs work of the session's own before anything else is taken.
    func park(_ work: @escaping Deferred) {
        park(work, counts: false)
    }

    private func process(_ element: XMLElement, _ owner: Owner) {
        switch owner.process(element) {
        case .none: break
        case .handled: owner.handled()
        case .wait(let work): park(work, counts: true)
        }
    }

    private func park(_ work: @escaping Deferred, counts: Bool) {
        isParked = true
        let bound = NIOLoopBound(self, eventLoop: resources.loop)
        let loop = resources.loop
        Task(executorPreference: resources.executor) {
            await work()
            if loop.inEventLoop {
                bound.value.unpark(counts: counts)
            } else {
                loop.execute { bound.value.unpark(counts: counts) }
            }
        }
    }

    private func unpark(counts: Bool) {
        isParked = false
        if counts { owner?.handled() }
        while !isParked, let owner, let next = inbox.popFirst() {
            process(next, owner)
        }
        guard !isParked, let owner else { return }
        if isPaused {
            isPaused = false
            owner.pauseReading(false)
        }
        owner.drained()
    }
}
