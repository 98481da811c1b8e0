//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

internal import NIOCore
internal import Synchronization
internal import XMPPCore

/// Stanzas on their way to sessions of another event loop: a burst costs one hand-over.
final class LoopMailbox: Sendable {
    private struct Box {
        var items: [(SessionHandle, Stanza)] = []
        var isScheduled = false
    }

    private let loop: any EventLoop
    private let box = Mutex(Box())
    private let isWaiting = Atomic<Bool>(false)

    init(_ loop: any EventLoop) {
        self.loop = loop
    }

    func post(_ stanza: Stanza, to session: SessionHandle) {
        let schedule = box.withLock { box in
            box.items.append((session, stanza))
            isWaiting.store(true, ordering: .releasing)
            defer { box.isScheduled = true }
            return !box.isScheduled
        }
        if schedule { loop.execute { self.drain() } }
    }

    /// Whether anything has been posted that is not delivered yet. What is delivered on the loop itself goes behind it.
    var hasItems: Bool { isWaiting.load(ordering: .acquiring) }

    /// Delivers what was posted; only on the loop.
    func drain() {
        let items = box.withLock { box in
            defer { box = Box() }
            isWaiting.store(false, ordering: .releasing)
            return box.items
        }
        for (session, stanza) in items { session.deliverOnLoop(stanza) }
    }
}
