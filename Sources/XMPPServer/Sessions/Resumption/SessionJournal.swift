//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

internal import Logging
internal import NIOCore
internal import XMPPStorage

/// Collects what changes in the resumable sessions of one event loop, and writes it once a second, presence sooner: what
/// clients acknowledge would be too much to write each time. Confined to its loop.
final class SessionJournal {
    /// What is new of a session.
    struct Change: Sendable {
        let key: Int64
        let counters: SessionCounters
        var status: SessionStatus?
        /// What waited up to here in the store has arrived.
        var dequeued: Int64?
    }

    private static let interval = TimeAmount.seconds(1)
    /// A log-in's burst is over by then.
    private static let soon = TimeAmount.milliseconds(5)

    private let loop: any EventLoop
    private var sessions: [UInt64: ClientSession] = [:]
    private var timer: Scheduled<Void>?
    private var isHurried = false

    init(_ loop: any EventLoop) {
        self.loop = loop
    }

    func note(_ session: ClientSession, soon: Bool) {
        sessions[session.id] = session
        guard timer == nil || soon && !isHurried else { return }
        timer?.cancel()
        isHurried = soon
        let server = session.server
        let bound = NIOLoopBound(self, eventLoop: loop)
        timer = loop.scheduleTask(in: soon ? Self.soon : Self.interval) { bound.value.flush(server) }
    }

    private func flush(_ server: ServerCore) {
        timer = nil
        isHurried = false
        let changed = Array(sessions.values)
        sessions = [:]
        let links = changed.compactMap { $0.handle?.link }
        server.write(changed.compactMap { $0.takeChange() }) { isWritten in
            guard !isWritten else { return }
            for link in links { link.perform { $0.statusIsNotWritten() } }
        }
    }
}

extension SessionStore {
    /// Writes what is new of a session.
    func write(_ change: SessionJournal.Change, in context: WriteContext) throws(StorageError) {
        try setAcknowledged(change.counters, of: change.key, in: context)
        if let status = change.status { try setStatus(status, of: change.key, in: context) }
        if let through = change.dequeued { try dequeue(through: through, of: change.key, in: context) }
    }
}

extension ServerCore {
    /// Writes what is new of sessions, and waits for nothing. Counters are in the next change again; whether the rest is
    /// written `completion` is told, on whatever thread.
    func write(_ changes: [SessionJournal.Change], completion: @escaping @Sendable (_ isWritten: Bool) -> Void) {
        guard !changes.isEmpty else { return completion(true) }
        database.submit(bytes: changes.count * 256) { [store = sessions] context in
            for change in changes { try store.write(change, in: context) }
        } completion: { [log] result in
            switch result {
            case .success: completion(true)
            case .failure(let error):
                log.error("Sessions could not be written", metadata: ["error": "\(error)"])
                completion(false)
            }
        }
    }
}
