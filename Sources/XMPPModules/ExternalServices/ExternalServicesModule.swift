//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

internal import Synchronization
internal import XMPPCore
internal import XMPPPayloads
package import XMPPServer

/// Tells clients of relays and the like, with credentials that end by themselves (XEP-0215 External Service Discovery).
/// For accounts of the host only.
package struct ExternalServicesModule: ServerModule {
    package let id = "external-services"
    package let implements: [Specification] = [.xep(215, "1.0.0")]
    private let board: ExternalServiceBoard
    private let now: @Sendable () -> Timestamp

    package init(_ services: [ExternalService]) {
        self.init(services, now: { Timestamp.now() })
    }

    init(_ services: [ExternalService], now: @escaping @Sendable () -> Timestamp) {
        board = ExternalServiceBoard(services)
        self.now = now
    }

    package func register(in registrar: inout ModuleRegistrar) {
        registrar.disco(feature: ExternalServices.namespace, on: [.host]) { [board] _, _ in
            !board.services(of: nil).isEmpty
        }
        registrar.iq([.get], "services", ExternalServices.namespace, at: [.host]) { [board, now] request, server in
            let session = try Self.session(of: request)
            let type = try ExternalServices.List(request.payload).type
            // XEP-0215 §3.2: who has asked for a type is told when there are others.
            if let type { board.subscribe(session, to: type) }
            let services = board.services(of: type).map { $0.offer(to: session.jid, now: now(), server) }
            return .result(ExternalServices.List(type: type, services: services).element)
        }
        registrar.iq([.get], "credentials", ExternalServices.namespace, at: [.host]) { [board, now] request, server in
            let session = try Self.session(of: request)
            let asked = try ExternalServices.Credentials(request.payload).services
            guard asked.count == 1, let wanted = asked.first else {
                throw StanzaError(.badRequest, text: "Exactly one service is asked for.")
            }
            let found = board.services(of: wanted.type).filter { service in
                service.access != .open && service.host == wanted.host
                    && (wanted.port == nil || service.port == wanted.port)
                    && (wanted.transport == nil || service.transport == wanted.transport)
            }
            guard !found.isEmpty else { throw StanzaError(.itemNotFound) }
            let services = found.map { $0.offer(to: session.jid, now: now(), server) }
            return .result(ExternalServices.Credentials(services: services).element)
        }
        registrar.observe { [board] event, _ in
            if case .ended(let session) = event { board.forget(session) }
            return nil
        }
    }

    /// Puts other services in force and tells those who have asked for their types.
    package func reload(_ services: [ExternalService], _ server: ServerCore) {
        for push in board.replace(services) {
            let pushed = push.changes.map { change in
                var service = change.service.offer(to: push.session.jid, now: now(), server)
                service.action = change.action
                if change.action == .delete {
                    (service.username, service.password, service.expires) = (nil, nil, nil)
                }
                return service
            }
            let list = ExternalServices.List(type: push.type, services: pushed)
            push.session.deliver(
                Stanza(.iq, .set, id: server.makeID(), from: push.session.jid.domainJID, to: push.session.jid) {
                    list.element
                })
        }
    }

    /// XEP-0215 §3.1: services cost money, and their credentials name people of this host.
    private static func session(of request: IQRequest) throws(StanzaError) -> SessionHandle {
        guard let session = request.session, session.jid.domain == request.to.domain else {
            throw StanzaError(.forbidden)
        }
        return session
    }
}
