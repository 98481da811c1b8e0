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

/// Broadcasts by ad-hoc command (XEP-0133 §4.23–§4.26), for those who may broadcast.
extension AnnouncementsModule {
    package var commands: [ServerCommand] {
        [
            command("announce", "Send announcement to online users", announce),
            command("set-motd", "Set message of the day") { try await setMessage($0, isEdited: false, $1) },
            command("edit-motd", "Edit message of the day") { try await setMessage($0, isEdited: true, $1) },
            command("delete-motd", "Delete message of the day") { request, server in
                try await standing.remove(server)
                log("delete-motd", request, server)
                return .completed(note: "There is no message of the day any more.")
            },
            ServerCommand(
                node: Broadcast.namespace + "#report", name: "Who has read a broadcast", isAllowed: isAllowed,
                run: { [self] request, server in try await report(request, server) }),
        ]
    }

    private func command(
        _ name: String, _ title: String,
        _ run: @escaping @Sendable (ServerCommand.Request, ServerCore) async throws -> ServerCommand.Step
    ) -> ServerCommand {
        ServerCommand(node: AdminForm.node(name), name: title, isAllowed: isAllowed, run: run)
    }

    private var isAllowed: @Sendable (JID, JID, ServerCore) -> Bool {
        { [configuration] from, host, _ in
            host.domain == configuration.host && configuration.senders.contains(from.bare)
        }
    }

    private func log(_ command: String, _ request: ServerCommand.Request, _ server: ServerCore) {
        server.log.notice(
            "Administration", metadata: ["command": "\(command)", "by": "\(request.from)", "host": "\(request.host)"])
    }

    // MARK: Announcements

    /// Fields beside those of XEP-0133, in our own name space (XEP-0068 §3.2).
    private enum Extra {
        static let audience = "{\(Broadcast.namespace)}audience"
        static let urgent = "{\(Broadcast.namespace)}urgent"
        static let acknowledge = "{\(Broadcast.namespace)}ack"
    }

    private func announce(
        _ request: ServerCommand.Request, _ server: ServerCore
    ) async throws -> ServerCommand.Step {
        guard let form = request.form else {
            let audiences = audiences.addresses.map { DataForm.Option($0.jid.local ?? "", label: $0.name) }
            return .form(
                AdminForm.form(
                    "Making an Announcement", "Fill out this form to make an announcement.",
                    [
                        .init("announcement", kind: .textMulti, label: "Announcement", isRequired: true),
                        .init(
                            Extra.audience, kind: .listSingle, label: "To whom", values: [AudienceList.online],
                            options: audiences),
                        .init(Extra.urgent, kind: .boolean, label: "Urgent", values: ["0"]),
                        .init(
                            Extra.acknowledge, kind: .boolean, label: "Ask for acknowledgement", values: ["0"]),
                    ]))
        }
        let text = try AdminForm.text(form, "announcement")
        let local = form[Extra.audience] ?? AudienceList.online
        guard let audience = audiences[local],
            let address = try? JID(local: local, domain: configuration.domain.domain)
        else { throw AdminForm.refusal("There is no such group.") }
        let isUrgent = form.boolean(Extra.urgent) ?? false
        let wantsAcknowledgement = form.boolean(Extra.acknowledge) ?? false
        let message = Stanza(.message, .normal, id: server.makeID(), from: request.from, to: address) {
            XMLElement("body", Namespace.client, text: text)
            if isUrgent || wantsAcknowledgement {
                Broadcast.Priority(isUrgent ? .urgent : .normal, wantsAcknowledgement: wantsAcknowledgement).element
            }
        }
        try await broadcast(message, by: request.from.bare, to: audience, at: address, server)
        log("announce", request, server)
        return .completed(note: "The announcement is on its way.")
    }

    private func setMessage(
        _ request: ServerCommand.Request, isEdited: Bool, _ server: ServerCore
    ) async throws -> ServerCommand.Step {
        let current = try await standing.current(server)
        guard !isEdited || current != nil else {
            throw StanzaError(.itemNotFound, text: "There is no message of the day.")
        }
        guard let form = request.form else {
            return .form(
                AdminForm.form(
                    isEdited ? "Editing the Message of the Day" : "Setting the Message of the Day",
                    "Fill out this form to say what everybody is told once, at once or at the next log-in.",
                    [
                        .init(
                            "motd", kind: .textMulti, label: "Message of the Day", isRequired: true,
                            values: current?.text.split(separator: "\n", omittingEmptySubsequences: false).map {
                                String($0)
                            } ?? [])
                    ]))
        }
        let text = try AdminForm.text(form, "motd")
        try await standing.set(text, by: request.from.bare, isEdited: isEdited, server)
        log(isEdited ? "edit-motd" : "set-motd", request, server)
        return .completed(note: "The message of the day is set.")
    }

    // MARK: Who has read it

    /// Broadcasts to choose from.
    private static let listed = 50

    private func report(
        _ request: ServerCommand.Request, _ server: ServerCore
    ) async throws -> ServerCommand.Step {
        let own = try await BroadcastStore(server.database).list(
            sender: request.from.bareString, limit: Self.listed)
        guard let form = request.form else {
            guard !own.isEmpty else {
                return .finished(nil, notes: [.init("You have sent no broadcast that asks for acknowledgement.")])
            }
            let options = own.map { stored in
                DataForm.Option(
                    String(stored.number),
                    label: "\(stored.broadcast.summary) (\(stored.read) of \(stored.recipients))")
            }
            return .form(
                DataForm(
                    .form, formType: Broadcast.namespace, title: "Who has read a broadcast",
                    fields: [
                        .init(
                            "broadcast", kind: .listSingle, label: "Broadcast", isRequired: true,
                            values: options.first.map { [$0.value] } ?? [], options: options)
                    ]))
        }
        guard let number = form["broadcast"].flatMap({ Int64($0) }),
            let stored = own.first(where: { $0.number == number }), let report = try await desk.report(stored, server)
        else { throw AdminForm.refusal("There is no such broadcast.") }
        let result = DataForm(
            .result, formType: Broadcast.namespace, title: stored.broadcast.summary,
            fields: [
                .init("recipients", kind: .textSingle, label: "Sent to", values: [String(report.recipients)]),
                .init("read-count", kind: .textSingle, label: "Read by", values: [String(report.readCount)]),
                .init("read", kind: .jidMulti, label: "Read", values: report.readers.map(\.jid.description)),
                .init("waiting", kind: .jidMulti, label: "Not yet", values: report.waiting.map(\.description)),
            ])
        return .finished(result, notes: [.init(AcknowledgementDesk.text(stored, report))])
    }
}
