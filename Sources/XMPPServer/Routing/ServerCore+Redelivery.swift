//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

internal import Logging
internal import XMPPCore
internal import XMPPPayloads
internal import XMPPStorage

extension ServerCore {
    /// Gives away what a session has left, as if it had come for the bare JID: no acknowledged message is lost (XEP-0198
    /// §5, XEP-0160). `jid` is the session's.
    ///
    /// What has to be kept is with the writer when this returns, unless some of it has to be read first. `completion` is called once, on whatever thread, when
    /// the writer has it on disk, or does not get it there.
    func giveAway(_ legacy: Legacy, of jid: JID, then completion: @escaping @Sendable () -> Void = {}) {
        if let end = legacy.end {
            queuedBytes.set(0, of: end.key, jid.bareString)
            end.backlog?.end(end.key, at: end.position)
        }
        guard !legacy.hasStretches else { return giveAwayListed(legacy, of: jid, completion) }
        var kept: [KeptMessage] = []
        var passing: [Stanza] = []
        var refused: [(Stanza, StanzaError)] = []
        // Who reads the archive finds it there.
        let isRead = accounts.online(jid)?.readsArchive(except: jid) ?? false
        for (ordinal, slot) in legacy.slots {
            switch slot {
            case .stretch: continue
            case .spilled(let spilled):
                guard !spilled.isStored else { continue }
                if let shared = spilled.shared, !shared.release() { continue }
                guard let id = spilled.archiveID else {
                    kept.append(.stored(ordinal))
                    continue
                }
                if !isRead { kept.append(.archived(id, arrived: spilled.arrived)) }
            case .entry(let entry):
                guard !entry.isStored, let stanza = entry.original else { continue }
                // Others have been given it, too: the last one that dies without having had it counts.
                if let shared = entry.shared, !shared.release() { continue }
                switch fate(of: stanza) {
                case .kept:
                    if entry.archiveID != nil, isRead { continue }
                    kept.append(.message(stanza, entry.archiveID, arrived: entry.arrived))
                case .passing: passing.append(stanza)
                case .refused(let error): refused.append((stanza, error))
                case .forgotten: continue
                }
            }
        }
        if !passing.isEmpty || !refused.isEmpty {
            let (passing, refused) = (passing, refused)
            background { [self] in
                for (stanza, error) in refused { await bounce(stanza, error)?() }
                guard let account = accounts.online(jid), let others = account.targets(inTurn: false, except: jid)
                else {
                    return
                }
                for stanza in passing { deliver(stanza, to: others, of: account, archiveID: nil) }
            }
        }
        guard !kept.isEmpty || legacy.end != nil || !legacy.arrivedRows.isEmpty else { return completion() }
        Redelivery(self, of: jid, kept, legacy, completion).begin()
    }

    /// The offline store keeps the order of the archive: what is written meanwhile comes behind it all the same.
    private func giveAwayListed(_ legacy: Legacy, of jid: JID, _ completion: @escaping @Sendable () -> Void) {
        background { [self] in
            do {
                giveAway(try await listed(legacy, of: jid), of: jid, then: completion)
            } catch {
                // It comes back with all of it at the next start.
                log.error("What a session has left could not be read", metadata: ["error": "\(error)"])
                completion()
            }
        }
    }

    /// What becomes of a stanza whose session has died with it.
    enum Fate {
        case kept
        /// For whoever is there now.
        case passing
        case refused(StanzaError)
        case forgotten
    }

    func fate(of stanza: Stanza) -> Fate {
        switch (stanza.kind, stanza.type) {
        case (.iq, .get), (.iq, .set): .refused(StanzaError(.serviceUnavailable))
        case (.message, .groupchat): .refused(StanzaError(.recipientUnavailable))
        case (.message, .normal), (.message, .chat):
            // An answer of the archive was for the one who asked.
            if stanza.child("result", MAM.namespace) != nil {
                .forgotten
            } else {
                OfflinePolicy.keeps(stanza) ? .kept : .passing
            }
        default: .forgotten
        }
    }

    /// Tells those who watch of what a session has not acknowledged when its connection is lost.
    func observeUnacknowledged(_ entries: [OutboundQueue.Entry], of handle: SessionHandle) {
        guard !tables.messageObservers.isEmpty else { return }
        for entry in entries where entry.stanza.kind == .message {
            guard let stanza = entry.original else { continue }
            // Copies of what the account itself has sent are no news, nor is what has waited.
            guard !entry.isStored, entry.archiveID != nil || OfflinePolicy.keeps(stanza) else { continue }
            observe(stanza, to: handle.jid, archiveID: entry.archiveID)
        }
    }
}
