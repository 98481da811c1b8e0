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
    /// Only over TLS.
    package var requiresTLS: Bool
    /// The present password is asked for once more: a session that was left open is not enough.
    package var asksForPassword: Bool

    package init(
        allowsPasswordChange: Bool = true, allowsRemoval: Bool = true, requiresTLS: Bool = true,
        asksForPassword: Bool = false
    ) {
        self.allowsPasswordChange = allowsPasswordChange
        self.allowsRemoval = allowsRemoval
        self.requiresTLS = requiresTLS
        self.asksForPassword = asksForPassword
    }
}

/// Password change and removal of one's own account (XEP-0077 In-Band Registration §3.2, §3.3). Making accounts comes
/// before log-in and is the stream's part.
package struct RegistrationModule: ServerModule {
    package let id = "registration"
    package let implements: [Specification] = [.xep(77, "2.4")]
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
        registrar.iq([.get], "query", Registration.namespace) { request, _ in
            let (account, _) = try Self.requester(request)
            return .result(
                Registration(
                    isRegistered: true, fields: [.init(.username, account.local ?? ""), .init(.password)]
                ).element)
        }
        registrar.iq([.set], "query", Registration.namespace) { [policy] request, server in
            let (account, session) = try Self.requester(request)
            let change = AccountChange(account: account, session: session, policy: policy, server: server)
            let query = try Registration(request.payload)
            if query.isRemoval, !request.payload.children.allSatisfy({ $0.isNamed("remove", Registration.namespace) }) {
                throw StanzaError(.badRequest, text: "<remove/> stands alone.")
            }
            return .wait {
                if query.isRemoval || query.form?.formType == AccountChange.removalForm {
                    try await change.remove(query)
                } else {
                    try await change.setPassword(query)
                }
                return nil
            }
        }
    }

    /// The account that asks, at its own host or for itself, and by which session.
    private static func requester(_ request: IQRequest) throws(StanzaError) -> (JID, SessionHandle) {
        guard let session = request.session, request.isOwn || request.to.bareString == request.from.domain else {
            throw StanzaError(.notAllowed, text: "This is not the server of your account.")
        }
        return (request.from.bare, session)
    }
}
