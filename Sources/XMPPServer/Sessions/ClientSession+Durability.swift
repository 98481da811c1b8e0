//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

internal import DequeModule
internal import Logging
internal import NIOCore
internal import XMPPCore
internal import XMPPStorage
internal import XMPPStream

/// How a session whose client acknowledges keeps the store up to date, without making its client wait for anything but the truth of an
/// acknowledgement.
extension ClientSession {
    /// For the operation that records what the stanza in hand causes; nil if the session ends with the process anyway.
    func handledMark() -> HandledMark? {
        // Nobody asks how many were handled of a session that cannot be resumed.
        guard let resumption, resumption.isOffered else { return nil }
        let key = resumption.key
        let count = begun
        let change = changeOfStatus()
        self.resumption?.marked = count
        let bound = NIOLoopBound(self, eventLoop: resources.loop)
        return HandledMark(
            isCount: change == nil,
            write: { [store = server.sessions] context throws(StorageError) in
                store.setHandled(count, of: key, in: context)
                if let change { try store.write(change, in: context) }
            },
            committed: { [resources] in resources.onLoop { bound.value.committed(count) } },
            failed: { [resources] in resources.onLoop { bound.value.settleForLess() } })
    }

    private func committed(_ count: UInt32) {
        // The session may have gone on elsewhere, or a later count have been committed first.
        guard let durable = resumption?.durable, Self.isAhead(count, of: durable) else { return }
        resumption?.durable = count
        payAcknowledgements()
    }

    /// Modulo 2³² (XEP-0198 §4).
    private static func isAhead(_ count: UInt32, of other: UInt32) -> Bool {
        count != other && count &- other < 1 << 31
    }

    /// Tells the client that so many stanzas are handled, as soon as the store would say the same.
    func acknowledge(_ count: UInt32) {
        guard let resumption, resumption.isOffered, server.configuration.limits.resumptionSurvivesCrash,
            Self.isAhead(count, of: resumption.durable)
        else {
            return writeAcknowledgement(count)
        }
        owed.append(count)
        if Self.isAhead(count, of: resumption.marked) { writeHandled(count) }
    }

    private func writeAcknowledgement(_ count: UInt32) {
        handler?.write(raw: "<a xmlns='urn:xmpp:sm:3' h='\(count)'/>")
    }

    private func payAcknowledgements() {
        guard let durable = resumption?.durable else { return }
        while let first = owed.first, !Self.isAhead(first, of: durable) {
            owed.removeFirst()
            writeAcknowledgement(first)
        }
    }

    /// What the counted stanzas have changed goes with the count: who is told that his presence was taken is there after
    /// a crash, too.
    private func changeOfStatus() -> SessionJournal.Change? { statusMayHaveChanged ? takeChange() : nil }

    /// Counts what left no other trace in the store.
    private func writeHandled(_ count: UInt32) {
        // On another connection the session may have come further.
        guard case .bound = state, let key = resumption?.key else { return }
        let change = changeOfStatus()
        resumption?.marked = count
        let bound = NIOLoopBound(self, eventLoop: resources.loop)
        server.database.submit { [store = server.sessions] context in
            store.setHandled(count, of: key, in: context)
            if let change { try store.write(change, in: context) }
        } completion: { [resources, log = server.log] result in
            resources.loop.execute {
                switch result {
                case .success: bound.value.committed(count)
                case .failure(let error):
                    log.error("A session could not be written", metadata: ["error": "\(error)"])
                    bound.value.settleForLess()
                }
            }
        }
    }

    /// The store does not take the count: the client hears how far it is, and may ask again.
    private func settleForLess() {
        statusIsNotWritten()
        guard let durable = resumption?.durable else { return }
        resumption?.marked = durable
        for _ in owed { writeAcknowledgement(durable) }
        owed = []
    }

    /// Returns when the count is on disk; if it cannot be, the count is what the disk has.
    func settleHandled() async {
        guard let resumption, server.configuration.limits.resumptionSurvivesCrash else { return }
        // What the last connection had under way is written, or is not, and nobody here was told.
        self.resumption?.marked = resumption.durable
        guard resumption.durable != handled else { return }
        let count = handled
        let key = resumption.key
        let change = changeOfStatus()
        do {
            try await server.database.write { [store = server.sessions] context in
                store.setHandled(count, of: key, in: context)
                if let change { try store.write(change, in: context) }
            }
            self.resumption?.marked = count
            self.resumption?.durable = count
        } catch {
            server.log.error("A session could not be written", metadata: ["error": "\(error)"])
            // The client hears no more than a crash would leave, and sends the rest again: none of it was recorded.
            handled = resumption.durable
            begun = handled
            statusIsNotWritten()
        }
    }

    /// What the client has switched on may not be on disk, though it was to be: it is written again soon.
    func statusIsNotWritten() {
        guard !isResuming else {
            early.append { $0.statusIsNotWritten() }
            return
        }
        resumption?.status = nil
        noteChange(isStatus: true)
    }

    // MARK: Now and then

    /// Something of the session has changed that is worth keeping: it is written soon, with that of others.
    func noteChange(isStatus: Bool = false, soon: Bool = false) {
        guard resumption != nil else { return }
        if isStatus { statusMayHaveChanged = true }
        resources.journal.note(self, soon: soon)
    }

    /// Writes what the client has switched on, and calls back once, on whatever thread, when that is done.
    func writeStatus(then body: @escaping @Sendable () -> Void) {
        guard resumption != nil, server.configuration.limits.resumptionSurvivesCrash, let link = handle?.link else {
            return body()
        }
        statusMayHaveChanged = true
        guard let change = takeChange(), change.status != nil else { return body() }
        server.write([change]) { isWritten in
            if !isWritten { link.perform { $0.statusIsNotWritten() } }
            body()
        }
    }

    /// Writes that the session is about to take messages before anybody can give it one: whoever is told after this that
    /// his message was taken must be able to rely on it whatever happens. The writer works in turn: nobody waits.
    func writeAhead(_ presence: Stanza) {
        guard presence.to == nil, presence.type == .available, resumption != nil, let handle,
            server.configuration.limits.resumptionSurvivesCrash,
            handle.account?.session(handle.jid.resource ?? "")?.takesMessages == false,
            let priority = try? PresencePriority.read(presence), priority >= 0
        else { return }
        statusMayHaveChanged = true
        guard let change = takeChange(with: presence) else { return }
        changing = nil
        server.write([change]) { isWritten in
            if !isWritten { handle.link.perform { $0.statusIsNotWritten() } }
        }
    }

    /// What has changed since the last call, or will have `with` another presence.
    func takeChange(with presence: Stanza? = nil) -> SessionJournal.Change? {
        guard var resumption, case .bound(let handle) = state else { return nil }
        resumption.position.advance(now: ArchiveClock.system(), first: outbound.firstArrived.map { $0 * 1000 })
        var change = SessionJournal.Change(
            key: resumption.key,
            counters: SessionCounters(
                acknowledged: outbound.acknowledged, position: resumption.position.position,
                recent: resumption.position.recent))
        if let through = resumption.storedThrough {
            let arrived = (outbound.firstOrdinal ?? outbound.nextOrdinal) - 1
            change.dequeued = min(through, arrived)
            if arrived >= through { resumption.storedThrough = nil }
        }
        if statusMayHaveChanged {
            statusMayHaveChanged = false
            let status = server.status(of: handle, with: presence, directed: directed.addresses, &resumption)
            if status != resumption.status {
                resumption.status = status
                change.status = status
            }
        }
        self.resumption = resumption
        return change
    }
}

extension ServerCore {
    /// What a session's client has made known and switched on; `with` a presence by which it is about to take messages.
    func status(
        of handle: SessionHandle, with presence: Stanza? = nil, directed: Set<JID>, _ resumption: inout Resumption
    ) -> SessionStatus {
        guard let session = accounts.online(handle.jid)?.session(handle.jid.resource ?? ""), session.handle == handle
        else { return SessionStatus(since: resumption.since) }
        resumption.isGiven(messages: presence != nil || session.takesMessages, copies: session.carbons)
        return SessionStatus(
            isInterested: session.isInterested, hasCarbons: session.carbons, usesArchive: session.usesArchive,
            presence: (presence ?? session.ownPresence).map { $0.element.xmlString },
            directed: directed.map(\.description).sorted(),
            since: resumption.since, archivedRows: session.archivedRows, messagesSince: resumption.messagesSince,
            copiesSince: resumption.copiesSince)
    }
}
