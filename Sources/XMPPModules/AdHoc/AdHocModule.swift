//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

internal import Synchronization
internal import XMPPCore
internal import XMPPPayloads
package import XMPPServer

/// Runs the ad-hoc commands that other features offer (XEP-0050).
package struct AdHocModule: ServerModule {
    package let id = "adhoc"
    package let implements: [Specification] = [.xep(50, "1.3.0", note: "commands of at most one form")]
    private let commands: [String: ServerCommand]
    private let sessions: CommandSessionTable

    package init(commands: [ServerCommand]) {
        self.init(commands: commands, now: { Timestamp.now() })
    }

    init(commands: [ServerCommand], now: @escaping @Sendable () -> Timestamp) {
        self.commands = Dictionary(commands.map { ($0.node, $0) }) { first, _ in first }
        sessions = CommandSessionTable(now: now)
    }

    package func register(in registrar: inout ModuleRegistrar) {
        registrar.disco(feature: AdHocCommand.namespace, on: [.host])
        registrar.iq([.set], "command", AdHocCommand.namespace, at: [.host]) { [self] request, server in
            try answer(request, server)
        }
    }

    private func answer(_ request: IQRequest, _ server: ServerCore) throws -> IQAnswer {
        if let action = request.payload["action"], AdHocCommand.Action(rawValue: action) == nil {
            throw Self.refusal(.malformedAction)
        }
        let asked = try AdHocCommand(request.payload)
        guard let command = commands[asked.node] else { throw StanzaError(.itemNotFound) }
        guard command.isAllowed(request.from, request.to, server) else {
            throw StanzaError(.forbidden, kind: .cancel)
        }
        if let session = asked.sessionID, !sessions.isOpen(session, of: request.from, node: asked.node) {
            throw StanzaError(.notAllowed, application: AdHocCommand.Fault.sessionExpired.element)
        }
        switch asked.action ?? .execute {
        case .next, .prev:
            throw Self.refusal(.badAction)
        case .cancel:
            guard let session = asked.sessionID else { throw Self.refusal(.badAction) }
            sessions.close(session, of: request.from)
            return .result(AdHocCommand(node: asked.node, sessionID: session, status: .canceled).element)
        case .complete where asked.form?.kind != .submit:
            throw Self.refusal(.badPayload)
        case .execute, .complete:
            // A form in the first request already is taken as filled in: programs know what to say.
            return .wait { try await run(command, asked, request, server) }
        }
    }

    private func run(
        _ command: ServerCommand, _ asked: AdHocCommand, _ request: IQRequest, _ server: ServerCore
    ) async throws -> XMLElement {
        let language = asked.language ?? request.stanza.content.language
        let step = try await command.run(
            ServerCommand.Request(
                host: request.to, from: request.from, language: language,
                form: asked.form?.kind == .submit ? asked.form : nil, payloads: asked.payloads),
            server)
        switch step {
        case .form(let form):
            let session = asked.sessionID ?? server.makeID()
            sessions.open(session, of: request.from, node: asked.node)
            return AdHocCommand(
                node: asked.node, sessionID: session, status: .executing,
                actions: .init(execute: .complete, allowed: [.complete]), form: form
            ).element
        case .completed(let note):
            let session = asked.sessionID ?? server.makeID()
            sessions.close(session, of: request.from)
            return AdHocCommand(
                node: asked.node, sessionID: session, status: .completed, notes: note.map { [.init($0)] } ?? []
            ).element
        }
    }

    /// XEP-0050 §4.4.
    private static func refusal(_ fault: AdHocCommand.Fault) -> StanzaError {
        StanzaError(.badRequest, application: fault.element)
    }
}

/// The open sessions, for all loops.
private final class CommandSessionTable: Sendable {
    private let sessions = Mutex(CommandSessions())
    private let now: @Sendable () -> Timestamp

    init(now: @escaping @Sendable () -> Timestamp) {
        self.now = now
    }

    func open(_ id: String, of requester: JID, node: String) {
        sessions.withLock { $0.open(id, of: requester, node: node, now: now()) }
    }

    func isOpen(_ id: String, of requester: JID, node: String) -> Bool {
        sessions.withLock { $0.isOpen(id, of: requester, node: node, now: now()) }
    }

    func close(_ id: String, of requester: JID) {
        sessions.withLock { $0.close(id, of: requester) }
    }
}
