//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

internal import Synchronization
internal import XMPPCore
internal import XMPPStorage

/// Rows of the offline store that hold what one session has been given, or is about to be, and nobody else: no flush
/// gives them to another while it may still have them.
struct LentRows: Sendable {
    private struct Loan {
        /// Nil once the session has had it: the row is about to be removed.
        var session: SessionHandle?
        let bytes: Int
    }

    private var loans: [Int64: Loan] = [:]
    private var bytes = 0

    /// Rows that are lent at a time, and their bytes, about.
    private static let rowLimit = 100
    private static let byteLimit = 262_144

    var rows: Set<Int64> { Set(loans.keys) }

    /// One more may be lent.
    var haveRoom: Bool { loans.count < Self.rowLimit && bytes < Self.byteLimit }

    func areWith(_ session: SessionHandle) -> Bool { loans.values.contains { $0.session == session } }

    mutating func lend(_ row: Int64, bytes size: Int, to session: SessionHandle) {
        loans[row] = Loan(session: session, bytes: size)
        bytes += size
    }

    /// The session has had it.
    mutating func take(_ row: Int64) { loans[row]?.session = nil }

    /// The row is not in the store any more, or is to be given to anybody again.
    mutating func remove(_ row: Int64) {
        if let loan = loans.removeValue(forKey: row) { bytes -= loan.bytes }
    }

    /// The session has ended: what it has not had is for others.
    mutating func end(_ session: SessionHandle) {
        for (row, loan) in loans where loan.session == session { remove(row) }
    }
}

extension Account {
    /// Whether what is for this resource alone has to stay in the store until it has had it: nobody knows yet whether its
    /// client acknowledges, and if the server died now the session would not come back.
    func isUnsettled(resource: String) -> Bool {
        state.withLock { state in
            guard !state.unsettled.isEmpty, state.lent.haveRoom else { return false }
            return state.unsettled.contains { $0.jid.resource == resource }
        }
    }

    /// What is for the session alone waits no longer for its client to say whether it acknowledges.
    func settle(_ handle: SessionHandle) {
        changeOffline { state in state.unsettled.removeAll { $0 == handle } }
    }

    /// Leaves a row of the offline store, which takes so many bytes, to the resource that it is for. Nil if that is not
    /// there, or somebody has been given the row already.
    func lend(_ row: Int64, bytes: Int, toResource resource: String) -> MessageTargets? {
        state.withLock { state in
            guard let handle = state.handle(ofResource: resource), state.flush?.handed.contains(row) != true else {
                return nil
            }
            state.lent.lend(row, bytes: bytes, to: handle)
            return state.targets(handle)
        }
    }

    /// The session has had what was in a row that was lent to it.
    func tookLent(_ row: Int64) { state.withLock { $0.lent.take(row) } }

    func removedLent(_ row: Int64) { state.withLock { $0.lent.remove(row) } }
}

extension ServerCore {
    /// Gives a message that lies in the offline store to the one session that it is for, which has it removed there; false
    /// if that is not to have it in this way. To be called on the writer's thread.
    func deliverLent(_ recording: Recording, _ recorded: Recorded, _ stanza: Stanza) -> Bool {
        let to = recording.to
        guard let row = recorded.row, !recording.waits, let resource = to.resource, let account = accounts.online(to),
            let targets = account.lend(row, bytes: stanza.content.tree.memorySize, toResource: resource)
        else { return false }
        let newest = offlineRows.newest
        let session = targets.first
        session.deliver(
            stanza, archiveID: recorded.recipientsID, row: row, arrived: recording.arrived,
            after: targets.awaited(by: session, newest: newest))
        session.afterGated { [self] in
            account.tookLent(row)
            background { [self] in await removeLent(row, of: account) }
        }
        let copies = copiesReceived(stanza, for: targets.copies, of: account)
        for (session, copy) in copies {
            session.deliver(
                copy, archiveID: recorded.recipientsID, shared: .taken,
                after: targets.awaited(by: session, newest: newest))
        }
        observe(stanza, to: account.jid, archiveID: recorded.recipientsID)
        return true
    }

    private func removeLent(_ row: Int64, of account: Account) async {
        if await remove([row], of: account, while: { true }) { account.removedLent(row) }
    }
}
