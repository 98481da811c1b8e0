//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

internal import Synchronization
internal import XMPPCore
internal import XMPPPayloads
package import XMPPServer
internal import XMPPStorage

/// Service discovery of hosts and accounts (XEP-0030), and the short name of what a host can do (XEP-0115).
package struct DiscoModule: ServerModule {
    package let id = "disco"
    package let implements: [Specification] = [
        .xep(30, "2.5.0"), .xep(115, "1.6.0", note: "the server's own; clients' are passed on"),
    ]
    /// Names the program in capabilities (XEP-0115 §4).
    static let capabilitiesNode = "urn:switchboard"

    private let softwareName: String
    private let commands: [ServerCommand]
    /// By host; filled before the listeners open.
    private let capabilities = HostCapabilities()

    package init(_ software: SoftwareConfiguration, commands: [ServerCommand]) {
        softwareName = software.name
        self.commands = commands
    }

    package func register(in registrar: inout ModuleRegistrar) {
        registrar.disco(feature: DiscoveryInfo.namespace)
        registrar.disco(feature: DiscoveryItems.namespace)
        registrar.disco(feature: EntityCapabilities.namespace, on: [.host])
        registrar.iq([.get], "query", DiscoveryInfo.namespace, at: [.host]) { [self] request, server in
            .result(try hostInfo(request, server).element)
        }
        registrar.iq([.get], "query", DiscoveryItems.namespace, at: [.host]) { [self] request, server in
            .result(try hostItems(request, server).element)
        }
        registrar.iq([.get], "query", DiscoveryInfo.namespace, at: [.account]) { request, server in
            guard !request.isOwn else { return .result(try Self.accountInfo(request, server)) }
            return .wait {
                // XEP-0030 §8: only who may see the account's presence learns anything about it.
                guard await server.mayKnowPresence(request.from, of: request.to) else {
                    throw StanzaError(.serviceUnavailable)
                }
                return try Self.accountInfo(request, server)
            }
        }
        registrar.iq([.get], "query", DiscoveryItems.namespace, at: [.account]) { request, _ in
            // XEP-0030 §8: empty for accounts that don't exist, and so for those that do and have nothing to show.
            .result(DiscoveryItems(node: request.payload["node"]).element)
        }
        registrar.streamFeature { [capabilities] context in
            guard context.isLoggedIn else { return nil }
            return capabilities[context.host]?.element
        }
    }

    package func prepare(_ server: ServerCore) async throws {
        for host in server.configuration.hosts.keys {
            let verification = EntityCapabilities.verificationString(of: info(ofHost: host, server)) { server.sha1($0) }
            capabilities[host] = EntityCapabilities(node: Self.capabilitiesNode, verification: verification)
        }
    }

    // MARK: Host

    private func info(ofHost host: String, _ server: ServerCore) -> DiscoveryInfo {
        DiscoveryInfo(
            identities: [.init(category: "server", type: "im", name: softwareName)],
            features: server.tables.features(of: .host, host: host, server),
            forms: server.tables.discoForms[host] ?? [])
    }

    private func hostInfo(_ request: IQRequest, _ server: ServerCore) throws(StanzaError) -> DiscoveryInfo {
        let host = request.to.bareString
        guard let node = request.payload["node"] else { return info(ofHost: host, server) }
        if node == capabilities[host]?.discoveryNode {
            var info = info(ofHost: host, server)
            info.node = node
            return info
        }
        if node == AdHocCommand.namespace, !commands.isEmpty {
            return DiscoveryInfo(
                node: node, identities: [.init(category: "automation", type: "command-list", name: "Commands")],
                features: [AdHocCommand.namespace, DiscoveryInfo.namespace, DiscoveryItems.namespace])
        }
        let named = commands.filter { $0.node == node }
        guard !named.isEmpty else { throw StanzaError(.itemNotFound) }
        guard let command = named.first(where: { $0.isAllowed(request.from, request.to, server) }) else {
            throw StanzaError(.forbidden)
        }
        return DiscoveryInfo(
            node: node, identities: [.init(category: "automation", type: "command-node", name: command.name)],
            features: [AdHocCommand.namespace, DataForm.namespace])
    }

    private func hostItems(_ request: IQRequest, _ server: ServerCore) throws(StanzaError) -> DiscoveryItems {
        guard let node = request.payload["node"] else {
            return DiscoveryItems(items: Self.items(ofHost: request.to.bareString, server))
        }
        guard node == AdHocCommand.namespace else {
            guard commands.contains(where: { $0.node == node }) else { throw StanzaError(.itemNotFound) }
            return DiscoveryItems(node: node)
        }
        let allowed = commands.filter { $0.isAllowed(request.from, request.to, server) }
        return DiscoveryItems(node: node, items: allowed.map { .init(request.to, node: $0.node, name: $0.name) })
    }

    /// What features announced, and the components whose domains lie below the host, or below none of ours.
    private static func items(ofHost host: String, _ server: ServerCore) -> [DiscoveryItems.Item] {
        var items = (server.tables.discoItems[host] ?? []).map { DiscoveryItems.Item($0.jid, name: $0.name) }
        let hosts = server.configuration.hosts.keys
        for domain in server.configuration.components.keys.sorted() {
            let isOthers = hosts.contains { $0 != host && domain.hasSuffix("." + $0) }
            guard domain.hasSuffix("." + host) || !isOthers, let jid = try? JID(domain) else { continue }
            guard !items.contains(where: { $0.jid == jid }) else { continue }
            items.append(DiscoveryItems.Item(jid))
        }
        return items
    }

    // MARK: Account

    private static func accountInfo(_ request: IQRequest, _ server: ServerCore) throws(StanzaError) -> XMLElement {
        guard request.payload["node"] == nil else { throw StanzaError(.itemNotFound) }
        return DiscoveryInfo(
            identities: [.init(category: "account", type: server.isVisitor(request.to) ? "anonymous" : "registered")],
            features: server.tables.features(of: .account, host: request.to.domain, server)
        ).element
    }
}

/// The hosts' capabilities, written once at the start.
private final class HostCapabilities: Sendable {
    private let byHost = Mutex<[String: EntityCapabilities]>([:])

    subscript(host: String) -> EntityCapabilities? {
        get { byHost.withLock { $0[host] } }
        set { byHost.withLock { $0[host] = newValue } }
    }
}
