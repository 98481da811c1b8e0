//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

internal import Logging
internal import XMPPCore
internal import XMPPPayloads
internal import XMPPServer
internal import XMPPStorage

/// Numbers and lists of users (XEP-0133 §4.13–§4.22), and announcements.
extension AdministrationModule {
    /// Which users a list or a number is about.
    private enum Selection: Sendable {
        case registered
        case disabled
        case online
        /// With a client that is there for people.
        case active
        /// Online, but away.
        case idle
    }

    /// Accounts that a list has unless the administrator wants fewer.
    private static let longestList = 10_000
    /// Accounts read from the store at a time.
    private static let page = 1000

    var numbers: [ServerCommand] {
        [
            number("get-registered-users-num", "registered", "registeredusersnum", .registered),
            number("get-disabled-users-num", "disabled", "disabledusersnum", .disabled),
            number("get-online-users-num", "online", "onlineusersnum", .online),
            number("get-active-users-num", "active", "activeusersnum", .active),
            number("get-idle-users-num", "idle", "idleusersnum", .idle),
        ]
    }

    var lists: [ServerCommand] {
        [
            list("get-registered-users-list", "registered", "registereduserjids", .registered),
            list("get-disabled-users-list", "disabled", "disableduserjids", .disabled),
            list("get-online-users-list", "online", "onlineuserjids", .online),
            list("get-active-users", "active", "activeuserjids", .active),
            // XEP-0133 §4.22 has this name for both.
            list("get-idle-users", "idle", "activeuserjids", .idle),
        ]
    }

    private func number(_ name: String, _ kind: String, _ field: String, _ selection: Selection) -> ServerCommand {
        ServerCommand(
            node: AdminForm.node(name), name: "Get number of \(kind) users", isAllowed: isAllowed
        ) { request, server in
            let count = try await Self.count(selection, request.host.domain, server)
            return .finished(
                AdminForm.result([
                    .init(field, kind: .textSingle, label: "The number of \(kind) users", values: [String(count)])
                ]), notes: [])
        }
    }

    private func list(_ name: String, _ kind: String, _ field: String, _ selection: Selection) -> ServerCommand {
        let form = AdminForm.form(
            "Requesting List of \(kind.prefix(1).uppercased() + kind.dropFirst()) Users",
            "Fill out this form to request the \(kind) users of this service.",
            [
                .init(
                    "max_items", kind: .listSingle, label: "Maximum number of items to show", values: ["100"],
                    options: ["25", "50", "75", "100", "150", "200"].map { .init($0, label: $0) }
                        + [.init("none", label: "None")])
            ])
        return command(name, "Get list of \(kind) users", form) { form, request, server in
            let wanted = form["max_items"] ?? "none"
            guard let limit = wanted == "none" ? Self.longestList : Int(wanted), limit > 0 else {
                throw AdminForm.refusal("max_items is a number, or none.")
            }
            let accounts = try await Self.accounts(
                selection, request.host.domain, min(limit, Self.longestList), server)
            Self.log(name, request, server)
            return .finished(
                AdminForm.result([
                    .init(field, kind: .jidMulti, label: "The list of all \(kind) users", values: accounts)
                ]), notes: [])
        }
    }

    // MARK: Looking

    private static func online(_ selection: Selection, _ host: String, _ server: ServerCore) -> [Account] {
        server.accounts.all.filter { account in
            guard account.jid.domain == host else { return false }
            switch selection {
            case .active: return isActive(account)
            case .idle: return !isActive(account)
            default: return true
            }
        }
    }

    /// Whether one of its clients says that somebody is there.
    private static func isActive(_ account: Account) -> Bool {
        account.availableSessions.contains { session in
            let show = session.presence?.child("show", Namespace.client)?.text
            return !session.isDetached && show != "away" && show != "xa"
        }
    }

    private static func count(_ selection: Selection, _ host: String, _ server: ServerCore) async throws -> Int {
        switch selection {
        case .registered: try await server.accountStore.count(host: host)
        case .disabled: try await stored(isDisabled: true, host, .max, server).count
        default: online(selection, host, server).count
        }
    }

    private static func accounts(
        _ selection: Selection, _ host: String, _ limit: Int, _ server: ServerCore
    ) async throws -> [String] {
        switch selection {
        case .registered: try await stored(isDisabled: nil, host, limit, server)
        case .disabled: try await stored(isDisabled: true, host, limit, server)
        default: Array(online(selection, host, server).map(\.jid.bareString).sorted().prefix(limit))
        }
    }

    private static func stored(
        isDisabled: Bool?, _ host: String, _ limit: Int, _ server: ServerCore
    ) async throws -> [String] {
        var found: [String] = []
        var last: String?
        repeat {
            let page = try await server.accountStore.list(host: host, after: last, limit: Self.page)
            for account in page where isDisabled == nil || account.isDisabled == isDisabled {
                found.append(account.account)
                if found.count == limit { return found }
            }
            last = page.last?.account
        } while last != nil
        return found
    }

    // MARK: Announcements

    /// XEP-0133 §4.23, from the host itself, but where the feature for broadcasts has one.
    var announcement: ServerCommand {
        let form = AdminForm.form(
            "Making an Announcement", "Fill out this form to make an announcement to all active users of this service.",
            [.init("announcement", kind: .textMulti, label: "Announcement", isRequired: true)])
        let announce = command("announce", "Send announcement to online users", form) { form, request, server in
            let text = try AdminForm.text(form, "announcement")
            let body = XMLElement("body", Namespace.client, text: text)
            for account in Self.online(.online, request.host.domain, server) {
                _ = account.deliverToAvailable(
                    Stanza(.message, .headline, id: server.makeID(), from: request.host, to: account.jid) { body })
            }
            Self.log("announce", request, server)
            return .completed(note: "The announcement is on its way.")
        }
        return ServerCommand(
            node: announce.node, name: announce.name,
            isAllowed: { [broadcastHost] from, host, server in
                host.domain != broadcastHost && announce.isAllowed(from, host, server)
            }, run: announce.run)
    }
}
