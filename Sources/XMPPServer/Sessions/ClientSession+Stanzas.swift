//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

internal import CoreMetrics
internal import XMPPCore
internal import XMPPStream

extension ClientSession {
    /// Takes the next element of the client.
    func process(_ element: XMLElement) -> StanzaPump.Outcome {
        switch state {
        case .negotiating:
            if !negotiateStreamManagement(element) { negotiate(element) }
            return .none
        case .closed:
            return .none
        case .bound(let handle):
            guard let kind = Stanza.kind(of: element) else {
                processAcknowledgement(element)
                return .none
            }
            return StanzaPump.Outcome(process(element, kind, handle))
        }
    }

    private func process(_ element: XMLElement, _ kind: Stanza.Kind, _ session: SessionHandle) -> Deferred? {
        begun &+= 1
        if kind != .message { changing = kind }
        switch kind {
        case .message: server.metrics.messagesIn.increment()
        case .presence: server.metrics.presencesIn.increment()
        case .iq: server.metrics.iqsIn.increment()
        }
        guard hasOwnFrom(element, session) else {
            close(StreamError(.invalidFrom))
            return nil
        }
        var stanza: Stanza
        do throws(StanzaError) {
            let to = try Stanza.address(.to, of: element)
            stanza = try Stanza(element, kind: kind, from: nil, to: to)
        } catch {
            answer(element, kind, error)
            return nil
        }
        stanza.from = session.jid
        if ForgedElements.areIn(stanza, isOthers: { server.isOwn($0.domain) }) {
            stanza = ForgedElements.removed(from: stanza, isOthers: { server.isOwn($0.domain) })
        }
        guard isOfReasonableSize(stanza) else {
            return server.bounce(stanza, StanzaError(.policyViolation, text: "The stanza is too long written out."))
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
            return Self.all(before, server.clientPresence(stanza, from: session, directed: directed))
        }
        // RFC 6120 §10.3: what has no addressee is for the sender's own account.
        if stanza.to == nil { stanza.to = session.jid.bare }
        return Self.all(before, server.route(stanza, from: session))
    }

    /// A short prefix may stand for a long namespace: a stanza of many elements or attributes can leave as a multiple
    /// of what came. Few have so many that it has to be looked at.
    private func isOfReasonableSize(_ stanza: Stanza) -> Bool {
        guard stanza.content.tree.nodeCount > Self.unmeasuredNodes else { return true }
        return stanza.xmlBytes.count <= server.configuration.limits.stanzaBytes
    }

    /// With a namespace of the longest kind each they come to a quarter of a megabyte.
    private static let unmeasuredNodes = 256

    /// All that is to be waited for, in order.
    private static func all(_ before: [Deferred], _ last: Deferred?) -> Deferred? {
        guard !before.isEmpty else { return last }
        return {
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
