//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

internal import XMPPCore
internal import XMPPStorage

extension SessionHandle {
    /// Delivers a message that has come just now, or a copy of one; `shared` if other sessions are given it, too. It goes
    /// behind `rows`, which the session has still to be given; nil for what is in no order with them.
    /// `arrived`: when it came, in milliseconds since 1970, if that is not now. `row`: where it lies in the offline store,
    /// too, until ``afterGated(_:)`` says that it has arrived.
    func deliver(
        _ stanza: Stanza, archiveID: ArchiveID?, shared: SharedDelivery? = nil, row: Int64? = nil,
        arrived: Int64? = nil, after rows: AwaitedRows?
    ) {
        var entry = OutboundQueue.Entry(
            stanza: stanza, isStored: row != nil, row: row, archiveID: archiveID, shared: shared, flush: rows?.flush,
            newestRow: rows?.newest ?? 0)
        if let arrived { entry.arrived = arrived }
        link.deliver(entry)
    }

    /// Calls `body` when all that was delivered before has arrived, as ``afterTaken(_:)`` does, also what waits until the
    /// session has caught up with the offline store.
    func afterGated(_ body: @escaping @Sendable () -> Void) {
        link.perform { $0.afterGated(body) }
    }

    /// Delivers a copy of what another session of the account has sent: if it doesn't arrive nobody is the poorer.
    func deliverCopy(_ stanza: Stanza, archiveID: ArchiveID?, after rows: AwaitedRows) {
        link.deliver(
            OutboundQueue.Entry(
                stanza: stanza, isStored: true, archiveID: archiveID, flush: rows.flush, newestRow: rows.newest))
    }

    /// Returns when what the client has switched on would survive a crash, or cannot be written.
    package func statusIsWritten() async {
        await withCheckedContinuation { continuation in
            link.performLater { session in
                guard let session = session as? ClientSession else { return continuation.resume() }
                session.writeStatus { continuation.resume() }
            }
        }
    }
}
