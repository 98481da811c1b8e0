//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

internal import NIOCore
internal import Synchronization

/// Stanzas on their way to sessions of another event loop: a burst costs one hand-over.
final class LoopMailbox: Sendable {
    private struct Box {
        var items: [(link: SessionLink, entry: OutboundQueue.Entry)] = []
        var isScheduled = false
    }

    private let loop: any EventLoop
    private let box = Mutex(Box())
    private let isWaiting = Atomic<Bool>(false)

    init(_ loop: any EventLoop) {
        self.loop = loop
    }

    /// Takes a stanza for a session of this loop; true if the caller must ``schedule()`` the delivery.
    func add(_ entry: OutboundQueue.Entry, to link: SessionLink) -> Bool {
        box.withLock { box in
            box.items.append((link, entry))
            isWaiting.store(true, ordering: .releasing)
            defer { box.isScheduled = true }
            return !box.isScheduled
        }
    }

    func schedule() {
        loop.execute { self.drain() }
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
        for (link, entry) in items { link.deliverOnLoop(entry) }
    }

    /// Takes out what was posted for one session.
    func take(for link: SessionLink) -> [OutboundQueue.Entry] {
        guard hasItems else { return [] }
        return box.withLock { box in
            let taken = box.items.filter { $0.link === link }.map(\.entry)
            if !taken.isEmpty { box.items.removeAll { $0.link === link } }
            return taken
        }
    }
}
