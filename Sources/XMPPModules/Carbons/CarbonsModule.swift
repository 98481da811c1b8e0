//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

internal import XMPPCore
internal import XMPPPayloads
package import XMPPServer

/// Message Carbons (XEP-0280): which sessions want copies. The copying itself belongs to the routing of messages.
package struct CarbonsModule: ServerModule {
    package let id = "carbons"
    package let implements: [Specification] = [.xep(280, "1.0.1"), .xep(297, "1.0", note: "as carbons need it")]

    package init() {}

    package func register(in registrar: inout ModuleRegistrar) {
        registrar.disco(feature: Carbons.namespace)
        for (name, isEnabled) in [("enable", true), ("disable", false)] {
            registrar.iq([.set], name, Carbons.namespace, at: [.account]) { request, server in
                guard let session = request.session, request.isOwn else { throw StanzaError(.notAllowed) }
                Self.set(isEnabled, for: session, server)
                // Who has the answer relies on it, also when the server has died meanwhile.
                return .wait {
                    await session.statusIsWritten()
                    return nil
                }
            }
        }
        registrar.bind2(Carbons.namespace) { request, session, server in
            if request?.name == "enable" { Self.set(true, for: session, server) }
            return nil
        }
    }

    /// As often as a client likes (XEP-0280 §10.1).
    private static func set(_ isEnabled: Bool, for session: SessionHandle, _ server: ServerCore) {
        server.accounts.online(session.jid)?.update(session) { $0.carbons = isEnabled }
    }
}
