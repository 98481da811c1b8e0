//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

internal import CoreMetrics
internal import Logging
internal import XMPPCore
internal import XMPPStorage

// What follows when a message has been written.
extension ServerCore {
    /// Does what has to be done in the order of the archive, and says what is left for the sender's turn. To be called on
    /// the writer's thread: it answers in the order of its commits, so clients are given messages in the order that the
    /// archive has, whoever sends them (decision 0014).
    func committed(_ recording: Recording, _ result: Result<Recorded, StorageError>) -> StanzaPump.Finish {
        let recorded: Recorded
        switch result {
        case .success(let value): recorded = value
        case .failure(let error): return { [self] in refuse(recording, error) }
        }
        // It has been on its way since it was recorded first.
        guard !recorded.isDuplicate else { return { nil } }
        copySent(recording, recorded)
        guard case .account = recording.destination else { return { [self] in forward(recording, recorded) } }
        let isBehind = detours.arePending(recording.to.bareString)
        if recording.waits || recorded.row != nil {
            guard !isBehind || recorded.row == nil else { return detour(recording, recorded) }
            let work = deliverKept(recording, recorded)
            return { work }
        }
        if !isBehind, deliverToTargets(recording, recorded) { return { nil } }
        guard OfflinePolicy.keeps(recording.stanza) else {
            // Not worth keeping, so it need not go behind what waits either.
            if let account = accounts.online(recording.to),
                let targets = targets(of: recording.to, account: account, recording.stanza, inTurn: false)
            {
                deliver(recording.delivered(recorded), to: targets, of: account, archiveID: recorded.recipientsID)
            }
            return { nil }
        }
        // Who was to take it has gone, or is being given what waits. Nothing that comes later overtakes it.
        return detour(recording, recorded)
    }

    private func detour(_ recording: Recording, _ recorded: Recorded) -> StanzaPump.Finish {
        let detour = Detour(self, recording, recorded)
        detour.begin()
        return { { await detour.end() } }
    }

    /// A message is kept that was to be delivered. To be called on the writer's thread.
    func keep(_ recording: Recording, _ recorded: Recorded, row: Int64) {
        var recorded = recorded
        recorded.row = row
        if let work = deliverKept(recording, recorded) { background(work) }
    }

    private func noteRow(of recorded: Recorded) {
        guard let row = recorded.row else { return }
        metrics.offlineStored.increment()
        offlineRows.commit(row)
    }

    /// A message has gone on without being written.
    func passed(_ recording: Recording) { copySent(recording, Recorded()) }

    private func copySent(_ recording: Recording, _ recorded: Recorded) {
        guard let session = recording.session else { return }
        copySent(recording.stanza, from: session, archiveID: recorded.sendersID)
    }

    private func refuse(_ recording: Recording, _ error: StorageError) -> Deferred? {
        switch (error, recording.destination) {
        case (.notFound, _), (.quotaExceeded, .account):
            return bounce(recording.stanza, StanzaError(.serviceUnavailable))
        default:
            log.error("A message could not be stored", metadata: ["error": "\(error)"])
            return bounce(recording.stanza, StanzaError(.resourceConstraint))
        }
    }

    private func forward(_ recording: Recording, _ recorded: Recorded) -> Deferred? {
        switch recording.destination {
        case .account: return nil
        case .outbox(let component):
            metrics.delegatedStored.increment()
            components.connected(component)?.pump()
            return nil
        case .component(let component):
            component.deliver(recording.stanza)
            return nil
        case .feature(let owner):
            return owner(recording.stanza, self)
        case .acceptance(let acceptance):
            return acceptance.committed()
        case .remote(let route):
            return route.send(recording.stanza, self, isKept: true)
        }
    }

    /// What follows when a message is in the offline store, or would be if that had room.
    private func deliverKept(_ recording: Recording, _ recorded: Recorded) -> Deferred? {
        noteRow(of: recorded)
        let to = recording.to
        let id = recorded.recipientsID
        let stanza = recording.delivered(recorded)
        guard !deliverLent(recording, recorded, stanza) else { return nil }
        let account = accounts.online(to)
        // Whoever became available before the commit has not seen it, or is being given what waits.
        var reading: OfflineReading?
        if let account {
            if recorded.row != nil { account.noteOfflineRow() }
            reading = recorded.row != nil && account.takesMessages ? account.beginOffline() : nil
            deliverBesideReceiver(stanza, to: to, of: account, archiveID: id, waits: recorded.row != nil)
        }
        // A session that is being given what waits is given this, too.
        observe(stanza, to: to, archiveID: id)
        guard let account, let reading else { return nil }
        return { [self] in await deliverOffline(reading, of: account) }
    }

    /// False if nobody takes it now.
    private func deliverToTargets(_ recording: Recording, _ recorded: Recorded) -> Bool {
        guard let account = accounts.online(recording.to),
            let targets = targets(of: recording.to, account: account, recording.stanza, inTurn: true)
        else { return false }
        deliver(
            recording.delivered(recorded), to: targets, of: account, archiveID: recorded.recipientsID,
            arrived: recording.arrived)
        return true
    }

    /// One session is given what waits; the others of the account, which are not, have the message now. If it `waits` in
    /// the store nobody needs another way to it.
    private func deliverBesideReceiver(
        _ stanza: Stanza, to: JID, of account: Account, archiveID: ArchiveID?, waits: Bool
    ) {
        let newest = offlineRows.newest
        let others = account.besideReceiver(ofBare: to.isBare)
        let copies = copiesReceived(stanza, for: others.copies, of: account)
        let shared = SharedDelivery(holders: others.takers.count + copies.count)
        if waits { shared.take() }
        for session in others.takers {
            session.deliver(
                stanza, archiveID: archiveID, shared: shared, after: others.awaited(by: session, newest: newest))
        }
        for (session, copy) in copies {
            session.deliver(
                copy, archiveID: archiveID, shared: shared, after: others.awaited(by: session, newest: newest))
        }
    }
}

extension Recording {
    /// The message as its recipient gets it.
    fileprivate func delivered(_ recorded: Recorded) -> Stanza {
        recorded.recipientsID.map { stanza.archived($0, by: to.bare) } ?? stanza
    }
}
