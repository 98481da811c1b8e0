//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

package import XMPPCore
internal import XMPPPayloads
package import XMPPServer

/// Who may invite people to make accounts. Everybody may invite people who have one to be contacts.
package struct InvitationPolicy: Sendable, Equatable {
    package var isEnabled: Bool
    /// Accounts that may, with names of their choosing.
    package var inviters: Set<JID>
    /// Everybody may, one by one.
    package var isOpenToAll: Bool

    package init(isEnabled: Bool = true, inviters: Set<JID> = [], isOpenToAll: Bool = false) {
        self.isEnabled = isEnabled
        self.inviters = inviters
        self.isOpenToAll = isOpenToAll
    }
}

/// Invitations that people make from their clients (XEP-0401); redeeming them is the server's own part.
package struct InvitationsModule: ServerModule {
    package let id = "invitations"
    package let implements: [Specification] = [.xep(379, "0.3.3"), .xep(401, "0.6.0"), .xep(445, "0.2.0")]
    private let policy: InvitationPolicy

    package init(_ policy: InvitationPolicy = InvitationPolicy()) {
        self.policy = policy
    }

    package func register(in registrar: inout ModuleRegistrar) {}

    package var commands: [ServerCommand] {
        guard policy.isEnabled else { return [] }
        let policy = policy
        return [
            ServerCommand(
                node: "urn:xmpp:invite#invite", name: "Invite user",
                isAllowed: { from, host, _ in Self.isPerson(from, of: host) },
                run: { request, server in
                    let account = request.from.bare
                    let registers = policy.isOpenToAll || policy.inviters.contains(account)
                    return .finished(
                        Self.result(try await server.invite(by: account, registers: registers, subscribes: true)),
                        notes: [])
                }),
            ServerCommand(
                node: "urn:xmpp:invite#create-account", name: "Create account",
                isAllowed: { from, host, _ in Self.isPerson(from, of: host) && policy.inviters.contains(from.bare) },
                run: { request, server in try await Self.createAccount(request, server) }),
        ]
    }

    private static func isPerson(_ from: JID, of host: JID) -> Bool {
        from.local != nil && from.domain == host.bareString
    }

    private static func createAccount(
        _ request: ServerCommand.Request, _ server: ServerCore
    ) async throws -> ServerCommand.Step {
        guard let form = request.form else {
            return .form(
                DataForm(
                    .form, title: "Create account",
                    instructions: ["The name is kept until the invitation expires; without one any can be chosen."],
                    fields: [
                        .init("username", kind: .textSingle, label: "User name"),
                        .init(
                            "roster-subscription", kind: .boolean, label: "Add to my contacts", values: ["true"]),
                    ]))
        }
        var account: JID?
        if let name = form["username"], !name.isEmpty {
            account = try? JID(local: name, domain: request.host.bareString)
            guard let account, server.isAccountAddress(account) else {
                throw StanzaError(
                    .badRequest, text: "This is no user name.", application: AdHocCommand.Fault.badPayload.element)
            }
        }
        let issued = try await server.invite(
            by: request.from.bare, registers: true, account: account,
            subscribes: form.boolean("roster-subscription") ?? false)
        return .finished(result(issued), notes: [])
    }

    /// XEP-0401 §5.1.
    private static func result(_ invitation: IssuedInvitation) -> DataForm {
        let fields = [
            ("uri", invitation.link.uri), ("landing-url", invitation.page), ("expire", invitation.expires.description),
        ]
        return DataForm(
            .result, formType: "urn:xmpp:invite#invitation",
            fields: fields.compactMap { name, value in
                value.map { DataForm.Field(name, kind: .textSingle, values: [$0]) }
            })
    }
}
