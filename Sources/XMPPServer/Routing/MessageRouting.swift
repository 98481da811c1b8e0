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
    /// Delivers a message to a local account by its type and address (RFC 6121 §8.5.2, §8.5.3).
    func routeMessage(
        _ stanza: Stanza, to: JID, account: Account?, _ profile: AccountProfile
    ) -> Deferred? {
        if let resource = to.resource {
            let isInTurn = stanza.type == .chat || stanza.type == .normal
            if let account, account.deliver(stanza, toResource: resource, inTurn: isInTurn) {
                observe(stanza, to: account.jid)
                return nil
            }
            switch stanza.type {
            // §8.5.3.2.1: a chat message goes on as if to the bare JID; the others do not.
            case .chat: break
            case .normal where account?.session(resource) != nil: break
            case .error: return nil
            default: return bounce(stanza, StanzaError(.serviceUnavailable))
            }
        }
        switch stanza.type {
        case .error:
            return nil
        case .groupchat:
            return bounce(stanza, StanzaError(.serviceUnavailable))
        case .headline:
            if let account { _ = account.deliverToAvailable(stanza) }
            return nil
        default:
            if let account, account.deliverToAvailable(stanza, inTurn: true) {
                observe(stanza, to: account.jid)
                return nil
            }
            return { [self] in
                await redeliveries.wait(to.bareString)
                await storeOffline(stanza, for: to.bare)
            }
        }
    }

    /// Keeps a message for an account that has no session to take it (XEP-0160), or says that it cannot.
    /// `arrived` is when it came, in milliseconds since 1970, if that is not now.
    package func storeOffline(_ stanza: Stanza, for account: JID, arrived: Int64? = nil) async {
        do {
            guard try await profiles.load(account, server: self).exists else {
                await bounce(stanza, StanzaError(.serviceUnavailable))?()
                return
            }
            // It may have come online while the look-up was under way.
            let online = accounts.online(account)
            if let online, online.deliverToAvailable(stanza, inTurn: true) {
                observe(stanza, to: account)
                return
            }
            guard OfflinePolicy.keeps(stanza) else {
                // Not worth keeping, so it need not go behind what waited either.
                if let online { _ = online.deliverToAvailable(stanza) }
                return
            }
            _ = try await offline.append(
                NewOfflineStanza(
                    account: account.bareString, stanza: String(decoding: stanza.xmlBytes, as: UTF8.self),
                    stamp: arrived ?? Timestamp.now().milliseconds))
            metrics.offlineStored.increment()
            observe(stanza, to: account)
            // A session that became available before the commit has not seen it.
            if let online = accounts.online(account), online.takesMessages {
                await deliverOffline(to: online)
            }
        } catch {
            switch error {
            case StorageError.quotaExceeded:
                await bounce(stanza, StanzaError(.serviceUnavailable))?()
            default:
                log.error("A message could not be stored", metadata: ["error": "\(error)"])
                await bounce(stanza, StanzaError(.resourceConstraint))?()
            }
        }
    }

    /// Tells those who watch that a message has come for an account. `given` are the sessions that have it.
    package func observe(
        _ stanza: Stanza, to: JID, archiveID: ArchiveID? = nil, given sessions: [SessionHandle] = []
    ) {
        guard !tables.messageObservers.isEmpty, archiveID != nil || OfflinePolicy.keeps(stanza) else { return }
        let arrival = MessageArrival(account: to.bare, message: stanza, archiveID: archiveID, live: sessions)
        for observer in tables.messageObservers { observer(arrival, self) }
    }
}
