//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

internal import XMPPCore
package import XMPPPayloads
package import XMPPServer
package import XMPPStorage

/// The people's message archives as their clients see them: queries (XEP-0313), full text (XEP-0431) and preferences
/// (XEP-0441). What goes into the archives is the message path's part.
package struct ArchiveModule: ServerModule {
    package let id = "archive"
    package let implements: [Specification] = [
        .xep(59, "1.0", note: "pages of archives, without jumps to an index"),
        .xep(313, "1.1.3", note: "archives of accounts"),
        .xep(424, "0.4.2", note: "tombstones in archives; the rest is the clients'"),
        .xep(428, "0.2.1", note: "passed on and archived"),
        .xep(431, "0.2.0"),
        .xep(441, "0.2.0"),
    ]

    package init() {}

    package func register(in registrar: inout ModuleRegistrar) {
        for feature in [
            MAM.namespace, StanzaID.namespace, MAM.extendedFeature, MAM.groupchatFieldFeature, MAM.fullTextFeature,
            ResultSetRequest.namespace, MessageRetraction.namespace, MessageRetraction.tombstoneFeature,
        ] {
            registrar.disco(feature: feature, on: [.account]) { $1.configuration.archives($0) }
        }
        registrar.iq([.get], "query", MAM.namespace, at: [.account]) { request, server in
            try Self.checkRight(request, server)
            return .result(ArchiveForm.element)
        }
        registrar.iq([.set], "query", MAM.namespace, at: [.account]) { request, server in
            try ArchiveSearch(request, session: Self.checkRight(request, server), server).answer()
        }
        registrar.iq([.get], "metadata", MAM.namespace, at: [.account]) { request, server in
            try Self.checkRight(request, server)
            let account = request.to.bareString
            return .wait { try await Self.metadata(account, server).element }
        }
        registrar.iq([.get], "prefs", MAM.namespace, at: [.account]) { request, server in
            try Self.checkRight(request, server)
            let account = request.to.bareString
            return .wait { try await server.archive.preferences(account).payload.element }
        }
        registrar.iq([.set], "prefs", MAM.namespace, at: [.account]) { request, server in
            try Self.checkRight(request, server)
            return try Self.setPreferences(request, server)
        }
        // Who binds in this way reads the archive: what waits is cleared without being sent (XEP-0386 §4.2).
        registrar.bind2(MAM.namespace) { _, session, server in
            guard server.configuration.archives(session.jid.domain) else { return nil }
            server.sessionUsesArchive(session)
            return try? await Self.metadata(session.jid.bareString, server).element
        }
    }

    package func run(_ server: ServerCore) async throws {
        await ArchiveMaintenance(server).run()
    }

    // MARK: - Answers

    /// Only the account's own sessions ask its archive (XEP-0313 §8.1).
    @discardableResult
    private static func checkRight(_ request: IQRequest, _ server: ServerCore) throws(StanzaError) -> SessionHandle {
        guard let session = request.session, request.isOwn else { throw StanzaError(.forbidden) }
        guard server.configuration.archives(request.to.domain) else { throw StanzaError(.featureNotImplemented) }
        return session
    }

    private static func metadata(_ account: String, _ server: ServerCore) async throws -> MAM.Metadata {
        guard let ends = try await server.archive.metadata(account) else { return MAM.Metadata() }
        func end(_ id: ArchiveID) -> MAM.Metadata.End {
            MAM.Metadata.End(id.description, Timestamp(milliseconds: id.milliseconds))
        }
        return MAM.Metadata(start: end(ends.start), end: end(ends.end))
    }

    // MARK: - Preferences

    /// Addresses in a list of preferences.
    package static let preferredAddresses = 1000

    private static func setPreferences(_ request: IQRequest, _ server: ServerCore) throws -> IQAnswer {
        let wanted = try MAM.Preferences(request.payload)
        guard let fallback = wanted.default.flatMap({ ArchivePreferences.Default(rawValue: $0.rawValue) }) else {
            throw StanzaError(.badRequest, text: "Preferences need a default.")
        }
        guard max(wanted.always.count, wanted.never.count) <= preferredAddresses else {
            throw StanzaError(.policyViolation, text: "A list holds at most \(preferredAddresses) addresses.")
        }
        let preferences = ArchivePreferences(
            default: fallback, always: Set(wanted.always.map(\.description)),
            never: Set(wanted.never.map(\.description)))
        let account = request.to.bareString
        return .wait {
            try await server.archive.setPreferences(preferences, of: account)
            server.profiles.invalidate(account)
            return preferences.payload.element
        }
    }
}

extension ArchivePreferences {
    /// As they are told to a client.
    package var payload: MAM.Preferences {
        MAM.Preferences(
            default: MAM.Preferences.Default(rawValue: self.default.rawValue),
            always: always.sorted().compactMap { try? JID($0) }, never: never.sorted().compactMap { try? JID($0) })
    }
}
