//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

internal import XMPPCore
internal import XMPPStorage

extension ServerCore {
    /// Sees to a stanza whose session died with it, as if it had been for the bare JID: no acknowledged message is lost
    /// (XEP-0198 §5, XEP-0160).
    func redeliver(_ entry: OutboundQueue.Entry) async {
        guard let shared = entry.shared else { return await redeliver(entry, entry.stanza) }
        // Others have been given it, too: the last one that dies without having had it counts.
        guard shared.release() else { return }
        await redeliver(entry, shared.stanza)
    }

    private func redeliver(_ entry: OutboundQueue.Entry, _ stanza: Stanza) async {
        guard let to = stanza.to else { return }
        // An answer of the archive was for the one who asked.
        if stanza.child("result", "urn:mam:2") != nil { return }
        switch (stanza.kind, stanza.type) {
        case (.iq, _): await bounce(stanza, StanzaError(.serviceUnavailable))?()
        case (.message, .normal), (.message, .chat):
            let account = accounts.online(to)
            // Who reads the archive finds it there.
            if let account, entry.archiveID != nil, account.readsArchive { return }
            if let account, let targets = account.targets(inTurn: false) {
                return deliver(stanza, to: targets, of: account, archiveID: entry.archiveID)
            }
            await storeOffline(stanza, for: to.bare, arrived: entry.arrived, archiveID: entry.archiveID)
        case (.message, .groupchat): await bounce(stanza, StanzaError(.recipientUnavailable))?()
        default: return
        }
    }

    /// Tells those who watch of what a session has not acknowledged when its connection is lost.
    func observeUnacknowledged(_ entries: [OutboundQueue.Entry], of handle: SessionHandle) {
        guard !tables.messageObservers.isEmpty else { return }
        for entry in entries where entry.stanza.kind == .message {
            let stanza = entry.shared?.stanza ?? entry.stanza
            // Copies of what the account itself has sent are no news.
            guard entry.archiveID != nil || !entry.isStored && OfflinePolicy.keeps(stanza) else { continue }
            observe(stanza, to: handle.jid, archiveID: entry.archiveID)
        }
    }
}
