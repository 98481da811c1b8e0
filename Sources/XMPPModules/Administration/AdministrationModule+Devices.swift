//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

internal import XMPPCore
internal import XMPPPayloads
internal import XMPPServer
internal import XMPPStorage

/// The devices of users, which XEP-0133 has no commands for.
extension AdministrationModule {
    private static let listNode = "urn:switchboard:devices:1#user-list"
    private static let signOutNode = "urn:switchboard:devices:1#user-sign-out"

    var devices: [ServerCommand] {
        let form = Self.accountForm("User's Devices", "whose devices are asked for")
        return [
            ServerCommand(node: Self.listNode, name: "Get a user's devices", isAllowed: isAllowed) { request, server in
                guard let filledIn = request.form else { return .form(form) }
                let (account, table) = try await Self.devices(filledIn, request, server)
                Self.log("user-devices", request, server, [account])
                return .finished(table.report(node: Self.listNode, title: "Devices of \(account)"), notes: [])
            },
            ServerCommand(node: Self.signOutNode, name: "Sign out a user's devices", isAllowed: isAllowed) {
                request, server in
                guard let filledIn = request.form else { return .stage(form, mayComplete: false) }
                guard let first = request.earlier.first else {
                    let (account, table) = try await Self.devices(filledIn, request, server)
                    guard !table.others.isEmpty else { return .completed(note: OwnDevicesText.english.noOthers) }
                    return .form(table.choice(node: Self.signOutNode, title: "Sign out devices of \(account)"))
                }
                let (account, table) = try await Self.devices(first, request, server)
                let chosen = table.chosen(filledIn)
                if !chosen.isEmpty { try await server.signOut(chosen, of: account) }
                Self.log("user-sign-out", request, server, [account])
                return .completed(note: OwnDevicesText.english.signedOut(chosen.count))
            },
        ]
    }

    private static func devices(
        _ form: DataForm, _ request: ServerCommand.Request, _ server: ServerCore
    ) async throws -> (JID, DeviceTable) {
        let account = try AdminForm.account(form, of: request.host)
        guard try await server.accountStore.exists(account.bareString) else {
            throw StanzaError(.itemNotFound, text: "There is no such account.")
        }
        let devices = try await server.devicesAndTokens(of: account)
        // One's own device is not among those that can be signed out.
        let asking = account == request.from.bare ? request.from : account
        return (account, DeviceTable(devices, account: asking, OwnDevicesText.english, server))
    }
}
