//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

internal import Logging
internal import XMPPCore
internal import XMPPPayloads
package import XMPPServer

/// Messages to everybody, to those online, and to groups, from those who may (Switchboard, Broadcast).
package struct AnnouncementsModule: ServerModule {
    package let id = "announcements"
    private let configuration: AnnouncementsConfiguration
    private let audiences: AudienceList

    package init(_ configuration: AnnouncementsConfiguration) {
        self.configuration = configuration
        audiences = AudienceList(domain: configuration.domain, groups: configuration.groups)
    }

    package func register(in registrar: inout ModuleRegistrar) {
        registrar.disco(item: configuration.domain, name: "Broadcast", host: configuration.host)
        registrar.domain(configuration.domain.bareString) { [self] stanza, server in take(stanza, server) }
    }

    private func take(_ stanza: Stanza, _ server: ServerCore) -> Deferred? {
        guard let from = stanza.from, let to = stanza.to, stanza.type != .error else { return nil }
        switch stanza.kind {
        case .message: return broadcast(stanza, from: from, to: to, server)
        case .iq: return answer(stanza, from: from, to: to, server)
        case .presence:
            // Nothing here has presence to subscribe to.
            guard stanza.type == .subscribe else { return nil }
            return server.route(Stanza(.presence, .unsubscribed, id: stanza.id, from: to.bare, to: from.bare))
        }
    }

    private func maySend(_ account: JID) -> Bool { configuration.senders.contains(account.bare) }

    private func broadcast(_ stanza: Stanza, from: JID, to: JID, _ server: ServerCore) -> Deferred? {
        // Before anything else, so that others do not learn the names of groups.
        guard maySend(from) else {
            return server.bounce(stanza, StanzaError(.forbidden, text: "You may not broadcast."))
        }
        guard let local = to.local, let audience = audiences[local] else {
            return server.bounce(stanza, StanzaError(.itemNotFound, text: "There is no such group."))
        }
        guard stanza.type != .groupchat else { return server.bounce(stanza, StanzaError(.serviceUnavailable)) }
        guard let message = BroadcastMessage(stanza, from: to.bare, sender: from.bare) else { return nil }
        server.log.info("Broadcast", metadata: ["sender": "\(from.bare)", "audience": "\(local)"])
        let delivery = BroadcastDelivery(message: message, sender: from.bare, server: server)
        let host = configuration.host
        return {
            do {
                try await delivery.deliver(to: audience, host: host)
            } catch {
                server.log.error("A broadcast could not be stored", metadata: ["error": "\(error)"])
                await server.bounce(stanza, StanzaError(.resourceConstraint))?()
            }
        }
    }

    // MARK: Service discovery

    private func answer(_ stanza: Stanza, from: JID, to: JID, _ server: ServerCore) -> Deferred? {
        guard stanza.type == .get || stanza.type == .set else { return nil }
        guard stanza.type == .get, let payload = stanza.payload, to.isBare,
            payload.namespace == DiscoveryInfo.namespace || payload.namespace == DiscoveryItems.namespace
        else { return server.bounce(stanza, StanzaError(.serviceUnavailable)) }
        guard payload["node"] == nil else { return server.bounce(stanza, StanzaError(.itemNotFound)) }
        var name = "Broadcast"
        if !to.isDomain {
            guard maySend(from) else { return server.bounce(stanza, StanzaError(.serviceUnavailable)) }
            guard let address = audiences.addresses.first(where: { $0.jid == to }) else {
                return server.bounce(stanza, StanzaError(.itemNotFound))
            }
            name = address.name
        }
        guard payload.namespace == DiscoveryItems.namespace else {
            let info = DiscoveryInfo(
                identities: [.init(category: "component", type: "generic", name: name)],
                features: [DiscoveryInfo.namespace, DiscoveryItems.namespace, Broadcast.namespace])
            return server.route(stanza.result(info.element))
        }
        let items = to.isDomain && maySend(from) ? audiences.addresses : []
        return server.route(stanza.result(DiscoveryItems(items: items.map { .init($0.jid, name: $0.name) }).element))
    }
}
