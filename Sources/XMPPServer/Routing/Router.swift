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
        if stanza.kind == .message { return routeMessage(stanza, to: to, from: session) }
        // Most stanzas are for somebody who is online: found by the bare JID alone.
        if let account = accounts.online(to) {
            return route(stanza, to: to, account: account, from: session)
        }
        if tables.addresses[to.bareString] == nil, isHost(to.domain) {
            return to.local == nil
                ? routeToHost(stanza, to: to, from: session) : route(stanza, to: to, account: nil, from: session)
        }
        return routeElsewhere(stanza, to: to)
    }

    /// To an address that is no account's.
    func routeElsewhere(_ stanza: Stanza, to: JID) -> Deferred? {
        if let owner = tables.addresses[to.bareString] { return owner(stanza, self) }
        let domain = to.domain
        if isHost(domain) {
            // RFC 6121 §8.5.1 leaves it open what becomes of a message; nobody would read it.
            return stanza.kind == .presence ? nil : bounce(stanza, StanzaError(.serviceUnavailable))
        }
        if let owner = tables.domains[domain] { return owner(stanza, self) }
        if stanza.kind == .message, configuration.components[domain]?.isDurable == true {
            return tables.handler(insteadOf: domain, stanza).map { $0(stanza, self) } ?? delegate(stanza, to: domain)
        }
        if let component = components.connected(domain) {
            component.deliver(stanza)
            return nil
        }
        if configuration.components[domain] != nil {
            return stanza.kind == .presence ? nil : bounce(stanza, StanzaError(.serviceUnavailable))
        }
        if let remote = tables.remote { return remote.send(stanza, self, isKept: true) }
        // RFC 6120 §10.4: no connection to other servers is made.
        return stanza.kind == .presence ? nil : bounce(stanza, StanzaError(.remoteServerNotFound))
    }

    /// Sends a stanza's error back to its sender, if it may be answered.
    @discardableResult
    package func bounce(_ stanza: Stanza, _ error: StanzaError) -> Deferred? {
        guard let reply = stanza.reply(error), reply.to != nil else { return nil }
        return route(reply)
    }

    /// To a local account, as far as it wants it.
    private func route(
        _ stanza: Stanza, to: JID, account: Account?, from session: SessionHandle?
    ) -> Deferred? {
        guard let profile = profiles.cached(to.bareString) else {
            // It is needed for what it says of the sender alone.
            guard canBeRefused(stanza, by: to) else {
                return deliver(stanza, to: to, account: account, .absent, from: session)
            }
            return { [self] in
                do {
                    let profile = try await profiles.load(to.bare, server: self)
                    await deliver(stanza, to: to, account: accounts.online(to), profile, from: session)?()
                } catch {
                    log.error("An account could not be read", metadata: ["error": "\(error)"])
                    await bounce(stanza, StanzaError(.resourceConstraint))?()
                }
            }
        }
        return deliver(stanza, to: to, account: account, profile, from: session)
    }

    private func deliver(
        _ stanza: Stanza, to: JID, account: Account?, _ profile: AccountProfile, from session: SessionHandle?
    ) -> Deferred? {
        if refuses(stanza, to: to, profile) { return refuse(stanza) }
        return stanza.kind == .presence
            ? receivePresence(stanza, to: to, account: account)
            : routeIQ(stanza, to: to, account: account, from: session)
    }

    /// Whether the account blocks the sender (XEP-0191).
    func refuses(_ stanza: Stanza, to: JID, _ profile: AccountProfile) -> Bool {
        guard !profile.blocked.isEmpty, let from = stanza.from, profile.blocked.blocks(from) else { return false }
        return canBeRefused(stanza, by: to)
    }

    /// Nobody can block himself, or his own server.
    private func canBeRefused(_ stanza: Stanza, by to: JID) -> Bool {
        guard let from = stanza.from else { return false }
        return from.bareString != to.bareString && !(from.isDomain && isHost(from.domain))
    }

    /// What the sender of a stanza learns that was not wanted: as if nobody were there (XEP-0191 §3.4).
    func refuse(_ stanza: Stanza) -> Deferred? {
        switch stanza.kind {
        case .presence: nil
        case .message where stanza.type == .headline: nil
        case .message, .iq: bounce(stanza, StanzaError(.serviceUnavailable))
        }
    }

    private func routeToHost(_ stanza: Stanza, to: JID, from session: SessionHandle?) -> Deferred? {
        guard stanza.kind == .iq else { return nil }
        return stanza.type == .result || stanza.type == .error
            ? ownAnswer(stanza) : answerIQ(stanza, to: to.domainJID, addressee: .host, from: session)
    }
}
