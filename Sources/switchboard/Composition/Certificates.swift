//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

import FoundationEssentials
import Logging
import Synchronization
import XMPPTLS

/// The certificates of the hosts, loaded from the files the configuration names, and loaded again on SIGHUP.
final class Certificates: Sendable {
    /// What the listeners use; nil if no host has a certificate.
    let store: TLSContextStore?
    /// For listeners that ask clients for certificates, by name.
    let withClients: [String: TLSContextStore]

    init(_ configuration: SwitchboardConfiguration) throws(CommandFailure) {
        let contexts = try Self.load(configuration)
        store = contexts.first.map { TLSContextStore(fallback: $0.1, byName: Self.byName(contexts)) }
        var stores: [String: TLSContextStore] = [:]
        for (name, contexts) in try Self.loadWithClients(configuration) {
            stores[name] = contexts.first.map { TLSContextStore(fallback: $0.1, byName: Self.byName(contexts)) }
        }
        withClients = stores
        let needsTLS = configuration.listeners.values.contains { $0.kind == .c2s || $0.kind == .c2sTLS }
        guard store != nil || !needsTLS else {
            throw CommandFailure(
                "No host has a certificate, but a listener offers TLS. Set hosts.NAME.certificate and .key, or tls.certificate and tls.key."
            )
        }
    }

    /// Loads everything anew, then swaps it; connections that stand keep theirs. On an error nothing changes.
    func reload(_ configuration: SwitchboardConfiguration) throws(CommandFailure) {
        let contexts = try Self.load(configuration)
        let others = try Self.loadWithClients(configuration)
        guard let store, let first = contexts.first else { return }
        store.replace(fallback: first.1, byName: Self.byName(contexts))
        for (name, contexts) in others {
            guard let first = contexts.first else { continue }
            withClients[name]?.replace(fallback: first.1, byName: Self.byName(contexts))
        }
    }

    func warn(_ log: Logger) {
        let now = Int64(Date().timeIntervalSince1970)
        for context in store?.all ?? [] {
            guard let warning = context.validityWarning(at: now) else { continue }
            log.warning("Certificate", metadata: ["file": "\(context.file ?? "")", "warning": "\(warning)"])
        }
    }

    private static func loadWithClients(
        _ configuration: SwitchboardConfiguration
    ) throws(CommandFailure) -> [(String, [(String, TLSContext)])] {
        var result: [(String, [(String, TLSContext)])] = []
        for listener in configuration.listeners {
            guard listener.value.clientAuthorities != nil || listener.value.asksForCertificates else { continue }
            let roots = listener.value.clientAuthorities.map { TrustRoots.file($0) }
            result.append((listener.name, try load(configuration, clientRoots: roots, asksClients: true)))
        }
        return result
    }

    static func load(
        _ configuration: SwitchboardConfiguration, clientRoots: TrustRoots? = nil, asksClients: Bool = false
    ) throws(CommandFailure) -> [(String, TLSContext)] {
        var contexts: [(String, TLSContext)] = []
        for entry in configuration.hosts {
            guard let certificate = entry.value.certificate, let key = entry.value.key else { continue }
            do {
                contexts.append(
                    (
                        entry.name,
                        try TLSContext(
                            certificateChain: certificate, privateKey: key, clientRoots: clientRoots,
                            asksClients: asksClients,
                            minimumVersion: configuration.tls.minimumVersion == .v13 ? .tls13 : .tls12)
                    ))
            } catch {
                throw CommandFailure("Certificate of \(entry.name): \(error.description)")
            }
        }
        return contexts
    }

    private static func byName(_ contexts: [(String, TLSContext)]) -> [String: TLSContext] {
        Dictionary(contexts) { first, _ in first }
    }
}
