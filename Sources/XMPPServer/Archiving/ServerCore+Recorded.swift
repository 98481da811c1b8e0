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
    func finish(_ recording: Recording, _ result: Result<Recorded, StorageError>) -> Deferred? {
        switch result {
        case .success(let recorded):
            // It has been on its way since it was recorded first.
            guard !recorded.isDuplicate else { return nil }
            if let row = recorded.row {
                metrics.offlineStored.increment()
                offlineRows.commit(row)
            }
            if let session = recording.session {
                copySent(recording.stanza, from: session, archiveID: recorded.sendersID)
            }
            return forward(recording, recorded)
        case .failure(let error):
            return refuse(recording, error)
        }
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
        case .account:
            return deliver(recording, recorded)
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
            return route.send(recording.stanza, self)
        }
    }

    private func deliver(_ recording: Recording, _ recorded: Recorded) -> Deferred? {
        let to = recording.to
        let id = recorded.recipientsID
        let stanza = id.map { recording.stanza.archived($0, by: to.bare) } ?? recording.stanza
        let account = accounts.online(to)
        if recording.waits {
            // Whoever became available before the commit has not seen it, or is being given what waits.
            var receiver: SessionHandle?
            if let account {
                receiver = recorded.row != nil && account.takesMessages ? account.beginOffline() : nil
                deliverBesideReceiver(stanza, to: to, of: account, archiveID: id, waits: recorded.row != nil)
            }
            // A session that is being given what waits is given this, too.
            observe(stanza, to: to, archiveID: id)
            guard let account, let receiver else { return nil }
            return { [self] in await deliverOffline(to: receiver, of: account, after: 0) }
        }
        if let account, let targets = targets(of: to, account: account, stanza, inTurn: true) {
            deliver(stanza, to: targets, of: account, archiveID: id)
            return nil
        }
        // Who was to take it has gone, or is being given what waits.
        return { [self] in
            await redeliveries.wait(to.bareString)
            await storeOffline(recording.stanza, for: to.bare, arrived: recording.arrived, archiveID: id)
        }
    }

    /// One session is given what waits; the others of the account, which are not, have the message now. If it `waits` in
    /// the store nobody needs another way to it.
    private func deliverBesideReceiver(
        _ stanza: Stanza, to: JID, of account: Account, archiveID: ArchiveID?, waits: Bool
    ) {
        let others = account.besideReceiver(ofBare: to.isBare)
        let copies = copiesReceived(stanza, for: others.copies, of: account)
        let shared = SharedDelivery(holders: others.takers.count + copies.count)
        if waits { shared.take() }
        for session in others.takers { session.deliver(stanza, archiveID: archiveID, shared: shared) }
        for (session, copy) in copies { session.deliver(copy, archiveID: archiveID, shared: shared) }
    }
}
