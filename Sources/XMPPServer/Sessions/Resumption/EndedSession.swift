//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

internal import NIOCore
internal import Synchronization
internal import XMPPCore

/// What is left of a session that has ended: it sees to what had not arrived, and to what still comes.
///
/// What has to be kept is handed to the writer before anybody can find the account without the session, and the writer
/// works in turn: so what had not arrived, what comes late by a hand that had found the session before, and what is new for
/// the account lie in the store in the order in which each sender sent them.
final class EndedSession: LinkedSession, Sendable {
    private struct Late {
        /// What the session had not taken is with the writer: what comes now goes there directly.
        var isOpen = false
        var entries: [OutboundQueue.Entry] = []
    }

    private let server: ServerCore
    private let handle: JID
    private let late = Mutex(Late())

    /// `jid` is the session's full JID.
    init(_ server: ServerCore, _ jid: JID) {
        self.server = server
        handle = jid
    }

    /// Takes what comes after the end, on any thread.
    func receive(_ entry: OutboundQueue.Entry) {
        guard !entry.isStored else { return }
        let isOpen = late.withLock { late in
            if !late.isOpen { late.entries.append(entry) }
            return late.isOpen
        }
        if isOpen { server.giveAway(Legacy([entry]), of: handle) }
    }

    private func open() {
        while true {
            let entries = late.withLock { late in
                late.isOpen = late.entries.isEmpty
                defer { late.entries = [] }
                return late.entries
            }
            if entries.isEmpty { return }
            server.giveAway(Legacy(entries), of: handle)
        }
    }

    // MARK: LinkedSession

    func deliver(_ entry: OutboundQueue.Entry) { receive(entry) }

    /// It never will be.
    func afterTaken(_ body: @escaping @Sendable () -> Void) {}

    func end(_ error: StreamError) {}

    func handOver(_ request: HandOver) { request.answer(.gone) }

    /// Takes the place of a session, gives away what had not arrived, and tells everybody that it has ended.
    func take(_ handle: SessionHandle, on resources: LoopResources, _ legacy: Legacy, directed: Set<JID>) {
        let account = handle.jid.bareString
        var legacy = legacy
        legacy.append(handle.link.end(by: self, on: resources))
        server.redeliveries.begin(account)
        // The account has the session until all is handed over: both happen on this loop.
        server.background(on: resources) { [server] in
            await server.sessionEnded(handle, directed: directed)?()
        }
        server.giveAway(legacy, of: self.handle) { [server] in
            handle.link.settle()
            server.redeliveries.end(account)
        }
        open()
    }
}
