//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

internal import XMPPCore
internal import XMPPStorage

extension SessionHandle {
    /// Delivers a message, or a copy of one, that other sessions are given, too.
    func deliver(_ stanza: Stanza, archiveID: ArchiveID?, shared: SharedDelivery?) {
        link.deliver(OutboundQueue.Entry(stanza: stanza, isStored: false, archiveID: archiveID, shared: shared))
    }

    /// Delivers a copy of what another session of the account has sent: if it doesn't arrive nobody is the poorer.
    func deliverCopy(_ stanza: Stanza) {
        link.deliver(OutboundQueue.Entry(stanza: stanza, isStored: true))
    }
}
