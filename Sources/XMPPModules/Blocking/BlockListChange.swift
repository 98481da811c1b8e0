//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

internal import XMPPCore
internal import XMPPPayloads
internal import XMPPServer
internal import XMPPStorage

/// One change of an account's block list: written, then in force, then told.
struct BlockListChange: Sendable {
    private let command: BlockingCommand
    private let user: JID
    private let server: ServerCore

    init(_ command: BlockingCommand, of user: JID, server: ServerCore) {
        self.command = command
        self.user = user
        self.server = server
    }

    /// Returns when all is done that others see of it.
    ///
    /// - Throws: `StanzaError` `resource-constraint` if the list would be too long, else `StorageError`.
    func perform() async throws {
        let result: Result<Lists?, StorageError> = await withCheckedContinuation { continuation in
            server.database.submit { context in
                try write(context)
            } completion: { result in
                // In the order of the commits, so that the last one is what stays.
                continuation.resume(returning: result.map { publish() })
            }
        }
        switch result {
        case .success(let lists):
            guard let lists, let account = server.accounts.online(user) else { return }
            await server.showBlocking(of: account, from: lists.old, to: lists.new)?()
        case .failure(.quotaExceeded):
            throw StanzaError(.resourceConstraint, text: "The block list holds as many addresses as are allowed.")
        case .failure(let error):
            throw error
        }
    }

    private func write(_ context: WriteContext) throws {
        let store = server.blocking
        switch command {
        case .block(let addresses):
            try store.block(
                addresses.map(\.description), of: user.bareString,
                limit: server.configuration.limits.blockedAddresses, in: context)
        case .unblock(let addresses):
            try store.unblock(addresses.map(\.description), of: user.bareString, in: context)
        case .unblockAll:
            try store.unblockAll(of: user.bareString, in: context)
        case .list:
            break
        }
    }

    private typealias Lists = (old: BlockList, new: BlockList)

    private func publish() -> Lists? {
        server.profiles.update(user.bareString) { apply(to: &$0.blocked) }
        guard let account = server.accounts.online(user) else { return nil }
        let lists = account.changeBlockList { apply(to: &$0) }
        let id = server.makeID()
        let element = command.element
        for session in account.blockListReaders {
            session.deliver(Stanza(.iq, .set, id: id, to: session.jid) { element })
        }
        return lists
    }

    private func apply(to list: inout BlockList) {
        switch command {
        case .block(let addresses): for address in addresses { list.insert(address) }
        case .unblock(let addresses): for address in addresses { list.remove(address) }
        case .unblockAll: list.removeAll()
        case .list: break
        }
    }
}
