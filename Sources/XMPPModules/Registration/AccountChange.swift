//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

internal import XMPPCore
internal import XMPPPayloads
internal import XMPPServer

/// What a session asks to be done to its own account.
struct AccountChange: Sendable {
    /// The forms of XEP-0077 §14.4 for who has to give the present password.
    static let removalForm = "jabber:iq:register:cancel"
    private static let passwordForm = "jabber:iq:register:changepassword"

    let account: JID
    let session: SessionHandle
    let policy: RegistrationPolicy
    let server: ServerCore

    /// XEP-0077 §3.2.
    func remove(_ query: Registration) async throws {
        guard policy.allowsRemoval else {
            throw StanzaError(.notAllowed, text: "Accounts are removed by the administrator.")
        }
        try await checkChannel()
        let form = query.form?.kind == .submit ? query.form : nil
        if let username = form?["username"] { try checkName(username) }
        if policy.asksForPassword {
            guard let password = form?["password"] else {
                throw IQRefusal(
                    StanzaError(.notAllowed, text: "Your password is needed."),
                    payload: Self.form(
                        Self.removalForm, "Remove your account",
                        [.init("password", kind: .textPrivate, label: "Password", isRequired: true)]))
            }
            try await confirm(password)
        }
        try await server.deleteAccount(account, requester: session)
    }

    /// XEP-0077 §3.3.
    func setPassword(_ query: Registration) async throws {
        let form = query.form?.kind == .submit ? query.form : nil
        if let type = form?.formType, type != Self.passwordForm, type != Registration.namespace {
            throw StanzaError(.badRequest, text: "This is another form.")
        }
        let username = form == nil ? query[.username] : form?["username"]
        let password = form == nil ? query[.password] : form?["password"]
        guard let username, let password, !password.isEmpty else {
            throw StanzaError(.badRequest, text: "The user name and a new password are needed.")
        }
        try checkName(username)
        guard policy.allowsPasswordChange else {
            throw StanzaError(.notAllowed, text: "Passwords are changed by the administrator.")
        }
        try await checkChannel()
        if let objection = server.configuration.registration.objection(to: password, of: account) {
            throw StanzaError(.notAcceptable, text: objection)
        }
        // XEP-0257 §6: who has a certificate need not know the password.
        let hasCertificate = await session.connection()?.certificate != nil
        if policy.asksForPassword || hasCertificate {
            guard let old = form?["old_password"] else {
                throw IQRefusal(
                    StanzaError(.notAuthorized, kind: .modify, text: "Your present password is needed."),
                    payload: Self.form(
                        Self.passwordForm, "Change your password",
                        [
                            .init("old_password", kind: .textPrivate, label: "Present password", isRequired: true),
                            .init("password", kind: .textPrivate, label: "New password", isRequired: true),
                        ]))
            }
            try await confirm(old)
        }
        do {
            try await server.setPassword(password, of: account)
        } catch is JIDError {
            // RFC 8265 §4.2: not every string is a password.
            throw StanzaError(.notAcceptable, text: "The password has characters that are not allowed.")
        }
        guard server.configuration.registration.endsSessionsOnPasswordChange else { return }
        server.endSessions(of: account, except: session, ServerCore.passwordChanged)
    }

    private func checkName(_ username: String) throws(StanzaError) {
        // A form may well hold the whole address (XEP-0077, example 16).
        let named = (try? JID(local: username, domain: account.domain)) ?? (try? JID(username))
        guard named == account else { throw StanzaError(.notAllowed, text: "This is not your account.") }
    }

    /// XEP-0077 §3.3: whether the channel is safe enough.
    private func checkChannel() async throws {
        guard policy.requiresTLS, await session.connection()?.isSecure != true else { return }
        throw StanzaError(.notAuthorized, kind: .modify, text: "This needs an encrypted connection.")
    }

    private func confirm(_ password: String) async throws {
        guard try await server.confirms(password, of: account) else {
            throw StanzaError(.notAuthorized, kind: .auth, text: "The password is wrong.")
        }
    }

    private static func form(_ type: String, _ title: String, _ fields: [DataForm.Field]) -> XMLElement {
        Registration(
            form: DataForm(
                .form, formType: type, title: title,
                fields: [.init("username", kind: .textSingle, label: "User name", isRequired: true)] + fields)
        ).element
    }
}
