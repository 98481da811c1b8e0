//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

internal import Logging
internal import XMPPCore
internal import XMPPPayloads
internal import XMPPSASL
internal import XMPPStorage

/// What a stream that has not logged in has shown so far.
struct StreamRegistration: Sendable {
    /// The invitation it brought; counted as used only when it has made an account of it (XEP-0445 §3).
    var invitation: StoredInvitation?
    /// Wrong tokens, and names that were taken.
    var failures = 0
}

extension ServerCore {
    /// What becomes of an iq before log-in.
    struct RegistrationOutcome: Sendable {
        var reply: Stanza
        var stream: StreamRegistration
        /// It has tried too often: the stream ends.
        var isOver: Bool { stream.failures >= InvitationToken.failuresPerStream }
    }

    /// Answers an iq of in-band registration that comes before log-in (XEP-0077 §3.1, XEP-0445 §3).
    func register(
        _ request: Stanza, host: String, address: String, stream: StreamRegistration
    ) async -> RegistrationOutcome {
        var stream = stream
        let reply: Stanza
        do {
            guard let payload = request.payload else { throw StanzaError(.badRequest) }
            if payload.isNamed("preauth", Preauthentication.namespace) {
                stream.invitation = try await invitation(payload, host: host, address: address, &stream)
                reply = Stanza(.iq, .result, id: request.id, from: try? JID(host))
            } else {
                guard stream.invitation != nil || configuration.allowsRegistration(host) else {
                    throw StanzaError(.notAllowed, text: "Accounts are made by invitation here.")
                }
                let query = try Registration(payload)
                if request.type == .set {
                    try await register(query, host: host, address: address, &stream)
                    reply = Stanza(.iq, .result, id: request.id)
                } else {
                    reply = Stanza(.iq, .result, id: request.id, from: try? JID(host)) {
                        Self.registrationForm(stream.invitation?.invitation).element
                    }
                }
            }
        } catch {
            let refusal = registrationError(error)
            reply = Stanza(.iq, .error, id: request.id) { refusal.element }
        }
        return RegistrationOutcome(reply: reply, stream: stream)
    }

    /// The invitation that a token stands for. Whatever is wrong with it, the answer is the same.
    private func invitation(
        _ payload: XMLElement, host: String, address: String, _ stream: inout StreamRegistration
    ) async throws -> StoredInvitation {
        guard configuration.invitations.isEnabled else { throw StanzaError(.serviceUnavailable) }
        guard wrongTokens.hasRoom(address) else { throw StanzaError(.resourceConstraint, text: "Too many attempts.") }
        let text = try Preauthentication(payload).token
        if let token = InvitationToken(text),
            let found = try await invitations.find(token: token.digest, at: Timestamp.now().milliseconds),
            found.invitation.registers, found.invitation.host == host
        {
            return found
        }
        fail(address, &stream)
        throw StanzaError(.itemNotFound, text: "The token is invalid or has expired.")
    }

    /// Counts what looks like guessing.
    private func fail(_ address: String, _ stream: inout StreamRegistration) {
        stream.failures += 1
        _ = wrongTokens.allows(address)
    }

    /// The fields, and the same as a form (XEP-0077 §4); a name that is fixed is filled in.
    private static func registrationForm(_ invitation: NewInvitation?) -> Registration {
        let instructions =
            invitation == nil ? "Choose a user name and a password." : "You are invited: choose a password."
        let name = invitation?.account.flatMap { try? JID($0) }?.local ?? ""
        return Registration(
            instructions: instructions, fields: [.init(.username, name), .init(.password)],
            form: DataForm(
                .form, formType: Registration.namespace, instructions: [instructions],
                fields: [
                    .init(
                        "username", kind: .textSingle, label: "User name", isRequired: true,
                        values: name.isEmpty ? [] : [name]),
                    .init("password", kind: .textPrivate, label: "Password", isRequired: true),
                ]))
    }

    private func register(
        _ query: Registration, host: String, address: String, _ stream: inout StreamRegistration
    ) async throws {
        guard !query.isRemoval else { throw StanzaError(.unexpectedRequest, text: "Log in to remove your account.") }
        let (username, password) = try Self.nameAndPassword(query)
        let account: JID
        do {
            account = try JID(local: username, domain: host)
        } catch {
            throw StanzaError(.jidMalformed, text: "The user name is not acceptable: \(error).")
        }
        let invitation = stream.invitation?.invitation
        if let wanted = invitation?.account, wanted != account.bareString {
            throw StanzaError(.notAcceptable, text: "This invitation is for another name.")
        }
        if let objection = configuration.registration.objection(to: password, of: account) {
            throw StanzaError(.notAcceptable, text: objection)
        }
        if invitation == nil {
            guard registrations.allows(address) else {
                throw StanzaError(.resourceConstraint, text: "Too many accounts.")
            }
        }
        do {
            // Whoever was removed a moment ago may still be connected.
            guard tables.addresses[account.bareString] == nil, accounts.online(account) == nil,
                !SASLVisitors.isVisitor(account.local ?? "")
            else { throw StorageError.exists }
            try await createAccount(account, password: password, invitation: stream.invitation)
            stream.invitation = nil
        } catch StorageError.exists {
            if invitation != nil { fail(address, &stream) }
            throw StanzaError(.conflict)
        }
    }

    private static func nameAndPassword(_ query: Registration) throws(StanzaError) -> (String, String) {
        let isForm = query.form?.kind == .submit
        let username = isForm ? query.form?["username"] : query[.username]
        let password = isForm ? query.form?["password"] : query[.password]
        if isForm, let type = query.form?.formType, type != Registration.namespace {
            throw StanzaError(.badRequest, text: "This is another form.")
        }
        guard let username, let password, !username.isEmpty, !password.isEmpty else {
            throw StanzaError(.notAcceptable, text: "A user name and a password are needed.")
        }
        return (username, password)
    }

    /// Makes an account that its owner asks for, all of it or nothing: the invitation is used up, and its inviter
    /// becomes a contact if it says so.
    ///
    /// - Throws: `StorageError.exists` also for a name that is kept for somebody else.
    private func createAccount(_ account: JID, password: String, invitation: StoredInvitation?) async throws {
        let credentials = try await storedCredentials(password: password)
        let now = Timestamp.now().milliseconds
        let effects = try await rosters.commit(self) { [invitations, accountStore] transaction in
            let context = transaction.context
            if let invitation, try !invitations.redeem(invitation.id, in: context) {
                throw StanzaError(.itemNotFound, text: "The invitation has been used.")
            }
            guard try !invitations.isReserved(account.bareString, exceptBy: invitation?.id, at: now, in: context) else {
                throw StorageError.exists
            }
            try accountStore.create(account.bareString, credentials: credentials, created: now, in: context)
            guard let invitation = invitation?.invitation, invitation.subscribes, let text = invitation.inviter,
                let inviter = try? JID(text), inviter != account
            else { return }
            try transaction.befriend(newcomer: account, inviter: inviter, groups: invitation.groups)
        }
        profiles.invalidate(account.bareString)
        await perform(effects)
        log.info(
            "Account created",
            metadata: ["account": "\(account)", "invited-by": "\(invitation?.invitation.inviter ?? "-")"])
    }

    private func registrationError(_ error: any Error) -> StanzaError {
        switch error {
        case let error as StanzaError: return error
        case let error as PayloadError: return error.stanzaError
        case is JIDError:
            return StanzaError(.jidMalformed, text: "The password has characters that are not allowed.")
        case is HashingPool.Overloaded, StorageError.overloaded: return StanzaError(.resourceConstraint)
        default:
            log.error("An account could not be made", metadata: ["error": "\(error)"])
            return StanzaError(.internalServerError)
        }
    }
}
