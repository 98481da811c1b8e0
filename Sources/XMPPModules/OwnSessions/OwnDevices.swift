//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

internal import XMPPCore
internal import XMPPPayloads
internal import XMPPServer

/// One's own devices, by ad-hoc command: to see which may log in without the password, and to sign out those that should not.
enum OwnDevices {
    static let listNode = "urn:switchboard:devices:1#list"
    static let signOutNode = "urn:switchboard:devices:1#sign-out"

    static var commands: [ServerCommand] {
        let english = OwnDevicesText.english
        return [
            ServerCommand(node: listNode, name: english.listName, isAllowed: OwnSessionsModule.isLoggedIn) {
                request, server in
                let text = OwnDevicesText(language: request.language)
                let devices = try await server.devicesAndTokens(of: request.from.bare)
                let table = DeviceTable(devices, account: request.from, text, server)
                return .finished(table.report(node: listNode, title: text.listName), notes: [])
            },
            ServerCommand(
                node: signOutNode, name: english.signOutName, isAllowed: OwnSessionsModule.isLoggedIn,
                run: { request, server in try await signOut(request, server) }),
        ]
    }

    private static func signOut(
        _ request: ServerCommand.Request, _ server: ServerCore
    ) async throws -> ServerCommand.Step {
        let text = OwnDevicesText(language: request.language)
        let account = request.from.bare
        let table = DeviceTable(
            try await server.devicesAndTokens(of: account), account: request.from, text, server)
        guard let form = request.form else {
            guard !table.others.isEmpty else { return .completed(note: text.noOthers) }
            return .form(table.choice(node: signOutNode, title: text.signOutName))
        }
        let chosen = table.chosen(form)
        if !chosen.isEmpty { try await server.signOut(chosen, of: account) }
        return .completed(note: text.signedOut(chosen.count))
    }
}

/// An account's devices in forms.
struct DeviceTable {
    private let devices: [AccountDevice]
    private let text: OwnDevicesText
    /// The device that asks.
    private let own: String?
    /// Those with a session.
    private let connected: Set<String>

    /// `account`: the account; with a resource the session that asks, which is not offered to be signed out.
    init(_ devices: [AccountDevice], account: JID, _ text: OwnDevicesText, _ server: ServerCore) {
        self.devices = devices
        self.text = text
        let sessions = server.accounts.online(account)?.sessions ?? []
        own = account.resource.flatMap { resource in sessions.first { $0.resource == resource }?.device }
        connected = Set(sessions.filter { !$0.isDetached }.compactMap(\.device))
    }

    /// All but the one that asks.
    var others: [AccountDevice] { devices.filter { $0.id != own } }

    func report(node: String, title: String) -> DataForm {
        let columns = [
            ("device", text.device), ("name", text.name), ("software", text.software), ("state", text.state),
            ("address", text.address), ("first", text.first), ("last", text.last), ("token", text.token),
        ]
        return DataForm(
            .result, formType: node, title: title,
            reported: columns.map { .init($0.0, kind: .textSingle, label: $0.1) },
            items: devices.map { device in
                let values = [
                    device.id, device.name ?? "", device.software ?? "", state(device), device.address ?? "",
                    device.firstUsed.description, device.lastUsed.description,
                    device.tokenExpires?.description ?? text.none,
                ]
                return zip(columns, values).map { .init($0.0, values: [$1]) }
            })
    }

    func choice(node: String, title: String) -> DataForm {
        DataForm(
            .form, formType: node, title: title, instructions: [text.instructions],
            fields: [
                .init(
                    "devices", kind: .listMulti, label: text.devices,
                    options: others.map { .init($0.id, label: label($0)) }),
                .init("all", kind: .boolean, label: own == nil ? text.all : text.allOthers, values: ["false"]),
            ])
    }

    /// Those of the table that a form names.
    func chosen(_ form: DataForm) -> Set<String> {
        let ids = Set(others.map(\.id))
        return form.boolean("all") == true ? ids : ids.intersection(form.values("devices"))
    }

    private func label(_ device: AccountDevice) -> String {
        let name = [device.name, device.software].compactMap(\.self).joined(separator: ", ")
        return [name.isEmpty ? device.id : name, state(device), device.address ?? "", device.lastUsed.description]
            .filter { !$0.isEmpty }.joined(separator: ", ")
    }

    private func state(_ device: AccountDevice) -> String {
        if device.id == own { return text.thisOne }
        return connected.contains(device.id) ? text.connected : ""
    }
}
