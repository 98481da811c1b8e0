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
    package let implements: [Specification] = [.xep(50, "1.3.0")]
    /// By node.
    private let commands: [String: [ServerCommand]]
    private let sessions: CommandSessionTable

    package init(commands: [ServerCommand]) {
        self.init(commands: commands, now: { Timestamp.now() })
    }

    init(commands: [ServerCommand], now: @escaping @Sendable () -> Timestamp) {
        self.commands = Dictionary(grouping: commands, by: \.node)
        sessions = CommandSessionTable(now: now)
    }

    package func register(in registrar: inout ModuleRegistrar) {
        registrar.disco(feature: AdHocCommand.namespace, on: [.host])
        registrar.iq([.set], "command", AdHocCommand.namespace, at: [.host]) { [self] request, server in
            try answer(request, server)
        }
        registrar.observe { [sessions] event, _ in
            if case .ended(let session) = event { sessions.removeAll(of: session.jid) }
            return nil
        }
    }

    private func answer(_ request: IQRequest, _ server: ServerCore) throws -> IQAnswer {
        if let action = request.payload["action"], AdHocCommand.Action(rawValue: action) == nil {
            throw Self.refusal(.malformedAction)
        }
        let asked = try AdHocCommand(request.payload)
        guard let named = commands[asked.node] else { throw StanzaError(.itemNotFound) }
        guard let command = named.first(where: { $0.isAllowed(request.from, request.to, server) }) else {
            throw StanzaError(.forbidden, kind: .cancel)
        }
        guard let id = asked.sessionID else { return try begin(command, asked, request, server) }
        guard var session = sessions.take(id, of: request.from) else {
            throw StanzaError(.notAllowed, application: AdHocCommand.Fault.sessionExpired.element)
        }
        guard session.node == asked.node else {
            sessions.put(session, of: request.from)
            throw Self.refusal(.badSessionID)
        }
        if asked.action == .cancel {
            return .result(AdHocCommand(node: session.node, sessionID: session.id, status: .canceled).element)
        }
        let action =
            asked.action == .next || asked.action == .prev || asked.action == .complete
            ? asked.action : session.actions.execute
        guard let action, session.actions.allowed.contains(action) else {
            sessions.put(session, of: request.from)
            throw Self.refusal(.badAction)
        }
        if action == .prev { session.goBack() }
        // Nothing was filled in: the stage is shown again.
        if action == .prev || (asked.form?.kind != .submit && asked.action ?? .execute == .execute) {
            sessions.put(session, of: request.from)
            return .result(session.command?.element)
        }
        guard asked.form?.kind == .submit else {
            sessions.put(session, of: request.from)
            throw Self.refusal(.badPayload)
        }
        let current = session
        return .wait { try await step(current, command, asked, isCompleting: action == .complete, request, server) }
    }

    /// A first request. A form in it is taken as filled in: programs know what to say.
    private func begin(
        _ command: ServerCommand, _ asked: AdHocCommand, _ request: IQRequest, _ server: ServerCore
    ) throws(StanzaError) -> IQAnswer {
        switch asked.action ?? .execute {
        case .next, .prev, .cancel: throw Self.refusal(.badAction)
        case .complete where asked.form?.kind != .submit: throw Self.refusal(.badPayload)
        case .execute, .complete: break
        }
        let session = CommandSession(
            id: server.makeID(), node: asked.node, language: asked.language ?? request.stanza.content.language)
        return .wait {
            try await step(session, command, asked, isCompleting: asked.action == .complete, request, server)
        }
    }

    private func step(
        _ before: CommandSession, _ command: ServerCommand, _ asked: AdHocCommand, isCompleting: Bool,
        _ request: IQRequest, _ server: ServerCore
    ) async throws -> XMLElement {
        let form = asked.form?.kind == .submit ? asked.form : nil
        var session = before
        let next: ServerCommand.Step
        do {
            if let form {
                guard session.fillIn(form) else { throw StanzaError(.policyViolation, text: "The form is too long.") }
            }
            next = try await command.run(
                ServerCommand.Request(
                    host: request.to, from: request.from, language: session.language, form: form,
                    earlier: session.earlier, isCompleting: isCompleting, payloads: asked.payloads),
                server)
        } catch {
            // What was wrong can be put right.
            if before.command != nil { sessions.put(before, of: request.from) }
            throw error
        }
        let isShown: Bool
        switch next {
        case .form(let form): isShown = session.advance(to: form, next: false, complete: true)
        case .stage(let form, let mayComplete): isShown = session.advance(to: form, next: true, complete: mayComplete)
        case .completed(let note):
            return Self.completed(session, nil, note.map { [.init($0)] } ?? [])
        case .finished(let form, let notes):
            return Self.completed(session, form, notes)
        }
        guard isShown, let answer = session.command else {
            throw StanzaError(.policyViolation, text: "The command has too many stages.")
        }
        sessions.put(session, of: request.from)
        return answer.element
    }

    private static func completed(
        _ session: CommandSession, _ form: DataForm?, _ notes: [AdHocCommand.Note]
    ) -> XMLElement {
        AdHocCommand(node: session.node, sessionID: session.id, status: .completed, notes: notes, form: form).element
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

    func put(_ session: CommandSession, of requester: JID) {
        sessions.withLock { $0.put(session, of: requester, now: now()) }
    }

    func take(_ id: String, of requester: JID) -> CommandSession? {
        sessions.withLock { $0.take(id, of: requester, now: now()) }
    }

    func removeAll(of requester: JID) {
        sessions.withLock { $0.removeAll(of: requester) }
    }
}
