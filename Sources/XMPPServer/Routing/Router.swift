//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

internal import Logging
package import XMPPCore

extension ServerCore {
    /// Takes a stanza, whose `from` has been checked, to where it is addressed (RFC 6120 §10). Never waits: what must
    /// is returned, and whoever sent the stanza waits for it before the next one.
    package func route(_ stanza: Stanza, from session: SessionHandle? = nil) -> Deferred? {
        guard let to = stanza.to else {
            log.error("A stanza without an addressee was to be routed", metadata: ["kind": "\(stanza.kind)"])
            return nil
        }
        // Most stanzas are for somebody who is online: found by the bare JID alone.
        if let account = accounts.online(to) {
            return route(stanza, to: to, account: account, from: session)
        }
        if let owner = tables.addresses[to.bareString] { return owner(stanza, self) }
        let domain = to.domain
        if isHost(domain) {
            return to.local == nil
                ? routeToHost(stanza, to: to, from: session) : route(stanza, to: to, account: nil, from: session)
        }
        if let owner = tables.domains[domain] { return owner(stanza, self) }
        if stanza.kind == .message, configuration.components[domain]?.isDurable == true {
            return delegate(stanza, to: domain)
        }
        if let component = components.connected(domain) {
            component.deliver(stanza)
            return nil
        }
        if configuration.components[domain] != nil {
            return stanza.kind == .presence ? nil : bounce(stanza, StanzaError(.serviceUnavailable))
        }
        // RFC 6120 §10.4: no connection to other servers is made.
        return stanza.kind == .presence ? nil : bounce(stanza, StanzaError(.remoteServerNotFound))
    }

    /// Sends a stanza's error back to its sender, if it may be answered.
    @discardableResult
    package func bounce(_ stanza: Stanza, _ error: StanzaError) -> Deferred? {
        guard let reply = stanza.reply(error), reply.to != nil else { return nil }
        return route(reply)
    }

    private func route(
        _ stanza: Stanza, to: JID, account: Account?, from session: SessionHandle?
    ) -> Deferred? {
        switch stanza.kind {
        case .message: routeMessage(stanza, to: to, account: account)
        case .presence: receivePresence(stanza, to: to, account: account)
        case .iq: routeIQ(stanza, to: to, account: account, from: session)
        }
    }

    private func routeToHost(_ stanza: Stanza, to: JID, from session: SessionHandle?) -> Deferred? {
        switch stanza.kind {
        case .iq: answerIQ(stanza, to: to.domainJID, addressee: .host, from: session)
        // RFC 6121 §8.5.1 leaves it open; nobody would read it.
        case .message: bounce(stanza, StanzaError(.serviceUnavailable))
        case .presence: nil
        }
    }
}
