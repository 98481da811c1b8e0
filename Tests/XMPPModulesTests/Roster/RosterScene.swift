//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

import Testing
import XMPPCore
import XMPPModules
import XMPPServer
import XMPPStorage
import XMPPTestKit

/// A server with rosters and nothing else, for scenes between a few people.
enum RosterScene {
    /// Contacts by configuration.
    struct Shares: ServerModule {
        let id = "shares"
        let items: [String: [String]]

        func register(in registrar: inout ModuleRegistrar) {
            registrar.roster { [items] account in
                (items[account.bareString] ?? []).compactMap { contact in
                    (try? JID(contact)).map {
                        XMPPServer.RosterItem(jid: $0, name: $0.local, groups: ["Staff"], subscription: .both)
                    }
                }
            }
        }
    }

    /// A limit that a scene reaches.
    enum Limit {
        case rosterItems(Int)
        case directedPresence(Int)
        case offlineMessages(Int)

        func apply(to limits: inout ServerLimits) {
            switch self {
            case .rosterItems(let value): limits.rosterItems = value
            case .directedPresence(let value): limits.directedPresence = value
            case .offlineMessages(let value): limits.offlineMessages = value
            }
        }
    }

    static let component = ServerConfiguration.Component(domain: "care.acme.example", secret: "shared secret")

    static func with(
        shared: [String: [String]] = [:], modules: [any ServerModule] = [], limit: Limit? = nil,
        hasArchives: Bool = true,
        _ body: (TestServer) async throws -> Void
    ) async throws {
        var setup = TestServer.Setup()
        setup.modules = [RosterModule(), Shares(items: shared)] + modules
        setup.components = [component]
        setup.configure = { configuration in
            limit?.apply(to: &configuration.limits)
            configuration.archive.isEnabled = hasArchives
        }
        try await TestServer.with(setup, body)
    }
}

extension TestServer {
    /// Makes two accounts, or an account and somebody elsewhere, contacts of each other, as if they had long been so.
    func befriend(
        _ account: String, _ contact: String, _ subscription: StoredRosterItem.Subscription = .both
    ) async throws {
        let mirrored: StoredRosterItem.Subscription =
            switch subscription {
            case .to: .from
            case .from: .to
            default: subscription
            }
        try await RosterStore(database).update([
            RosterMutation(account: account, .put(.init(contact: contact, name: "", subscription: subscription))),
            RosterMutation(account: contact, .put(.init(contact: account, name: "", subscription: mirrored))),
        ])
    }
}

extension ScriptedClient {
    /// Sends, and waits until the server has dealt with it; returns what came meanwhile in short.
    @discardableResult
    func say(_ xml: String) async throws -> [String] {
        send(xml)
        return try await settle().map(\.summary)
    }
}

extension ScriptedComponent {
    @discardableResult
    func say(_ xml: String) async throws -> [String] {
        send(xml)
        return try await settle().map(\.summary)
    }
}

/// Somebody in a scene.
protocol ScenePeer: ScriptedPeer {
    /// Where messages reach it.
    var address: String { get }
}

extension ScriptedClient: ScenePeer {
    var address: String { jid.description }
}

extension ScriptedComponent: ScenePeer {
    var address: String { "mark@\(domain)" }
}

extension ScenePeer {
    /// All that has come before, and because of, what `sender` has sent up to now: stanzas of one sender keep their
    /// order, so a message of his is the mark.
    func taken(after sender: any ScenePeer) async throws -> [XMLElement] {
        let id = "mark-\(UInt64.random(in: 0...UInt64.max))"
        sender.send("<message type='headline' id='\(id)' from='\(sender.address)' to='\(address)'/>")
        try await expect("the mark") { $0["id"] == id }
        return received()
    }

    /// The same in short.
    @discardableResult
    func heard(after sender: any ScenePeer) async throws -> [String] {
        try await taken(after: sender).map(\.summary)
    }
}

extension XMLElement {
    /// A stanza in a few words: what it is and from whom.
    var summary: String {
        let from = self["from"] ?? "-"
        switch name {
        case "presence": return "\(self["type"] ?? "available") \(from)"
        case "message": return "message \(from) \(child("body", Namespace.client)?.text ?? self["type"] ?? "")"
        case "iq":
            guard let item = child("query", Namespace.roster)?.firstChild, self["type"] == "set" else {
                return "iq \(self["type"] ?? "")"
            }
            let flags = ["ask", "approved"].filter { item[$0] != nil }.map { " " + $0 }.joined()
            return "push \(item["jid"] ?? "") \(item["subscription"] ?? "")" + flags
        default: return name
        }
    }

    /// The condition of a stanza's error.
    var condition: String? {
        child("error", Namespace.client)?.children.first { $0.namespace == Namespace.stanzaErrors }?.name
    }
}
