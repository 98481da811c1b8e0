//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

import BizBuddyBridge
import BizBuddyCore
import BizBuddyRecords
import BizBuddyStorage
import NIOPosix
import XMPPCore
import XMPPTLS

/// Threads that wait for LDAP directories.
private let directoryThreads = 4

extension SwitchboardConfiguration.Bridge {
    /// When what is known of a customer is told: so much before the offer goes out without that it is on it.
    var softDeadline: Duration { lookupDeadline - min(.milliseconds(100), lookupDeadline / 8) }
}

extension AuditLog {
    /// SHA-256 in hexadecimal.
    static func digest(_ bytes: [UInt8]) -> String { Hexadecimal.encode(HashFunction.sha256.digest(bytes)) }
}

extension Clerk {
    /// The sources of the configuration, the embedded directory first.
    init(_ bridge: SwitchboardConfiguration.Bridge, directory: CustomerDirectory?, store: ServiceStore) throws {
        self.init()
        var sources: [any RecordSource] = directory.map { [$0] } ?? []
        for settings in bridge.records.sources.values {
            if let source = try Self.source(settings, bridge) { sources.append(source) }
        }
        if bridge.records.asksForCards {
            let cards = CardSource()
            sources.append(cards)
            self.cards = cards
        }
        self.directory = directory
        if let address = bridge.routingHook.url.flatMap({ HTTPAddress($0) }) {
            router = try RoutingHook(
                RoutingHook.Settings(
                    address: address, signingKey: bridge.routingHook.signingKey?.value,
                    authorization: bridge.routingHook.authorization?.value, tenant: bridge.domain?.bareString ?? "",
                    timeout: bridge.routingHook.timeout,
                    trustRoots: bridge.routingHook.authorities.map { .file($0) } ?? .system),
                group: MultiThreadedEventLoopGroup.singleton)
        }
        for gateway in bridge.records.gateways { gateways[gateway.name] = gateway.value.scheme }
        if let people = bridge.privacy.people {
            let book = try CustomerBook(path: people) { "p-\(SecureRandom.hexToken(bytes: 12))" }
            sources.append(NoteSource(book))
            self.book = book
        }
        sources.append(HistorySource(store, gateways: gateways))
        var classes: [String: FieldClass] = [:]
        for (fields, kind) in [
            (bridge.records.publicFields, FieldClass.public), (bridge.records.sensitiveFields, .sensitive),
            (bridge.records.secretFields, .secret),
        ] {
            for field in fields { classes[field.lowercased()] = kind }
        }
        records = RecordDesk(
            sources: sources, classes: classes, softDeadline: bridge.softDeadline,
            hardDeadline: max(bridge.records.hardDeadline, bridge.lookupDeadline))
        audit = try AuditLog(path: bridge.privacy.audit, digest: AuditLog.digest)
    }

    private static func source(
        _ settings: SwitchboardConfiguration.RecordSourceSettings, _ bridge: SwitchboardConfiguration.Bridge
    ) throws -> (any RecordSource)? {
        let policy = GuardedSource.Policy(
            fresh: settings.fresh, stale: max(settings.stale, settings.fresh), negative: settings.negative,
            timeout: settings.timeout)
        switch settings.kind {
        case .sql:
            guard let file = settings.file, let query = settings.query else { return nil }
            // A file of this machine is asked anew each time.
            let asked = GuardedSource.Policy(
                fresh: .zero, stale: .zero, negative: .zero, timeout: settings.timeout)
            return GuardedSource(SQLDirectory(name: settings.name, path: file, query: query), policy: asked)
        case .http:
            guard let address = settings.url.flatMap({ HTTPAddress($0) }) else { return nil }
            let source = try HTTPRecordSource(
                HTTPRecordSource.Settings(
                    name: settings.name, address: address, signingKey: settings.signingKey?.value,
                    authorization: settings.authorization?.value,
                    tenant: settings.tenant ?? bridge.domain?.bareString ?? "", deadline: bridge.lookupDeadline,
                    trustRoots: settings.authorities.map { .file($0) } ?? .system),
                group: MultiThreadedEventLoopGroup.singleton)
            return GuardedSource(source, policy: policy)
        case .ldap:
            guard let address = settings.url.flatMap({ LDAPAddress($0) }), let base = settings.base,
                let filter = LDAPFilter(settings.filter)
            else {
                return nil
            }
            var description = LDAPRecordSource.Settings(
                name: settings.name, address: address, base: base, filter: filter)
            description.startsTLS = settings.startsTLS
            if let authorities = settings.authorities { description.authorities = authorities }
            description.bindName = settings.bindName
            description.password = settings.password?.value ?? ""
            description.idAttribute = settings.idAttribute
            description.nameAttribute = settings.nameAttribute
            description.fields = settings.attributes.map { text in
                let parts = text.split(separator: "=", maxSplits: 1)
                let attribute = parts.first.map(String.init) ?? text
                return (attribute, parts.count > 1 ? String(parts[1]) : attribute)
            }
            let threads = NIOThreadPool(numberOfThreads: directoryThreads)
            threads.start()
            return GuardedSource(
                LDAPRecordSource(description, threads: threads, group: MultiThreadedEventLoopGroup.singleton),
                policy: policy)
        }
    }
}
