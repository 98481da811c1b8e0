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

/// Visitors: sessions without an account (XEP-0175 SASL ANONYMOUS). They have no contacts and no password, and what the
/// server kept for them goes with their session.
package struct VisitorsModule: ServerModule {
    package let id = "visitors"
    package let implements: [Specification] = [.xep(175, "1.2")]

    package init() {}

    package func register(in registrar: inout ModuleRegistrar) {
        registrar.stanza(.presence, .policy) { stanza, session, server in
            switch stanza.type {
            case .subscribe, .subscribed, .unsubscribe, .unsubscribed:
                let isVisitors = server.isVisitor(session.jid) || stanza.to.map(server.isVisitor) ?? false
                return isVisitors ? .reject(StanzaError(.notAllowed)) : .pass
            default: return .pass
            }
        }
        registrar.stanza(.iq, .policy) { stanza, session, server in
            guard stanza.type == .set, let payload = stanza.payload, server.isVisitor(session.jid),
                payload.isNamed("query", Namespace.roster) || payload.isNamed("query", "jabber:iq:register")
            else { return .pass }
            return .reject(StanzaError(.notAllowed))
        }
        // XEP-0175 §4: somebody whom nobody can name must not send to other servers.
        for kind in [Stanza.Kind.message, .presence, .iq] {
            registrar.stanza(kind, .policy) { stanza, session, server in
                guard let to = stanza.to, server.isVisitor(session.jid), !server.isOwn(to.domain) else { return .pass }
                return .reject(StanzaError(.notAllowed))
            }
        }
        registrar.observe { event, server in
            guard case .ended(let session) = event, server.isVisitor(session.jid) else { return nil }
            return { await server.forgetVisitor(session.jid.bare) }
        }
    }
}
