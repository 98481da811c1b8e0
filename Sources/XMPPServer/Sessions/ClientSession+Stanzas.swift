//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

internal import CoreMetrics
internal import XMPPCore
internal import XMPPStream

extension ClientSession {
    /// Takes the next element of the client. `isInTurn`: nothing that came before is still being recorded.
    func process(_ element: XMLElement, isInTurn: Bool) -> StanzaPump.Outcome {
        switch state {
        case .negotiating:
            if !negotiateStreamManagement(element) { negotiate(element) }
            return .none
        case .closed:
            return .none
        case .bound(let handle):
            guard let kind = Stanza.kind(of: element) else { return processOther(element, isInTurn: isInTurn) }
            guard isInTurn || kind == .message else { return .later { self.process(element, isInTurn: true) } }
            return process(element, kind, handle, isInTurn: isInTurn)
        }
    }

    /// An element that is no stanza.
    private func processOther(_ element: XMLElement, isInTurn: Bool) -> StanzaPump.Outcome {
        // What the client has taken care of has nothing to do with what it sends.
        guard isInTurn || element.nameToken == .a else {
            guard element.nameToken == .r else { return .later { self.process(element, isInTurn: true) } }
            return .inTurn { _ = self.process(element, isInTurn: true) }
        }
        processAcknowledgement(element)
        return .none
    }

    private func process(
        _ element: XMLElement, _ kind: Stanza.Kind, _ session: SessionHandle, isInTurn: Bool
    ) -> StanzaPump.Outcome {
        begun &+= 1
        if kind != .message { changing = kind }
        switch kind {
        case .message: server.metrics.messagesIn.increment()
        case .presence: server.metrics.presencesIn.increment()
        case .iq: server.metrics.iqsIn.increment()
        }
        guard hasOwnFrom(element, session) else {
            close(StreamError(.invalidFrom))
            return .handled
        }
        var stanza: Stanza
        do throws(StanzaError) {
            let to = try Stanza.address(.to, of: element)
            stanza = try Stanza(element, kind: kind, from: nil, to: to)
        } catch {
            answer(element, kind, error)
            return .handled
        }
        stanza.from = session.jid
        if let language, let to = stanza.to, stanza.content.language == nil, server.readsWords(to) {
            stanza = stanza.speaking(language)
        }
        if ForgedElements.areIn(stanza, isOthers: { server.isOwn($0.domain) }) {
            stanza = ForgedElements.removed(from: stanza, isOthers: { server.isOwn($0.domain) })
        }
        guard isOfReasonableSize(stanza) else {
            return StanzaPump.Outcome(
                server.bounce(stanza, StanzaError(.policyViolation, text: "The stanza is too long written out.")))
        }
        var before: [Deferred] = []
        for hook in server.tables.hooks[Int(kind.rawValue)] {
            switch hook(&stanza, session, server) {
            case .pass: continue
            case .passAfter(let work): before.append(work)
            case .handled(let work): return Self.all(before, work)
            case .reject(let error): return Self.all(before, server.bounce(stanza, error))
            }
        }
        if kind == .presence {
            writeAhead(stanza)
            let work = server.clientPresence(stanza, from: session, directed: directed)
            if isUnsettled, !acknowledges { settle() }
            return Self.all(before, work)
        }
        // RFC 6120 §10.3: what has no addressee is for the sender's own account.
        let to = stanza.to ?? session.jid.bare
        stanza.to = to
        guard kind == .message else { return Self.all(before, server.route(stanza, from: session)) }
        // It is past the beginning, and may get answers.
        if isUnsettled, !acknowledges { settle() }
        return take(stanza, to: to, from: session, after: before, isInTurn: isInTurn)
    }

    /// A message: recorded beside others that are, or routed in its turn.
    private func take(
        _ stanza: Stanza, to: JID, from session: SessionHandle, after before: [Deferred], isInTurn: Bool
    ) -> StanzaPump.Outcome {
        let account = server.accounts.online(to)
        guard before.isEmpty,
            let parties = server.parties(of: stanza, to: to, from: session, account: account)
        else { return route(stanza, from: session, after: before, isInTurn: isInTurn) }
        let recording: Recording
        switch server.plan(for: stanza, to: to, from: session, account: account, parties) {
        case .record(let planned): recording = planned
        case .deliver(let targets):
            // No closure for what is done at once: this is the way of most messages where nothing is archived.
            guard isInTurn else { return routeLater(stanza, to: to, from: session, parties) }
            return StanzaPump.Outcome(
                server.routeUnrecorded(stanza, to: to, from: session, account: account, parties, targets))
        case .waitForRedelivery: return route(stanza, from: session, after: [], isInTurn: isInTurn)
        }
        // What was to be delivered may have to wait after all: nothing may be among what waits before it.
        if isInTurn {
            recordsDeliveries = false
            passesAll = true
        }
        if recording.waits, recordsDeliveries {
            return .later { self.take(stanza, to: to, from: session, after: [], isInTurn: true) }
        }
        if !recording.waits { recordsDeliveries = true }
        return record(recording)
    }

    private func record(_ recording: Recording) -> StanzaPump.Outcome {
        let mark = handledMark()
        // Where the count of what was handled outlives the process, it is written with the message.
        guard mark == nil, passesAll, let pass = recording.pass else {
            passesAll = false
            return .record { [server] completion in server.begin(recording, mark: mark, completion: completion) }
        }
        return .record { [self] completion in
            if pass({ completion { nil } }) { return server.passed(recording) }
            passesAll = false
            server.begin(recording, mark: nil, completion: completion)
        }
    }

    private func route(
        _ stanza: Stanza, from session: SessionHandle, after before: [Deferred], isInTurn: Bool
    ) -> StanzaPump.Outcome {
        guard isInTurn else {
            return .later { [server] in Self.all(before, server.route(stanza, from: session)) }
        }
        return Self.all(before, server.route(stanza, from: session))
    }

    private func routeLater(
        _ stanza: Stanza, to: JID, from session: SessionHandle, _ parties: MessageParties
    ) -> StanzaPump.Outcome {
        .later { [server] in
            let account = server.accounts.online(to)
            return StanzaPump.Outcome(
                server.routeUnrecorded(stanza, to: to, from: session, account: account, parties, nil))
        }
    }

    /// A stanza can leave as a multiple of what came: other servers, and clients, would end their streams because of it.
    private func isOfReasonableSize(_ stanza: Stanza) -> Bool {
        let limit = server.configuration.limits.stanzaBytes
        return !stanza.mayExceed(bytes: limit) || stanza.xmlBytes.count <= limit
    }

    /// All that is to be waited for, in order.
    private static func all(_ before: [Deferred], _ last: Deferred?) -> StanzaPump.Outcome {
        guard !before.isEmpty else { return StanzaPump.Outcome(last) }
        return .wait {
            for work in before { await work() }
            await last?()
        }
    }

    /// RFC 6120 §8.1.2.1: a `from` that is given must be the session's own full or bare JID.
    private func hasOwnFrom(_ element: XMLElement, _ session: SessionHandle) -> Bool {
        guard element.withAttribute(.from, { _ in true }) != nil else { return true }
        guard let from = try? Stanza.address(.from, of: element) else { return false }
        return from == session.jid || from == session.jid.bare
    }

    /// Answers a stanza that could not even be read.
    private func answer(_ element: XMLElement, _ kind: Stanza.Kind, _ error: StanzaError) {
        // Errors and results are not answered (RFC 6120 §8.3.1).
        if let type = element["type"], type == "error" || type == "result" { return }
        handler?.write(
            XMLElement(kind.name, Namespace.client, ["type": "error", "id": element["id"], "from": element["to"]]) {
                error.element
            })
    }
}
