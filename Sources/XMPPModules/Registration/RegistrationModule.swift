//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

internal import XMPPCore
internal import XMPPPayloads
package import XMPPServer

/// What people may do to their own accounts.
package struct RegistrationPolicy: Sendable, Equatable {
    package var allowsPasswordChange: Bool
    package var allowsRemoval: Bool

    package init(allowsPasswordChange: Bool = true, allowsRemoval: Bool = true) {
        self.allowsPasswordChange = allowsPasswordChange
        self.allowsRemoval = allowsRemoval
    }
}

/// Password change and removal of one's own account (XEP-0077 In-Band Registration §3.2, §3.3). Making accounts comes
/// before log-in and is the stream's part.
package struct RegistrationModule: ServerModule {
    package let id = "registration"
    package let implements: [Specification] = [.xep(77, "2.4", note: "no data forms")]
    private let policy: RegistrationPolicy

    package init(_ policy: RegistrationPolicy = RegistrationPolicy()) {
        self.policy = policy
    }

    package func register(in registrar: inout ModuleRegistrar) {
        registrar.disco(feature: Registration.namespace, on: [.host])
        registrar.observe { event, server in
            if case .ended(let session) = event { server.sessionLeft(session.jid.bare) }
            return nil
        }
        let policy = policy
        registrar.iq([.get], "query", Registration.namespace) { request, _ in
            let account = try Self.account(of: request)
            return .result(
                Registration(
                    isRegistered: true, fields: [.init(.username, account.local ?? ""), .init(.password)]
                ).element)
        }
        registrar.iq([.set], "query", Registration.namespace) { request, server in
            let account = try Self.account(of: request)
            let query = try Registration(request.payload)
            if query.isRemoval {
                try Self.checkRemoval(request.payload, policy)
                return .wait {
                    try await server.deleteAccount(account, requester: request.session)
                    return nil
                }
            }
            let password = try Self.newPassword(query, of: account, policy, server)
            return .wait {
                do {
                    try await server.setPassword(password, of: account)
                } catch is JIDError {
                    // RFC 8265 §4.2: not every string is a password.
                    throw StanzaError(.notAcceptable, text: "The password has characters that are not allowed.")
                }
                return nil
            }
        }
    }

    /// The account that asks, at its own host or for itself.
    private static func account(of request: IQRequest) throws(StanzaError) -> JID {
        guard request.session != nil, request.isOwn || request.to.bareString == request.from.domain else {
            throw StanzaError(.notAllowed, text: "This is not the server of your account.")
        }
        return request.from.bare
    }

    private static func checkRemoval(_ query: XMLElement, _ policy: RegistrationPolicy) throws(StanzaError) {
        guard query.children.allSatisfy({ $0.isNamed("remove", Registration.namespace) }) else {
            throw StanzaError(.badRequest, text: "<remove/> stands alone.")
        }
        guard policy.allowsRemoval else {
            throw StanzaError(.notAllowed, text: "Accounts are removed by the administrator.")
        }
    }

    private static func newPassword(
        _ query: Registration, of account: JID, _ policy: RegistrationPolicy, _ server: ServerCore
    ) throws(StanzaError) -> String {
        guard let username = query[.username], let password = query[.password], !password.isEmpty else {
            throw StanzaError(.badRequest, text: "The user name and a new password are needed.")
        }
        guard let named = try? JID(local: username, domain: account.domain), named == account else {
            throw StanzaError(.notAllowed, text: "Only your own password can be changed.")
        }
        guard policy.allowsPasswordChange else {
            throw StanzaError(.notAllowed, text: "Passwords are changed by the administrator.")
        }
        if let objection = server.configuration.registration.objection(to: password, of: account) {
            throw StanzaError(.notAcceptable, text: objection)
        }
        return password
    }
}
