//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

internal import XMPPServer
internal import XMPPStorage

/// A change of an account's push registrations: written, then in force, in the order of the commits.
enum PushChange {
    static func enable(
        _ registration: PushRegistration, limit: Int, _ server: ServerCore, _ dispatcher: PushDispatcher
    ) async throws {
        let target = PushTarget(
            account: registration.account, service: registration.service, node: registration.node)
        let store = PushStore(server.database)
        try await perform(registration.account, enabled: target, server, dispatcher) { context in
            try store.enable(registration, limit: limit, in: context)
        }
    }

    static func disable(
        _ account: String, service: String, node: String?, _ server: ServerCore, _ dispatcher: PushDispatcher
    ) async throws {
        let store = PushStore(server.database)
        try await perform(account, enabled: nil, server, dispatcher) { context in
            try store.disable(account, service: service, node: node, in: context)
        }
    }

    static func remove(_ target: PushTarget, _ server: ServerCore, _ dispatcher: PushDispatcher) async throws {
        try await disable(target.account, service: target.service, node: target.node, server, dispatcher)
    }

    private static func perform(
        _ account: String, enabled: PushTarget?, _ server: ServerCore, _ dispatcher: PushDispatcher,
        _ change: @escaping @Sendable (WriteContext) throws -> [PushRegistration]
    ) async throws {
        let all = WriteOutcome<[PushRegistration]>()
        let result: Result<Void, StorageError> = await withCheckedContinuation { continuation in
            server.database.submit { context in
                all.store(try change(context))
            } completion: { result in
                if case .success = result { dispatcher.replace(account, all.value ?? [], enabled: enabled) }
                continuation.resume(returning: result)
            }
        }
        try result.get()
    }
}
