//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

internal import Synchronization
internal import XMPPCore
package import XMPPServer
internal import XMPPStorage

/// Puts the members of configured groups into one another's rosters.
package struct SharedGroupsModule: ServerModule {
    package let id = "shared-groups"
    private let members: GroupMembers

    package init(_ groups: [AccountGroup]) {
        members = GroupMembers(groups)
    }

    package func register(in registrar: inout ModuleRegistrar) {
        guard !members.isEmpty else { return }
        registrar.roster { [members] account in members.items(for: account) }
        // An account that was made after the start joins its host's groups when it first logs in.
        registrar.observe { [members] event, _ in
            if case .bound(let session) = event { members.add(session.jid.bare) }
            return nil
        }
    }

    package func prepare(_ server: ServerCore) async throws {
        for host in members.hosts where server.isHost(host) {
            var last: String?
            repeat {
                let page = try await server.accountStore.list(host: host, after: last, limit: Self.page)
                for account in page { members.add(try JID(account.account)) }
                last = page.last?.account
            } while last != nil
        }
    }

    /// Accounts read from the store at a time.
    private static let page = 1000
}
