//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

internal import Logging
internal import Synchronization
internal import XMPPCore
internal import XMPPPayloads
internal import XMPPServer
internal import XMPPStorage

/// The states of all accounts, for all loops; what changes is written to the store, in the order it changed.
final class PresenceBoard: Sendable {
    let catalogue: PresenceCatalogue
    private let states: Mutex<PresenceStates>
    private let clock: @Sendable () -> Timestamp
    /// Rung when there may be an earlier return than before.
    private let bell = Bell()

    init(_ catalogue: PresenceCatalogue, clock: @escaping @Sendable () -> Timestamp) {
        self.catalogue = catalogue
        self.clock = clock
        states = Mutex(PresenceStates(catalogue))
    }

    func load(_ server: ServerCore) async throws {
        let stored = try await PresenceStateStore(server.database).loadAll()
        states.withLock { $0.restore(stored) }
    }

    /// The id of the state that was set, if any.
    func explicitState(of account: JID) -> String? { states.withLock { $0[account]?.id } }

    /// Sets a state, or with nil ends it; what is to be waited for until the store has it, or nil if nothing changed.
    func set(_ id: String?, of account: JID, _ server: ServerCore) -> Deferred? {
        let changed = states.withLock { $0.set(id, of: account, now: clock()) }
        guard changed else { return nil }
        bell.ring()
        return { await self.store(account, server) }
    }

    func end(_ resource: JID) { states.withLock { $0.end(resource) } }

    /// Writes what holds at the time of writing, so that the last of several writes is right whatever their order.
    private func store(_ account: JID, _ server: ServerCore) async {
        let store = PresenceStateStore(server.database)
        do {
            try await server.database.write { context in
                try store.set(self.states.withLock { $0.stored(account) }, of: account.bareString, in: context)
            }
        } catch {
            server.log.error("A presence state could not be stored", metadata: ["error": "\(error)"])
        }
    }

    /// A session's presence as others see it.
    func rewritten(_ own: Stanza, of account: JID, _ server: ServerCore) -> Stanza {
        guard own.type == .available else { return own }
        guard let explicit = states.withLock({ $0[account] }), let state = catalogue[explicit.id] else {
            return own.replacing(own.content.adding(derivedState(own, of: account, server).element))
        }
        let element = CompanyPresenceState(explicit.id, since: explicit.since).element
        // What somebody says to one addressee only, such as a workgroup, stays as it was said.
        if own.to != nil, !own.isPlain { return own.replacing(own.content.adding(element)) }
        var nodes: [XMLNode] = []
        if let show = state.show { nodes.append(.element(XMLElement("show", Namespace.client, text: show.rawValue))) }
        // Without xml:lang: clients look for a text in the stanza's language.
        nodes.append(.element(XMLElement("status", Namespace.client, text: state.label(catalogue.language))))
        let rest = own.withoutStatement().content
        return own.replacing(
            XMLElement(
                name: rest.name, namespace: rest.namespace, attributes: rest.attributes,
                nodes: nodes + rest.nodes + [.element(element)]))
    }

    /// What a session's presence stands for where nothing was set: that to everybody counts, whatever single
    /// addressees are told.
    private func derivedState(_ own: Stanza, of account: JID, _ server: ServerCore) -> CompanyPresenceState {
        let resource = own.from ?? account
        var spoken = own
        if own.to != nil, let general = server.accounts.online(account)?.session(resource.resource ?? "")?.ownPresence {
            spoken = general
        }
        let id = catalogue.derivedID(show: spoken.child("show", Namespace.client)?.text)
        return CompanyPresenceState(id, since: states.withLock { $0.since(id, of: resource, now: clock()) })
    }

    /// Ends states whose time is up, as long as the server runs.
    func runReturns(_ server: ServerCore) async {
        while !Task.isCancelled {
            let next = states.withLock(\.nextReturn)
            let wait = next.map { Duration.milliseconds(max(0, $0.milliseconds - clock().milliseconds)) }
            await bell.wait(atMost: wait)
            for account in states.withLock({ $0.endDue(now: clock()) }) {
                await store(account, server)
                if let online = server.accounts.online(account) { server.rebroadcastPresence(of: online) }
            }
        }
    }
}
