//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

internal import CoreMetrics
internal import Logging
package import XMPPCore
package import XMPPStorage

extension ServerCore {
    /// Takes a message to its addressee: by way of the archives if it belongs there. `session`: the client that sends it.
    func routeMessage(_ stanza: Stanza, to: JID, from session: SessionHandle?) -> Deferred? {
        let account = accounts.online(to)
        guard let parties = parties(of: stanza, to: to, from: session, account: account) else {
            return { [self] in
                do {
                    var parties = MessageParties()
                    if account != nil || isAccountAddress(to) {
                        parties.recipient = try await profiles.load(to.bare, server: self)
                    }
                    if let session {
                        let profile = try await profiles.load(session.jid.bare, server: self)
                        if profile.hasArchive { parties.sender = profile }
                    }
                    await routeMessage(stanza, to: to, from: session, account: accounts.online(to), parties)?()
                } catch {
                    log.error("An account could not be read", metadata: ["error": "\(error)"])
                    await bounce(stanza, StanzaError(.resourceConstraint))?()
                }
            }
        }
        return routeMessage(stanza, to: to, from: session, account: account, parties)
    }

    private func routeMessage(
        _ stanza: Stanza, to: JID, from session: SessionHandle?, account: Account?, _ parties: MessageParties
    ) -> Deferred? {
        switch plan(for: stanza, to: to, from: session, account: account, parties) {
        case .record(let recording):
            return { [self] in await record(recording) }
        case .deliver(let targets):
            return routeUnrecorded(stanza, to: to, from: session, account: account, parties, targets)
        case .waitForRedelivery:
            return { [self] in
                await redeliveries.wait(to.bareString)
                await routeMessage(stanza, to: to, from: session, account: accounts.online(to), parties)?()
            }
        }
    }

    /// A message that is not written, as ``plan(for:to:from:account:_:)`` has found. `targets`: who takes it, as that has
    /// found just now.
    func routeUnrecorded(
        _ stanza: Stanza, to: JID, from session: SessionHandle?, account: Account?, _ parties: MessageParties,
        _ targets: MessageTargets?
    ) -> Deferred? {
        if let session { copySent(stanza, from: session) }
        if let targets, let account {
            deliver(stanza, to: targets, of: account, archiveID: nil)
            return nil
        }
        guard let profile = parties.recipient else { return routeElsewhere(stanza, to: to) }
        if refuses(stanza, to: to, profile) { return refuse(stanza) }
        return routeMessage(stanza, to: to, from: session, account: account, profile)
    }

    /// Delivers a message to a local account by its type and address (RFC 6121 §8.5.2, §8.5.3).
    private func routeMessage(
        _ stanza: Stanza, to: JID, from session: SessionHandle?, account: Account?, _ profile: AccountProfile
    ) -> Deferred? {
        let isInTurn = stanza.type == .chat || stanza.type == .normal
        if let account, let targets = targets(of: to, account: account, stanza, inTurn: isInTurn) {
            deliver(stanza, to: targets, of: account, archiveID: nil)
            return nil
        }
        switch stanza.type {
        case .error: return nil
        case .headline where to.isBare: return nil
        case .headline, .groupchat: return bounce(stanza, StanzaError(.serviceUnavailable))
        default: break
        }
        guard profile.exists, !isForNobody(stanza, to: to, account) else {
            return bounce(stanza, StanzaError(.serviceUnavailable))
        }
        guard OfflinePolicy.keeps(stanza) else {
            // Not worth keeping, so it need not go behind what waits either.
            if let account, let targets = targets(of: to, account: account, stanza, inTurn: false) {
                deliver(stanza, to: targets, of: account, archiveID: nil)
            }
            return nil
        }
        return { [self] in await storeOffline(stanza, for: to.bare) }
    }

    /// The sessions that take a message now (RFC 6121 §8.5.2.1.1, §8.5.3).
    func targets(of to: JID, account: Account?, _ stanza: Stanza, inTurn: Bool) -> MessageTargets? {
        guard let account else { return nil }
        if let resource = to.resource {
            if let targets = account.targets(ofResource: resource, inTurn: inTurn) { return targets }
            // §8.5.3.2.1: a chat message goes on as if to the bare JID; the others do not.
            switch stanza.type {
            case .chat: break
            case .normal where account.session(resource) != nil: break
            default: return nil
            }
        }
        switch stanza.type {
        case .error, .groupchat: return nil
        case .headline: return account.targets(inTurn: false)
        default: return account.targets(inTurn: inTurn)
        }
    }

    /// Hands a message to sessions, and copies to the others that want them. `arrived`: when it came, in milliseconds
    /// since 1970, if that is not now.
    func deliver(
        _ stanza: Stanza, to targets: MessageTargets, of account: Account, archiveID: ArchiveID?, arrived: Int64? = nil
    ) {
        let newest = offlineRows.newest
        // An error says what has become of something that was sent: to hold it back would be to say that it arrived.
        let isInTurn = stanza.type == .chat || stanza.type == .normal
        if targets.rest.isEmpty, targets.copies.isEmpty {
            targets.first.deliver(
                stanza, archiveID: archiveID, shared: nil, arrived: arrived,
                after: isInTurn ? targets.awaited(by: targets.first, newest: newest) : nil)
        } else {
            let copies = copiesReceived(stanza, for: targets.copies, of: account)
            let shared = SharedDelivery(holders: 1 + targets.rest.count + copies.count)
            let takers = ([targets.first] + targets.rest).map { (session: $0, copy: stanza) }
            for (session, stanza) in takers + copies {
                session.deliver(
                    stanza, archiveID: archiveID, shared: shared, arrived: arrived,
                    after: isInTurn ? targets.awaited(by: session, newest: newest) : nil)
            }
        }
        observe(stanza, to: account.jid, archiveID: archiveID)
    }

    /// Tells those who watch that a message has come for an account.
    package func observe(_ stanza: Stanza, to: JID, archiveID: ArchiveID? = nil) {
        guard !tables.messageObservers.isEmpty, archiveID != nil || OfflinePolicy.keeps(stanza) else { return }
        let arrival = MessageArrival(account: to.bare, message: stanza, archiveID: archiveID)
        for observer in tables.messageObservers { observer(arrival, self) }
    }

    /// Keeps a message for an account that has no session to take it (XEP-0160), or says that it cannot. `arrived` is when
    /// it came, in milliseconds since 1970, if that is not now; `archiveID` its name in the account's archive.
    package func storeOffline(
        _ stanza: Stanza, for account: JID, arrived: Int64? = nil, archiveID: ArchiveID? = nil
    ) async {
        do {
            guard try await profiles.load(account, server: self).exists else {
                await bounce(stanza, StanzaError(.serviceUnavailable))?()
                return
            }
            // It may have come online while the look-up was under way.
            let online = accounts.online(account)
            if let online, let targets = online.targets(inTurn: true) {
                return deliver(
                    archiveID.map { stanza.archived($0, by: account) } ?? stanza, to: targets, of: online,
                    archiveID: archiveID)
            }
            guard OfflinePolicy.keeps(stanza) else {
                // Not worth keeping, so it need not go behind what waited either.
                if let online, let targets = online.targets(inTurn: false) {
                    deliver(stanza, to: targets, of: online, archiveID: nil)
                }
                return
            }
            let row = try await offline.append(
                NewOfflineStanza(
                    account: account.bareString,
                    content: archiveID.map { .archived($0) }
                        ?? .stanza(String(decoding: stanza.xmlBytes, as: UTF8.self)),
                    stamp: arrived ?? Timestamp.now().milliseconds))
            metrics.offlineStored.increment()
            offlineRows.commit(row)
            observe(stanza, to: account, archiveID: archiveID)
            guard let online = accounts.online(account) else { return }
            online.noteOfflineRow()
            // A session that became available before the commit has not seen it.
            if online.takesMessages { await deliverOffline(to: online) }
        } catch {
            // What the archive holds is not lost; but who does not read it has to be given it some time.
            if archiveID != nil {
                log.error("A message could not be kept for delivery", metadata: ["error": "\(error)"])
                if case StorageError.quotaExceeded = error { return }
                let entry = OutboundQueue.Entry(
                    stanza: stanza, isStored: false, archiveID: archiveID,
                    arrived: arrived ?? Timestamp.now().milliseconds)
                return await withCheckedContinuation { continuation in
                    giveAway(Legacy([entry]), of: account) { continuation.resume() }
                }
            }
            switch error {
            case StorageError.quotaExceeded:
                await bounce(stanza, StanzaError(.serviceUnavailable))?()
            default:
                log.error("A message could not be stored", metadata: ["error": "\(error)"])
                await bounce(stanza, StanzaError(.resourceConstraint))?()
            }
        }
    }
}
