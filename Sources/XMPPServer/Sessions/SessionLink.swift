//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

internal import NIOCore
internal import Synchronization
internal import XMPPCore

/// What stands at the end of a ``SessionLink``: a connection, a session that waits for its client to come back, or what
/// is left of one that has ended. Confined to one event loop.
protocol LinkedSession: AnyObject {
    /// Takes a stanza for the client; never waits.
    func deliver(_ entry: OutboundQueue.Entry)
    /// Calls `body` when all that was delivered before has arrived, as far as can be told.
    func afterTaken(_ body: @escaping @Sendable () -> Void)
    /// The same, with what waits behind the gate.
    func afterGated(_ body: @escaping @Sendable () -> Void)
    /// Ends the session: what it leaves is given away at once, whatever its connection still has to do.
    func end(_ error: StreamError)
    /// Gives the session to another connection.
    func handOver(_ request: HandOver)
    /// Gives the session to the store, if it waits for its client.
    func rest() -> SessionAtRest?
    /// What the client has switched on may not be on disk, though it was to be.
    func statusIsNotWritten()
    /// A flush of the offline store begins: what it gives goes before what the session missed while the server was dead.
    func makeWay(for flush: UInt64)
    /// All that a flush of the offline store had to give has been given.
    func open(_ flush: UInt64)
}

extension LinkedSession {
    func afterGated(_ body: @escaping @Sendable () -> Void) {}

    func rest() -> SessionAtRest? { nil }

    func statusIsNotWritten() {}

    func makeWay(for flush: UInt64) {}

    func open(_ flush: UInt64) {}
}

/// The way to a session, the same as long as the session lives: connections come and go at its end, on whatever loop.
///
/// Whatever is sent by it arrives in the order of each sender, also while the session moves: the end is only ever changed
/// on the loop of the old end, together with taking what was posted to it, and nobody posts without holding the lock.
final class SessionLink: Sendable {
    private struct End {
        var resources: LoopResources
        var session: NIOLoopBound<any LinkedSession>
        /// Set when the session has ended.
        var ended: EndedSession?
        /// What it has left is where it belongs.
        var isSettled = false
        /// Those who wait for that.
        var waiters: [@Sendable () -> Void] = []
    }

    private let end: Mutex<End>

    init(_ session: any LinkedSession, on resources: LoopResources) {
        end = Mutex(End(resources: resources, session: NIOLoopBound(session, eventLoop: resources.loop)))
    }

    /// Hands a stanza to the session: at once on its own loop, else by that loop's mailbox.
    func deliver(_ entry: OutboundQueue.Entry) {
        var mustSchedule = false
        let (end, isHere) = end.withLock { end in
            guard end.ended == nil else { return (end, false) }
            let isHere = end.resources.loop.inEventLoop
            if !isHere { mustSchedule = end.resources.mailbox.add(entry, to: self) }
            return (end, isHere)
        }
        if let ended = end.ended {
            ended.receive(entry)
        } else if isHere {
            // What other loops have posted came first.
            if end.resources.mailbox.hasItems { end.resources.mailbox.drain() }
            end.session.value.deliver(entry)
        } else if mustSchedule {
            end.resources.mailbox.schedule()
        }
    }

    /// Hands over what came by the mailbox.
    func deliverOnLoop(_ entry: OutboundQueue.Entry) {
        let end = end.withLock { $0 }
        if let ended = end.ended { return ended.receive(entry) }
        // What was delivered before it can have ended the session's stay here.
        guard end.resources.loop.inEventLoop else { return deliver(entry) }
        end.session.value.deliver(entry)
    }

    /// Runs with the session on its loop: at once if this is it.
    func perform(_ body: @escaping @Sendable (any LinkedSession) -> Void) {
        var end = end.withLock { $0 }
        if end.resources.loop.inEventLoop, end.resources.mailbox.hasItems {
            // What was posted before comes first. It may end the session's stay here.
            end.resources.mailbox.drain()
            end = self.end.withLock { $0 }
        }
        if end.resources.loop.inEventLoop {
            body(end.session.value)
        } else {
            end.resources.loop.execute { self.perform(body) }
        }
    }

    /// The same, later also on the session's own loop.
    func performLater(_ body: @escaping @Sendable (any LinkedSession) -> Void) {
        end.withLock { $0 }.resources.loop.execute { self.perform(body) }
    }

    /// Whether the session is here; only on its loop.
    func leads(to session: any LinkedSession) -> Bool {
        let end = end.withLock { $0 }
        return end.resources.loop.inEventLoop && end.session.value === session
    }

    /// Puts another end in place of the present one, on whose loop this is called.
    ///
    /// - Returns: what was posted for the old end and has not been delivered: it comes before everything that the new end
    ///   is given.
    func move(to session: NIOLoopBound<any LinkedSession>, on resources: LoopResources) -> [OutboundQueue.Entry] {
        let old = end.withLock { end in
            defer {
                end.resources = resources
                end.session = session
            }
            return end
        }
        return old.resources.mailbox.take(for: self)
    }

    /// The session is over: from now on whoever still has something for it gives that away on his own thread. Called on
    /// the loop of the present end.
    ///
    /// - Returns: what was posted and has not been delivered.
    func end(by ended: EndedSession, on resources: LoopResources) -> [OutboundQueue.Entry] {
        let session = NIOLoopBound<any LinkedSession>(ended, eventLoop: resources.loop)
        let old = end.withLock { end in
            defer {
                end.resources = resources
                end.session = session
                end.ended = ended
            }
            return end
        }
        return old.resources.mailbox.take(for: self)
    }

    /// What the session has left is where it belongs.
    func settle() {
        let waiters = end.withLock { end in
            end.isSettled = true
            defer { end.waiters = [] }
            return end.waiters
        }
        for waiter in waiters { waiter() }
    }

    /// Calls `body` when the session has ended and what it has left is where it belongs.
    func afterEnd(_ body: @escaping @Sendable () -> Void) {
        let isSettled = end.withLock { end in
            if !end.isSettled { end.waiters.append(body) }
            return end.isSettled
        }
        if isSettled { body() }
    }

    /// The same for an end on this very loop.
    func move(to session: any LinkedSession, on resources: LoopResources) -> [OutboundQueue.Entry] {
        move(to: NIOLoopBound(session, eventLoop: resources.loop), on: resources)
    }

    /// The loop where the session is now.
    var resources: LoopResources { end.withLock { $0.resources } }
}
