//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

internal import XMPPCore
internal import XMPPStorage

extension SessionHandle {
    /// Delivers a message that has come just now, or a copy of one; `shared` if other sessions are given it, too. With
    /// `flush` it waits until that is over.
    func deliver(_ stanza: Stanza, archiveID: ArchiveID?, shared: SharedDelivery?, after flush: UInt64 = 0) {
        link.deliver(
            OutboundQueue.Entry(stanza: stanza, isStored: false, archiveID: archiveID, shared: shared, flush: flush))
    }

    /// Delivers a copy of what another session of the account has sent: if it doesn't arrive nobody is the poorer.
    func deliverCopy(_ stanza: Stanza, after flush: UInt64) {
        link.deliver(OutboundQueue.Entry(stanza: stanza, isStored: true, flush: flush))
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
