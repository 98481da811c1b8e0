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
    let deliveries: BroadcastDeliveries

    package init(_ configuration: AnnouncementsConfiguration) {
        self.init(configuration, clock: { Timestamp.now() })
    }

    init(_ configuration: AnnouncementsConfiguration, clock: @escaping @Sendable () -> Timestamp) {
        self.configuration = configuration
        audiences = AudienceList(domain: configuration.domain, groups: configuration.groups)
        desk = AcknowledgementDesk(configuration, clock: clock)
        standing = StandingMessages(configuration)
        deliveries = BroadcastDeliveries(desk)
    }

    package func register(in registrar: inout ModuleRegistrar) {
        registrar.disco(item: configuration.domain, name: "Broadcast", host: configuration.host)
        registrar.domain(configuration.domain.bareString) { [self] stanza, server in
            acceptance(of: stanza, server)
        } _: { [self] stanza, server in
            take(stanza, server)
        }
        registrar.observe { [standing] event, server in
            guard case .becameAvailable(let session) = event else { return nil }
            return standing.greet(session, server)
        }
    }

    package func prepare(_ server: ServerCore) async throws {
        try await desk.load(server)
        try await standing.load(server)
    }

    package func run(_ server: ServerCore) async throws {
        await withTaskGroup(of: Void.self) { [desk, deliveries] tasks in
            tasks.addTask { await desk.run(server) }
            tasks.addTask { await deliveries.run(server) }
        }
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

    func maySend(_ account: JID) -> Bool { configuration.senders.contains(account.bare) }

    // MARK: Messages

    /// What is written of a message for a broadcast address together with the sender's own copy of it: then it has been
    /// accepted, whatever happens. Nil for what is refused, or is nothing to anybody.
    private func acceptance(of stanza: Stanza, _ server: ServerCore) -> Acceptance? {
        guard let from = stanza.from, let to = stanza.to, stanza.type != .error else { return nil }
        switch BroadcastReply(stanza) {
        case .empty: return nil
        case .displayed(let id):
            // Markers of what is unknown are ignored (XEP-0333 §6).
            return Acceptance.noting(desk) { [desk] context in
                try desk.acknowledge(to.bare, id: id, by: from.bare, server, in: context) ?? []
            }
        case .ok(let id): return answer(id: id, stanza, from: from, to: to, server)
        case nil:
            guard refusal(of: stanza, from: from, to: to) == nil, let audience = to.local.flatMap({ audiences[$0] })
            else { return nil }
            return acceptance(of: stanza, by: from.bare, to: audience, at: to.bare, server)
        }
    }

    /// Somebody who may broadcast can also mean `ok` for everybody: unless he has been asked for it.
    private func answer(
        id: String?, _ stanza: Stanza, from: JID, to: JID, _ server: ServerCore
    ) -> Acceptance {
        var broadcast: Acceptance?
        if refusal(of: stanza, from: from, to: to) == nil, let audience = to.local.flatMap({ audiences[$0] }) {
            broadcast = acceptance(of: stanza, by: from.bare, to: audience, at: to.bare, server)
        }
        let store = BroadcastStore(server.database)
        let outcome = WriteOutcome<[BroadcastProgress]>()
        return Acceptance(
            write: { [desk, broadcast] context in
                var isAnswer = true
                if broadcast != nil {
                    isAnswer = try store.isWaiting(to.bareString, for: from.bareString, in: context)
                }
                if isAnswer {
                    var progress = try desk.acknowledge(to.bare, id: id, by: from.bare, server, in: context)
                    if progress == nil, id != nil {
                        progress = try desk.acknowledge(to.bare, id: nil, by: from.bare, server, in: context)
                    }
                    if let progress { return outcome.store(progress) }
                }
                try broadcast?.write(context)
            },
            committed: { [self, broadcast] in
                if let progress = outcome.value {
                    desk.note(progress)
                    return nil
                }
                return broadcast?.committed()
                    ?? refusal(of: stanza, from: from, to: to).flatMap {
                        server.bounce(stanza, $0)
                    }
            })
    }

    /// A message that was not written on its way: a headline, or one that is refused.
    private func broadcast(_ stanza: Stanza, from: JID, to: JID, _ server: ServerCore) -> Deferred? {
        guard let acceptance = acceptance(of: stanza, server) else {
            guard BroadcastReply(stanza) == nil, let refusal = refusal(of: stanza, from: from, to: to) else {
                return nil
            }
            return server.bounce(stanza, refusal)
        }
        return {
            do {
                try await accept(acceptance, server)
            } catch {
                server.log.error("A broadcast could not be stored", metadata: ["error": "\(error)"])
                await server.bounce(stanza, StanzaError(.resourceConstraint))?()
            }
        }
    }

    private func accept(_ acceptance: Acceptance, _ server: ServerCore) async throws {
        try await server.database.write { try acceptance.write($0) }
        await acceptance.committed()?()
    }

    /// Why a message is not broadcast; nil if it is.
    private func refusal(of stanza: Stanza, from: JID, to: JID) -> StanzaError? {
        // Before anything else, so that others do not learn the names of groups.
        guard maySend(from) else { return StanzaError(.forbidden, text: "You may not broadcast.") }
        guard let local = to.local, audiences[local] != nil else {
            return StanzaError(.itemNotFound, text: "There is no such group.")
        }
        return stanza.type == .groupchat ? StanzaError(.serviceUnavailable) : nil
    }

    /// Sends a message to an audience.
    ///
    /// - Throws: `StorageError` if it cannot be stored.
    func broadcast(
        _ stanza: Stanza, by sender: JID, to audience: Audience, at address: JID, _ server: ServerCore
    ) async throws {
        guard let acceptance = acceptance(of: stanza, by: sender, to: audience, at: address, server) else { return }
        try await accept(acceptance, server)
    }

    /// Nil if the message says nothing.
    private func acceptance(
        of stanza: Stanza, by sender: JID, to audience: Audience, at address: JID, _ server: ServerCore
    ) -> Acceptance? {
        let spare = server.makeID()
        guard let message = BroadcastMessage(stanza, from: address, sender: sender, id: spare) else { return nil }
        var job = NewBroadcastJob(
            stanza: "", sender: sender.bareString, isKept: audience != .online, accounts: [], hosts: [])
        switch audience {
        case .online:
            job.accounts = server.accounts.all.filter { $0.jid.domain == configuration.host && $0.takesMessages }
                .map(\.jid.bareString)
        case .all: job.hosts = [configuration.host]
        case .group(let group):
            job.accounts = group.accounts.map(\.bareString)
            job.hosts = group.hosts.sorted()
        }
        let planned = job
        let number = WriteOutcome<Int64>()
        return Acceptance(
            write: { [desk] context in
                var (message, job) = (message, planned)
                if message.wantsAcknowledgement {
                    let opened = try desk.open(
                        message, from: address, sender: sender, otherwise: spare, server, in: context)
                    message = opened.message
                    job.broadcast = opened.number
                }
                job.stanza = String(decoding: message.stanza.xmlBytes, as: UTF8.self)
                number.store(try BroadcastJobStore(server.database).add(job, in: context))
            },
            committed: { [deliveries] in
                server.log.info(
                    "Broadcast", metadata: ["sender": "\(sender)", "audience": "\(address.local ?? "")"])
                guard let number = number.value else { return nil }
                return { await deliveries.deliver(number, server) }
            })
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
