//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

internal import Logging
internal import Synchronization
internal import XMPPCore
internal import XMPPPayloads
package import XMPPServer
internal import XMPPStorage

/// Lets people shut others out (XEP-0191): nothing comes from who is blocked, and nothing goes to him, for whom the
/// account looks as if it were offline. Subscriptions stay as they are.
package struct BlockingModule: ServerModule {
    package let id = "blocking"
    package let implements: [Specification] = [.xep(191, "1.3")]
    /// Domains of the company that nobody can shut out, with all their addresses.
    private let exempt: Set<String>

    package init(exempt: Set<String> = []) {
        self.exempt = exempt
    }

    package func register(in registrar: inout ModuleRegistrar) {
        registrar.disco(feature: BlockingCommand.namespace, on: [.host])
        registrar.iq([.get], "blocklist", BlockingCommand.namespace, at: [.account]) { request, server in
            try Self.list(request, server)
        }
        registrar.iq([.set], "block", BlockingCommand.namespace, at: [.account]) { [self] request, server in
            try change(request, server)
        }
        registrar.iq([.set], "unblock", BlockingCommand.namespace, at: [.account]) { [self] request, server in
            try change(request, server)
        }
        registrar.profile { account, profile, server in
            profile.blocked = BlockList(try await server.blocking.list(account.bareString).compactMap { try? JID($0) })
        }
        registrar.observe { event, server in
            switch event {
            // A session that was kept over a restart has not been bound since.
            case .bound(let session), .resumed(let session):
                guard let account = server.accounts.online(session.jid), !account.knowsBlockList else { return nil }
                if let profile = server.profiles.cached(session.jid.bareString) {
                    account.setBlockListIfUnknown(profile.blocked)
                    return nil
                }
                return { await Self.load(account, server) }
            case .missedChanges(let session):
                return { await Self.tellAgain(session, server) }
            default:
                return nil
            }
        }
        for kind in [Stanza.Kind.message, .presence, .iq] {
            registrar.stanza(kind, .policy) { stanza, session, server in
                Self.policy(stanza, session, server)
            }
        }
    }

    private static func load(_ account: Account, _ server: ServerCore) async {
        guard !account.knowsBlockList else { return }
        do {
            account.setBlockListIfUnknown(try await server.profiles.load(account.jid, server: server).blocked)
        } catch {
            server.log.error(
                "A block list could not be read", metadata: ["account": "\(account.jid)", "error": "\(error)"])
        }
    }

    /// Tells a client its block list in the words of changes: those it had been told last may be lost.
    private static func tellAgain(_ session: SessionHandle, _ server: ServerCore) async {
        guard server.accounts.online(session.jid)?.session(session.jid.resource ?? "")?.readsBlockList == true else {
            return
        }
        let found = Mutex<[String]>([])
        // Where changes are told as well: in the order of the commits.
        await withCheckedContinuation { continuation in
            server.database.submit { context in
                let addresses = try server.blocking.list(session.jid.bareString, in: context)
                found.withLock { $0 = addresses }
            } completion: { result in
                switch result {
                case .success: tell(found.withLock { $0 }, to: session, server)
                case .failure(let error):
                    server.log.error(
                        "A block list could not be read", metadata: ["account": "\(session.jid)", "error": "\(error)"])
                }
                continuation.resume()
            }
        }
    }

    private static func tell(_ addresses: [String], to session: SessionHandle, _ server: ServerCore) {
        var commands = [BlockingCommand.unblockAll]
        let addresses = addresses.compactMap { try? JID($0) }
        if !addresses.isEmpty { commands.append(.block(addresses)) }
        for command in commands {
            let element = command.element
            session.deliver(Stanza(.iq, .set, id: server.makeID(), to: session.jid) { element })
        }
    }

    // MARK: Requests

    /// XEP-0191 §3.2: asking for the list makes the session one that is told of changes.
    private static func list(_ request: IQRequest, _ server: ServerCore) throws -> IQAnswer {
        guard let session = request.session, request.isOwn else { throw StanzaError(.forbidden) }
        guard case .list = try BlockingCommand(request.payload) else { throw StanzaError(.badRequest) }
        server.accounts.online(session.jid)?.update(session) { $0.readsBlockList = true }
        return .wait {
            let addresses = try await server.blocking.list(session.jid.bareString)
            return BlockingCommand.list(addresses.compactMap { try? JID($0) }).element
        }
    }

    private func change(_ request: IQRequest, _ server: ServerCore) throws -> IQAnswer {
        guard let session = request.session, request.isOwn else { throw StanzaError(.forbidden) }
        let command = try BlockingCommand(request.payload)
        if case .block(let addresses) = command {
            for address in addresses { try check(address, for: session.jid) }
        }
        return .wait {
            try await BlockListChange(command, of: session.jid.bare, server: server).perform()
            return nil
        }
    }

    /// Who shuts out himself, his own server or his company's announcements could no longer be served.
    private func check(_ address: JID, for user: JID) throws(StanzaError) {
        guard address.bareString != user.bareString else {
            throw StanzaError(.notAllowed, text: "Nobody can block himself.")
        }
        guard address.bareString != user.domain else {
            throw StanzaError(.notAllowed, text: "The server itself cannot be blocked.")
        }
        guard !exempt.contains(address.domain) else {
            throw StanzaError(.notAllowed, text: "The company's broadcasts cannot be blocked.")
        }
    }

    // MARK: What goes out

    /// XEP-0191 §3.3: nothing is sent to who is blocked. And nobody but the server speaks of block lists to clients.
    private static func policy(_ stanza: Stanza, _ session: SessionHandle, _ server: ServerCore) -> HookVerdict {
        guard let to = stanza.to else { return .pass }
        if stanza.kind == .iq, stanza.type == .set, !to.isBare,
            stanza.payload?.namespace == BlockingCommand.namespace
        {
            return .reject(StanzaError(.serviceUnavailable))
        }
        guard to.bareString != session.jid.bareString, session.account?.blocks(to) == true
        else { return .pass }
        // Straight to the session: as a stanza of who is blocked it would not come through.
        if let reply = stanza.reply(StanzaError(.notAcceptable, kind: .cancel, application: BlockingCommand.blocked)) {
            session.deliver(reply)
        }
        return .handled(nil)
    }
}
