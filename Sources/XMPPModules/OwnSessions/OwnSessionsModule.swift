//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

internal import XMPPCore
internal import XMPPPayloads
package import XMPPServer

/// One's own sessions and devices, by ad-hoc command: to see where one is logged in, and to end what should not be.
package struct OwnSessionsModule: ServerModule {
    package let id = "own-sessions"
    static let listNode = "urn:switchboard:sessions:1#list"
    static let endNode = "urn:switchboard:sessions:1#end"

    package init() {}

    package func register(in registrar: inout ModuleRegistrar) {}

    package var commands: [ServerCommand] {
        [
            ServerCommand(
                node: Self.listNode, name: OwnSessionsText.english.listName, isAllowed: Self.isLoggedIn,
                run: { request, server in
                    let text = OwnSessionsText(language: request.language)
                    return .finished(Self.report(await Self.sessions(request.from, server), text), notes: [])
                }),
            ServerCommand(
                node: Self.endNode, name: OwnSessionsText.english.endName, isAllowed: Self.isLoggedIn,
                run: { request, server in try await Self.end(request, server) }),
        ] + OwnDevices.commands
    }

    static func isLoggedIn(_ from: JID, _ host: JID, _ server: ServerCore) -> Bool {
        from.domain == host.bareString && server.accounts.online(from)?.session(from.resource ?? "") != nil
    }

    /// A session and where it is.
    private struct Own {
        let session: BoundSession
        let connection: SessionConnection?
        /// The one that asks.
        let isThis: Bool
    }

    /// In the order of their resources, this one first.
    private static func sessions(_ from: JID, _ server: ServerCore) async -> [Own] {
        var own: [Own] = []
        for session in server.accounts.online(from)?.sessions ?? [] {
            own.append(
                Own(
                    session: session, connection: await session.handle.connection(),
                    isThis: session.resource == from.resource))
        }
        return own.sorted { ($0.isThis ? 0 : 1, $0.session.resource) < ($1.isThis ? 0 : 1, $1.session.resource) }
    }

    // MARK: List

    private static func report(_ sessions: [Own], _ text: OwnSessionsText) -> DataForm {
        let columns = [
            ("resource", text.resource), ("state", text.state), ("address", text.address), ("since", text.since),
            ("heard", text.heard), ("tls", text.encryption), ("mechanism", text.mechanism), ("device", text.device),
        ]
        return DataForm(
            .result, formType: listNode, title: text.listName,
            reported: columns.map { .init($0.0, kind: .textSingle, label: $0.1) },
            items: sessions.map { own in
                let values = [
                    own.session.resource, state(own, text), own.connection?.address ?? "",
                    time(own.connection?.since), time(own.connection?.lastHeard ?? detached(own)),
                    own.connection.map { $0.isSecure ? "TLS" : text.none } ?? "", own.connection?.mechanism ?? "",
                    own.session.device ?? "",
                ]
                return zip(columns, values).map { .init($0.0, values: [$1]) }
            })
    }

    private static func state(_ own: Own, _ text: OwnSessionsText) -> String {
        if own.isThis { return text.thisOne }
        return own.session.isDetached ? text.detached : text.connected
    }

    private static func detached(_ own: Own) -> Timestamp? {
        own.session.detachedSince.map { Timestamp(milliseconds: $0) }
    }

    private static func time(_ time: Timestamp?) -> String { time?.description ?? "" }

    // MARK: End

    private static func end(
        _ request: ServerCommand.Request, _ server: ServerCore
    ) async throws -> ServerCommand.Step {
        let text = OwnSessionsText(language: request.language)
        guard let form = request.form else {
            let others = await sessions(request.from, server).filter { !$0.isThis }
            guard !others.isEmpty else { return .completed(note: text.noOthers) }
            return .form(self.form(others, text))
        }
        let wanted = Set(form.values("sessions"))
        let isAll = form.boolean("all") ?? false
        let account = server.accounts.online(request.from)
        let ended = (account?.sessions ?? []).filter {
            $0.resource != request.from.resource && (isAll || wanted.contains($0.resource))
        }
        for session in ended {
            session.handle.end(StreamError(.notAuthorized, text: "The session was ended by its owner."))
        }
        return .completed(note: text.ended(ended.count))
    }

    private static func form(_ others: [Own], _ text: OwnSessionsText) -> DataForm {
        DataForm(
            .form, formType: endNode, title: text.endName,
            fields: [
                .init(
                    "sessions", kind: .listMulti, label: text.sessions,
                    options: others.map { own in
                        let details = [
                            own.session.resource, state(own, text), own.connection?.address ?? "",
                            time(own.connection?.since ?? detached(own)),
                        ]
                        return .init(
                            own.session.resource, label: details.filter { !$0.isEmpty }.joined(separator: ", "))
                    }),
                .init("all", kind: .boolean, label: text.allOthers, values: ["false"]),
            ])
    }
}
