//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

internal import XMPPCore
internal import XMPPPayloads
package import XMPPServer
internal import XMPPStorage

/// Tells push services of messages for devices that have no connection (XEP-0357): one notification for each message and
/// device, with nothing in it but how many there are, unless the company wants more. Nobody waits for it.
package struct PushModule: ServerModule {
    package let id = "push"
    package let implements: [Specification] = [.xep(357, "0.4.1")]
    /// Most octets of a node's name and of publish options: what is stored for good.
    static let nodeBytes = 1023
    static let optionsBytes = 4096

    private let configuration: PushConfiguration
    private let dispatcher: PushDispatcher

    package init(_ configuration: PushConfiguration = PushConfiguration()) {
        self.configuration = configuration
        dispatcher = PushDispatcher(configuration)
    }

    package func register(in registrar: inout ModuleRegistrar) {
        registrar.disco(feature: PushEnabling.namespace, on: [.account])
        registrar.iq([.set], "enable", PushEnabling.namespace, at: [.account]) { [self] request, server in
            try enable(request, server)
        }
        registrar.iq([.set], "disable", PushEnabling.namespace, at: [.account]) { [dispatcher] request, server in
            guard request.isOwn else { throw StanzaError(.forbidden) }
            let disabling = try PushDisabling(request.payload)
            return .wait {
                try await PushChange.disable(
                    request.to.bareString, service: disabling.service.description, node: disabling.node, server,
                    dispatcher)
                return nil
            }
        }
        registrar.observe { [dispatcher] event, server in
            switch event {
            case .bound(let session), .becameAvailable(let session), .resumed(let session):
                dispatcher.isHere(session, server)
            default: break
            }
            return nil
        }
        registrar.observeMessages { [dispatcher] arrival, server in
            dispatcher.arrived(arrival.message, for: arrival.account, archiveID: arrival.archiveID, server)
        }
    }

    package func prepare(_ server: ServerCore) async throws {
        dispatcher.load(try await PushStore(server.database).loadAll())
        dispatcher.tellWhatIsLeft(server)
    }

    /// XEP-0357 §5
    private func enable(_ request: IQRequest, _ server: ServerCore) throws -> IQAnswer {
        guard let session = request.session, request.isOwn else { throw StanzaError(.forbidden) }
        let enabling = try PushEnabling(request.payload)
        // The host would be made to write to its own people.
        guard !server.isHost(enabling.service.domain) else {
            throw StanzaError(.notAcceptable, text: "This is no push service.")
        }
        let options = enabling.options?.element.xmlString
        guard enabling.node.utf8.count <= Self.nodeBytes, (options ?? "").utf8.count <= Self.optionsBytes else {
            throw StanzaError(.notAcceptable, text: "The node or its options are too long.")
        }
        let resource = session.jid.resource ?? ""
        let registration = PushRegistration(
            account: session.jid.bareString, service: enabling.service.description, node: enabling.node,
            device: server.accounts.online(session.jid)?.session(resource)?.device, resource: resource,
            options: options, enabled: Timestamp.now().milliseconds)
        return .wait { [configuration, dispatcher] in
            try await PushChange.enable(
                registration, limit: configuration.devicesPerAccount, server, dispatcher)
            return nil
        }
    }
}
