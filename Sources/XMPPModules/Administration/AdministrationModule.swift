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

/// Administration of a host by ad-hoc commands (XEP-0133), for its administrators and nobody else. All that is done is
/// logged: who, what, to whom.
package struct AdministrationModule: ServerModule {
    package let id = "administration"
    package let implements: [Specification] = [
        .xep(
            133, "1.3.1",
            note: "users, their sessions and passwords, lists and numbers of them, announcements, message of the day")
    ]
    /// By host.
    let administrators: [String: Set<JID>]
    let logIns: LogInTimes
    /// The host whose announcements are another feature's.
    let broadcastHost: String?

    init(_ administrators: [String: Set<JID>], logIns: LogInTimes, broadcastHost: String?) {
        self.administrators = administrators.mapValues { Set($0.map(\.bare)) }
        self.logIns = logIns
        self.broadcastHost = broadcastHost
    }

    package func register(in registrar: inout ModuleRegistrar) {}

    package var commands: [ServerCommand] {
        [
            command("add-user", "Add user", Self.addUserForm, addUser),
            command("delete-user", "Delete users", Self.accountsForm("Deleting a User", "to delete"), deleteUsers),
            command("disable-user", "Disable users", Self.accountsForm("Disabling a User", "to disable")) {
                try await setDisabled(true, $0, $1, $2)
            },
            command(
                "reenable-user", "Re-enable users", Self.accountsForm("Re-Enabling a User", "to re-enable")
            ) { try await setDisabled(false, $0, $1, $2) },
            command(
                "end-user-session", "End users' sessions",
                Self.accountsForm("Ending a User Session", "for which to end sessions"), endSessions),
            command("change-user-password", "Change a user's password", Self.passwordForm, changePassword),
            command(
                "get-user-lastlogin", "Get users' last log-in",
                Self.accountsForm("Getting a User's Last Login Time", "for which to retrieve the last login time"),
                lastLogIn),
            command(
                "user-stats", "Get a user's statistics", Self.accountForm("Get User Statistics", "for statistics"),
                statistics),
        ] + devices + numbers + lists + [announcement]
    }

    // MARK: Running

    typealias Run = @Sendable (DataForm, ServerCommand.Request, ServerCore) async throws -> ServerCommand.Step

    /// A command with one form.
    func command(_ name: String, _ title: String, _ form: DataForm, _ run: @escaping Run) -> ServerCommand {
        ServerCommand(node: AdminForm.node(name), name: title, isAllowed: isAllowed) { request, server in
            guard let filledIn = request.form else { return .form(form) }
            return try await run(filledIn, request, server)
        }
    }

    var isAllowed: @Sendable (JID, JID, ServerCore) -> Bool {
        { [administrators] from, host, _ in administrators[host.domain]?.contains(from.bare) == true }
    }

    /// Writes down what an administrator has done.
    static func log(
        _ command: String, _ request: ServerCommand.Request, _ server: ServerCore, _ accounts: [JID] = []
    ) {
        server.log.notice(
            "Administration",
            metadata: [
                "command": "\(command)", "by": "\(request.from)", "host": "\(request.host)",
                "accounts": "\(accounts.map(\.description).joined(separator: " "))",
            ])
    }

    // MARK: Forms

    static func accountsForm(_ title: String, _ purpose: String) -> DataForm {
        AdminForm.form(
            title, "Fill out this form.",
            [
                .init("accountjids", kind: .jidMulti, label: "The Jabber ID(s) \(purpose)", isRequired: true)
            ])
    }

    static func accountForm(_ title: String, _ purpose: String) -> DataForm {
        AdminForm.form(
            title, "Fill out this form.",
            [.init("accountjid", kind: .jidSingle, label: "The Jabber ID \(purpose)", isRequired: true)])
    }
}
