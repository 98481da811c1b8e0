//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

internal import DequeModule
internal import NIOCore
internal import Synchronization

/// Stanzas on their way to sessions of another event loop: a burst costs one hand-over.
final class LoopMailbox: Sendable {
    private struct Item: Sendable {
        let link: SessionLink
        let entry: OutboundQueue.Entry
    }

    private struct Box {
        /// What has been posted.
        var items: [Item] = []
        var isScheduled = false
    }

    /// What has been fetched and is being delivered, the oldest first. A delivery can end its session, or lead to further
    /// ones on this loop: whoever comes here in the middle of it must find what is older than what is in the box.
    private final class Due {
        var items: Deque<Item> = []
    }

    private let loop: any EventLoop
    private let box = Mutex(Box())
    private let isWaiting = Atomic<Bool>(false)
    private let due: NIOLoopBound<Due>

    /// Stanzas that memory kept for the next burst may have room for: it is made once.
    private static let sparedCapacity = 256

    /// To be made on the loop itself.
    init(_ loop: any EventLoop) {
        self.loop = loop
        due = NIOLoopBound(Due(), eventLoop: loop)
    }

    /// Takes a stanza for a session of this loop; true if the caller must ``schedule()`` the delivery.
    func add(_ entry: OutboundQueue.Entry, to link: SessionLink) -> Bool {
        box.withLock { box in
            box.items.append(Item(link: link, entry: entry))
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
        let due = due.value
        box.withLock { box in
            due.items.append(contentsOf: box.items)
            box.items.removeAll(keepingCapacity: box.items.count <= Self.sparedCapacity)
            box.isScheduled = false
        }
        let isLong = due.items.count > Self.sparedCapacity
        while let item = due.items.popFirst() { item.link.deliverOnLoop(item.entry) }
        if isLong { due.items = [] }
        box.withLock { box in
            if box.items.isEmpty { isWaiting.store(false, ordering: .releasing) }
        }
    }

    /// Takes out what was posted for one session; only on the loop.
    func take(for link: SessionLink) -> [OutboundQueue.Entry] {
        guard hasItems else { return [] }
        let due = due.value
        var taken = due.items.filter { $0.link === link }
        if !taken.isEmpty { due.items.removeAll { $0.link === link } }
        let posted = box.withLock { box in
            let posted = box.items.filter { $0.link === link }
            if !posted.isEmpty { box.items.removeAll { $0.link === link } }
            return posted
        }
        taken.append(contentsOf: posted)
        return taken.map(\.entry)
    }
}
