//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

internal import XMPPCore
internal import XMPPPayloads
package import XMPPServer

/// The contact list (RFC 6121 §2) and what goes with it: versions, approval in advance, and word that messages wait
/// for those who are offline.
package struct RosterModule: ServerModule {
    package let id = "roster"

    package init() {}

    package var implements: [Specification] {
        [
            Specification("RFC 6121", "2011-03"),
            .xep(160, "1.0.1"),
            .xep(203, "2.0"),
            .xep(237, "1.3"),
        ]
    }

    package func register(in registrar: inout ModuleRegistrar) {
        registrar.iq([.get], "query", Namespace.roster, at: [.account]) { request, server in
            try Self.get(request, server)
        }
        registrar.iq([.set], "query", Namespace.roster, at: [.account]) { request, server in
            try Self.set(request, server)
        }
        registrar.streamFeature { $0.isLoggedIn ? RosterQuery.versioningFeature : nil }
        registrar.streamFeature { $0.isLoggedIn ? Self.preApprovalFeature : nil }
        // XEP-0160 §4
        registrar.disco(feature: "msgoffline", on: [.host])
    }

    /// RFC 6121 §3.4
    static let preApprovalFeature = XMLElement("sub", "urn:xmpp:features:pre-approval")

    /// RFC 6121 §2.1.3, §2.2, §2.6: asking for the roster makes the session one that gets pushes.
    private static func get(_ request: IQRequest, _ server: ServerCore) throws -> IQAnswer {
        guard let session = request.session, request.isOwn else { throw StanzaError(.forbidden) }
        guard let account = server.accounts.online(session.jid) else { throw StanzaError(.internalServerError) }
        let version = try RosterQuery(request.payload).version
        account.update(session) { $0.isInterested = true }
        guard let settling = server.rosters.settle(account, server: server) else {
            return .result(server.rosters.query(account, known: version))
        }
        return .wait {
            await settling()
            return server.rosters.query(account, known: version)
        }
    }

    /// RFC 6121 §2.3–§2.5
    private static func set(_ request: IQRequest, _ server: ServerCore) throws -> IQAnswer {
        guard request.isOwn else { throw StanzaError(.forbidden) }
        let user = request.from.bare
        let change = try RosterSetRequest(RosterQuery(request.payload), of: user)
        return .wait {
            switch change {
            case .remove(let contact):
                try await server.rosters.remove(contact, of: user, server: server)
            case .set(let contact, let name, let groups):
                try await server.rosters.set(contact, name: name, groups: groups, of: user, server: server)
            }
            return nil
        }
    }
}
