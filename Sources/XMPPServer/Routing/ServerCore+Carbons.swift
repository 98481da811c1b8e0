//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

internal import XMPPCore
internal import XMPPPayloads
internal import XMPPStorage

extension ServerCore {
    /// Gives the sender's other clients their copies of what it has sent (XEP-0280 §8). `archiveID`: its name in the
    /// sender's archive.
    func copySent(_ stanza: Stanza, from session: SessionHandle, archiveID: ArchiveID? = nil) {
        guard let (account, targets) = others(of: session), !targets.isEmpty else { return }
        // To oneself: those sessions are recipients.
        guard stanza.to?.bareString != account.jid.bareString else { return }
        let isCopied =
            stanza.type == .error
            ? account.hasCopied(id: stanza.id, peer: stanza.to) : CarbonPolicy.copies(stanza, .sent)
        guard isCopied else { return }
        account.noteCopied(id: stanza.id, peer: stanza.to)
        var copy = Carbons.copy(
            archiveID.map { stanza.archived($0, by: account.jid) } ?? stanza, .sent, of: account.jid)
        for (target, flush) in targets {
            copy.to = target.jid
            target.deliverCopy(
                copy, archiveID: archiveID, after: AwaitedRows(flush: flush, newest: offlineRows.newest))
        }
    }

    /// The session's account and those of its sessions that get copies of what this one sends.
    private func others(
        of session: SessionHandle
    ) -> (account: Account, targets: [(session: SessionHandle, flush: UInt64)])? {
        if let account = session.account, let targets = account.copies(except: session) { return (account, targets) }
        // The session has ended. The account may be online again.
        guard let account = accounts.online(session.jid) else { return nil }
        return (account, account.copies(except: session) ?? [])
    }

    /// Copies of what an account is sent for those of its clients that do not get it by its address (XEP-0280 §7).
    func copiesReceived(
        _ stanza: Stanza, for targets: [SessionHandle], of account: Account
    ) -> [(session: SessionHandle, copy: Stanza)] {
        guard !targets.isEmpty else { return [] }
        let isCopied =
            stanza.type == .error
            ? account.hasCopied(id: stanza.id, peer: stanza.from) : CarbonPolicy.copies(stanza, .received)
        guard isCopied else { return [] }
        account.noteCopied(id: stanza.id, peer: stanza.from)
        let copy = Carbons.copy(stanza, .received, of: account.jid)
        // What one sends to oneself needs no way back.
        return targets.filter { $0.jid != stanza.from }.map { target in
            var copy = copy
            copy.to = target.jid
            return (target, copy)
        }
    }
}
