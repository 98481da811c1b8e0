//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

internal import NIOCore
internal import Synchronization

/// Stanzas on their way to sessions of another event loop: a burst costs one hand-over.
final class LoopMailbox: Sendable {
    private typealias Item = (link: SessionLink, entry: OutboundQueue.Entry)

    private struct Box {
        /// What has been posted.
        var items: [Item] = []
        var isScheduled = false
        /// An array that has been worked off, for the next burst: its memory is made once.
        var spare: [Item] = []

        mutating func takeItems() -> [Item] {
            var taken: [Item] = []
            swap(&taken, &spare)
            swap(&taken, &items)
            isScheduled = false
            return taken
        }
    }

    private let loop: any EventLoop
    private let box = Mutex(Box())
    private let isWaiting = Atomic<Bool>(false)

    /// Stanzas that an array kept for the next burst may have room for.
    private static let sparedCapacity = 256

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
        var items = box.withLock { box in
            isWaiting.store(false, ordering: .releasing)
            return box.takeItems()
        }
        for (link, entry) in items { link.deliverOnLoop(entry) }
        guard !items.isEmpty, items.capacity <= Self.sparedCapacity else { return }
        items.removeAll(keepingCapacity: true)
        box.withLock { box in
            if box.items.capacity == 0 { swap(&box.items, &items) } else { swap(&box.spare, &items) }
        }
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
