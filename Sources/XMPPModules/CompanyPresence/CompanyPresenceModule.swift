//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

internal import XMPPCore
internal import XMPPPayloads
package import XMPPServer
internal import XMPPStorage

/// Company presence states: "At Lunch" is set once, by whatever means, and everyone sees it on all resources until
/// something else is set.
package struct CompanyPresenceModule: ServerModule {
    package let id = "company-presence"
    private let board: PresenceBoard
    /// Components that may set people's states on their behalf.
    private let trusted: Set<String>

    package init(_ catalogue: PresenceCatalogue, trustedComponents: Set<String>) {
        self.init(catalogue, trustedComponents: trustedComponents, clock: { Timestamp.now() })
    }

    init(
        _ catalogue: PresenceCatalogue, trustedComponents: Set<String>, clock: @escaping @Sendable () -> Timestamp
    ) {
        board = PresenceBoard(catalogue, clock: clock)
        trusted = trustedComponents
    }

    package func register(in registrar: inout ModuleRegistrar) {
        registrar.disco(feature: CompanyPresenceState.namespace, on: [.host])
        registrar.stanza(.presence, .rewrite) { [board] stanza, session, server in
            Self.take(&stanza, from: session, board, server)
        }
        registrar.presence { [board] own, account, server in board.rewritten(own, of: account, server) }
        registrar.observe { [board] event, _ in
            if case .ended(let session) = event { board.end(session.jid) }
            return nil
        }
    }

    package func prepare(_ server: ServerCore) async throws { try await board.load(server) }

    package func run(_ server: ServerCore) async throws { await board.runReturns(server) }

    /// Reads what a client's presence says, and takes out of it what the server will put in.
    private static func take(
        _ stanza: inout Stanza, from session: SessionHandle, _ board: PresenceBoard, _ server: ServerCore
    ) -> HookVerdict {
        guard stanza.to == nil, stanza.type == .available else {
            stanza = stanza.withoutState()
            return .pass
        }
        let account = session.jid.bare
        switch PresenceStatement(stanza, board.catalogue) {
        case .explicit(let id):
            stanza = stanza.withoutStatement()
            return change(id, of: account, board, server, by: session)
        case .plain:
            stanza = stanza.withoutState()
            return change(nil, of: account, board, server, by: session)
        case .other:
            stanza = stanza.withoutState()
            return .pass
        }
    }

    /// The session itself is about to broadcast; the others must because of it.
    private static func change(
        _ id: String?, of account: JID, _ board: PresenceBoard, _ server: ServerCore, by session: SessionHandle
    ) -> HookVerdict {
        guard let write = board.set(id, of: account, server) else { return .pass }
        if let online = server.accounts.online(account),
            online.sessions.contains(where: { $0.handle != session && $0.isAvailable })
        {
            server.rebroadcastPresence(of: online)
        }
        // The presence counts as handled when the state is stored.
        return .passAfter(write)
    }

    // MARK: The ad-hoc command

    /// Sets a state by form, for oneself or, from a trusted component, for another.
    package var commands: [ServerCommand] {
        [
            ServerCommand(
                node: CompanyPresenceState.setCommandNode, name: "Set presence state",
                isAllowed: { [trusted] from, host, server in
                    from.domain == host.bareString
                        || (server.isComponent(from.domain) && trusted.contains(from.domain))
                },
                run: { [board] request, server in try await Self.run(request, board, server) })
        ]
    }

    private static func run(
        _ request: ServerCommand.Request, _ board: PresenceBoard, _ server: ServerCore
    ) async throws -> ServerCommand.Step {
        let account = try await principal(of: request, server)
        guard let form = request.form else {
            return .form(Self.form(board.explicitState(of: account), board.catalogue, language: request.language))
        }
        guard let wanted = form["state"], let state = board.catalogue.state(named: wanted) else {
            throw StanzaError(
                .badRequest, text: "There is no such state.", application: AdHocCommand.Fault.badPayload.element)
        }
        if let write = board.set(state.id, of: account, server) {
            await write()
            if let online = server.accounts.online(account) { server.rebroadcastPresence(of: online) }
        }
        return .completed(note: state.label(request.language ?? board.catalogue.language))
    }

    /// For whom a state is to be set: who asks, or, where a component asks, whom it names.
    private static func principal(
        of request: ServerCommand.Request, _ server: ServerCore
    ) async throws -> JID {
        let named = request.payloads.first { $0.isNamed("for", CompanyPresenceState.namespace) }
        guard server.isComponent(request.from.domain) else {
            guard named == nil else { throw StanzaError(.forbidden, kind: .cancel) }
            return request.from.bare
        }
        guard let named else { throw StanzaError(.badRequest, text: "A component says for whom.") }
        let account = try CompanyPresenceState.Principal(named).jid.bare
        guard account.domain == request.host.bareString, account.local != nil,
            try await server.accountStore.exists(account.bareString)
        else { throw StanzaError(.itemNotFound) }
        return account
    }

    private static func form(
        _ current: String?, _ catalogue: PresenceCatalogue, language: String?
    ) -> DataForm {
        let language = language ?? catalogue.language
        return DataForm(
            .form, formType: CompanyPresenceState.setCommandNode, title: "Presence state",
            fields: [
                DataForm.Field(
                    "state", kind: .listSingle, label: "State", isRequired: true,
                    values: [current ?? PresenceCatalogue.available],
                    options: catalogue.states.map { .init($0.id, label: $0.label(language)) })
            ])
    }
}
