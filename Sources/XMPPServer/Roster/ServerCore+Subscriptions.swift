//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

internal import Logging
package import XMPPCore

extension ServerCore {
    /// Whether the address is one that an account of ours can have: not a host, not what the configuration has given
    /// to somebody else.
    package func isAccountAddress(_ address: JID) -> Bool {
        address.local != nil && isHost(address.domain) && tables.addresses[address.bareString] == nil
    }

    /// A client's `subscribe`, `subscribed`, `unsubscribe` or `unsubscribed` (RFC 6121 §3).
    func sendSubscription(_ original: Stanza, from session: SessionHandle, to: JID) -> Deferred? {
        var stanza = original
        // §3.1.2: both addresses are bare.
        stanza.from = session.jid.bare
        stanza.to = to.bare
        // Everybody sees his own presence anyway.
        guard stanza.from != stanza.to else { return nil }
        let checked = stanza
        return { [self] in
            do {
                // So that the other side's block list is known when it counts.
                if isAccountAddress(to) { _ = try await profiles.load(to.bare, server: self) }
                await perform(try await rosters.commit(self) { try $0.send(checked) })
            } catch {
                await bounce(original, stanzaError(error, module: "subscriptions"))?()
            }
        }
    }

    /// The same for an account of ours from somebody whose roster is not ours: a component, a delegated address.
    func receiveSubscription(_ original: Stanza, from: JID, to: JID) -> Deferred {
        var stanza = original
        stanza.from = from.bare
        stanza.to = to.bare
        let checked = stanza
        return { [self] in
            do {
                await perform(try await rosters.commit(self) { try $0.receive(checked) })
            } catch {
                log.error("A subscription could not be changed", metadata: ["error": "\(error)"])
            }
        }
    }

    /// Does what follows from a change of subscriptions.
    func perform(_ effects: [SubscriptionEffect]) async {
        for effect in effects {
            switch effect {
            case .route(let stanza):
                await route(stanza)?()
            case .send(let acceptance):
                await acceptance.committed()?()
            case .tell(let stanza, let account):
                accounts.online(account)?.deliverToInterested(stanza)
            case .showPresence(let account, let contact):
                guard let online = accounts.online(account), !online.blocks(contact) else { continue }
                for session in online.availableSessions {
                    guard var presence = session.presence else { continue }
                    presence.to = contact
                    await route(presence)?()
                }
            case .hidePresence(let account, let contact):
                for session in accounts.online(account)?.availableSessions ?? [] {
                    await route(Stanza(.presence, .unavailable, from: session.handle.jid, to: contact))?()
                }
            }
        }
    }
}
