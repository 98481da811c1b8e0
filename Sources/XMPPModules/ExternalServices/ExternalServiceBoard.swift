//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

internal import Synchronization
internal import XMPPPayloads
internal import XMPPServer

/// The services in force and who wants to know of others, for all loops.
final class ExternalServiceBoard: Sendable {
    /// What has become of a service.
    struct Change: Equatable {
        var action: ExternalServices.Service.Action
        var service: ExternalService
    }

    /// What a session is to be told.
    struct Push {
        var session: SessionHandle
        var type: String
        var changes: [Change]
    }

    private struct Subscriber {
        var session: SessionHandle
        var types: Set<String>
    }

    private struct State {
        var services: [ExternalService]
        /// By the session's id; as many as there are sessions at most.
        var subscribers: [UInt64: Subscriber] = [:]
    }

    private let state: Mutex<State>

    init(_ services: [ExternalService]) {
        state = Mutex(State(services: services))
    }

    /// Those of a type, or all.
    func services(of type: String?) -> [ExternalService] {
        state.withLock { state in state.services.filter { type == nil || $0.type == type } }
    }

    /// Takes note that a session wants to know of other services of a type. Types there are none of are as good as any:
    /// there may be some later; but nobody needs more than a few.
    func subscribe(_ session: SessionHandle, to type: String) {
        state.withLock { state in
            var subscriber = state.subscribers[session.id] ?? Subscriber(session: session, types: [])
            guard subscriber.types.count < Self.typesOfASession, type.utf8.count <= Self.typeBytes else { return }
            subscriber.types.insert(type)
            state.subscribers[session.id] = subscriber
        }
    }

    func forget(_ session: SessionHandle) {
        state.withLock { $0.subscribers[session.id] = nil }
    }

    /// Replaces the services; what is to be told to whom.
    func replace(_ services: [ExternalService]) -> [Push] {
        state.withLock { state in
            let changes = Self.changes(from: state.services, to: services)
            state.services = services
            guard !changes.isEmpty else { return [] }
            return state.subscribers.values.flatMap { subscriber in
                subscriber.types.compactMap { type in
                    let concerned = changes.filter { $0.service.type == type }
                    return concerned.isEmpty ? nil : Push(session: subscriber.session, type: type, changes: concerned)
                }
            }
        }
    }

    static func changes(from old: [ExternalService], to new: [ExternalService]) -> [Change] {
        var changes: [Change] = []
        for service in old where !new.contains(where: { $0.identity == service.identity }) {
            changes.append(Change(action: .delete, service: service))
        }
        for service in new {
            guard let before = old.first(where: { $0.identity == service.identity }) else {
                changes.append(Change(action: .add, service: service))
                continue
            }
            if before != service { changes.append(Change(action: .modify, service: service)) }
        }
        return changes
    }

    private static let typesOfASession = 16
    private static let typeBytes = 64
}
