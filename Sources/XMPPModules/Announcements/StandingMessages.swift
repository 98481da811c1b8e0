//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

internal import Logging
internal import Synchronization
internal import XMPPCore
internal import XMPPPayloads
internal import XMPPServer
internal import XMPPStorage

/// The message of the day of a host: everybody gets it once, at once or when he comes.
final class StandingMessages: Sendable {
    private let host: String
    private let address: JID?
    /// Whether there is one: nobody reads the store at log-in if there is none.
    private let isSet = Mutex(false)

    init(_ configuration: AnnouncementsConfiguration) {
        host = configuration.host
        address = try? JID(local: AudienceList.all, domain: configuration.domain.domain)
    }

    func load(_ server: ServerCore) async throws {
        let message = try await current(server)
        isSet.withLock { $0 = message != nil }
    }

    func current(_ server: ServerCore) async throws -> StandingMessage? {
        try await StandingMessageStore(server.database).message(of: host)
    }

    /// Replaces the message; who is online gets it at once unless it is only edited and he has had it.
    func set(_ text: String, by sender: JID, isEdited: Bool, _ server: ServerCore) async throws {
        try await StandingMessageStore(server.database).set(
            StandingMessage(sender: sender.bareString, text: text), of: host, isEdited: isEdited)
        isSet.withLock { $0 = true }
        for account in server.accounts.all where account.jid.domain == host && account.takesMessages {
            await give(to: account.jid, server)
        }
    }

    func remove(_ server: ServerCore) async throws {
        try await StandingMessageStore(server.database).remove(of: host)
        isSet.withLock { $0 = false }
    }

    /// What has to be done for a session that has become available.
    func greet(_ session: SessionHandle, _ server: ServerCore) -> Deferred? {
        guard session.jid.domain == host, isSet.withLock({ $0 }) else { return nil }
        return { await self.give(to: session.jid.bare, server) }
    }

    private func give(to account: JID, _ server: ServerCore) async {
        guard let address else { return }
        do {
            let store = StandingMessageStore(server.database)
            guard let message = try await store.take(host, for: account.bareString) else { return }
            await server.route(
                Stanza(.message, .normal, id: server.makeID(), from: address, to: account) {
                    XMLElement("body", Namespace.client, text: message.text)
                    if let sender = try? JID(message.sender) { Broadcast.Sender(sender).element }
                })?()
        } catch {
            server.log.error("The message of the day could not be given", metadata: ["error": "\(error)"])
        }
    }
}
