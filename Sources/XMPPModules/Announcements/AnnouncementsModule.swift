//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

internal import Logging
internal import XMPPCore
internal import XMPPPayloads
package import XMPPServer
internal import XMPPStorage

/// Messages to everybody, to those online, and to groups, from those who may (Switchboard, Broadcast).
package struct AnnouncementsModule: ServerModule {
    package let id = "announcements"
    let configuration: AnnouncementsConfiguration
    let audiences: AudienceList
    let desk: AcknowledgementDesk
    let standing: StandingMessages

    package init(_ configuration: AnnouncementsConfiguration) {
        self.init(configuration, clock: { Timestamp.now() })
    }

    init(_ configuration: AnnouncementsConfiguration, clock: @escaping @Sendable () -> Timestamp) {
        self.configuration = configuration
        audiences = AudienceList(domain: configuration.domain, groups: configuration.groups)
        desk = AcknowledgementDesk(configuration, clock: clock)
        standing = StandingMessages(configuration)
    }

    package func register(in registrar: inout ModuleRegistrar) {
        registrar.disco(item: configuration.domain, name: "Broadcast", host: configuration.host)
        registrar.domain(configuration.domain.bareString) { [self] stanza, server in take(stanza, server) }
        registrar.observe { [standing] event, server in
            guard case .becameAvailable(let session) = event else { return nil }
            return standing.greet(session, server)
        }
    }

    package func prepare(_ server: ServerCore) async throws {
        try await desk.load(server)
        try await standing.load(server)
    }

    package func run(_ server: ServerCore) async throws { await desk.run(server) }

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

    func maySend(_ account: JID) -> Bool { configuration.senders.contains(account.bare) }

    private func broadcast(_ stanza: Stanza, from: JID, to: JID, _ server: ServerCore) -> Deferred? {
        guard let reply = BroadcastReply(stanza) else { return send(stanza, from: from, to: to, server) }
        switch reply {
        case .empty:
            return nil
        case .displayed(let id):
            return { [desk] in
                do {
                    // Markers of what is unknown are ignored (XEP-0333 §6).
                    _ = try await desk.acknowledge(to.bare, id: id, by: from.bare, server)
                } catch {
                    server.log.error("An acknowledgement could not be stored", metadata: ["error": "\(error)"])
                }
            }
        case .ok(let id):
            // Somebody who may broadcast can also mean `ok` for everybody: unless he has been asked for it.
            return { [self] in
                do {
                    let store = BroadcastStore(server.database)
                    let isAnswer =
                        if maySend(from) { try await store.isWaiting(to.bareString, for: from.bareString) } else {
                            true
                        }
                    if isAnswer {
                        if try await desk.acknowledge(to.bare, id: id, by: from.bare, server) { return }
                        if id != nil, try await desk.acknowledge(to.bare, id: nil, by: from.bare, server) { return }
                    }
                    await send(stanza, from: from, to: to, server)?()
                } catch {
                    server.log.error("An acknowledgement could not be stored", metadata: ["error": "\(error)"])
                    await server.bounce(stanza, StanzaError(.resourceConstraint))?()
                }
            }
        }
    }

    private func send(_ stanza: Stanza, from: JID, to: JID, _ server: ServerCore) -> Deferred? {
        // Before anything else, so that others do not learn the names of groups.
        guard maySend(from) else {
            return server.bounce(stanza, StanzaError(.forbidden, text: "You may not broadcast."))
        }
        guard let local = to.local, let audience = audiences[local] else {
            return server.bounce(stanza, StanzaError(.itemNotFound, text: "There is no such group."))
        }
        guard stanza.type != .groupchat else { return server.bounce(stanza, StanzaError(.serviceUnavailable)) }
        return {
            do {
                try await self.broadcast(stanza, by: from.bare, to: audience, at: to.bare, server)
            } catch {
                server.log.error("A broadcast could not be stored", metadata: ["error": "\(error)"])
                await server.bounce(stanza, StanzaError(.resourceConstraint))?()
            }
        }
    }

    /// Sends a message to an audience.
    ///
    /// - Throws: `StorageError` if it cannot be kept for those who are offline, or who has read it cannot be.
    func broadcast(
        _ stanza: Stanza, by sender: JID, to audience: Audience, at address: JID, _ server: ServerCore
    ) async throws {
        guard var message = BroadcastMessage(stanza, from: address, sender: sender, id: server.makeID()) else { return }
        server.log.info("Broadcast", metadata: ["sender": "\(sender)", "audience": "\(address.local ?? "")"])
        let recipients = try await BroadcastDelivery(message: message, sender: sender, server: server)
            .recipients(in: audience, host: configuration.host)
        if message.wantsAcknowledgement {
            message = try await desk.open(message, from: address, sender: sender, to: recipients, server)
        }
        try await BroadcastDelivery(message: message, sender: sender, server: server)
            .deliver(to: recipients, isKept: audience != .online)
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
                features: [
                    DiscoveryInfo.namespace, DiscoveryItems.namespace, Broadcast.namespace, DisplayedMarker.namespace,
                ])
            return server.route(stanza.result(info.element))
        }
        let items = to.isDomain && maySend(from) ? audiences.addresses : []
        return server.route(stanza.result(DiscoveryItems(items: items.map { .init($0.jid, name: $0.name) }).element))
    }
}
