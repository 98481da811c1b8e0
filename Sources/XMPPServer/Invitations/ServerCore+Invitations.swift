//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

package import XMPPCore
package import XMPPStorage

/// An invitation to hand on. This is the only time that its token is known.
package struct IssuedInvitation: Sendable, Equatable {
    package let link: InvitationLink
    /// The web page for who has no client yet, if there is one.
    package let page: String?
    package let expires: Timestamp

    /// Makes the link of an invitation that is stored as `invitation`.
    package init(_ invitation: NewInvitation, token: InvitationToken, page base: String?) throws {
        if let account = invitation.account {
            link = InvitationLink(registering: try JID(account), token: token)
        } else if let inviter = invitation.inviter, invitation.subscribes {
            link = InvitationLink(befriending: try JID(inviter), token: token, registers: invitation.registers)
        } else {
            link = InvitationLink(registering: try JID(invitation.host), token: token)
        }
        page = base.map { [link] in link.page(at: $0) }
        expires = Timestamp(milliseconds: invitation.expires)
    }
}

extension ServerCore {
    /// Invites somebody in an account's name: to be its contact if `subscribes`, and to make an account, a certain one
    /// if that is given, if `registers`.
    ///
    /// - Throws: `StanzaError` that says why not: `conflict`, `resource-constraint`.
    package func invite(
        by inviter: JID, registers: Bool, account: JID? = nil, subscribes: Bool
    ) async throws -> IssuedInvitation {
        let token = InvitationToken()
        let now = Timestamp.now().milliseconds
        let invitation = NewInvitation(
            token: token.digest, host: inviter.domain, inviter: inviter.bareString, account: account?.bareString,
            registers: registers, subscribes: subscribes, created: now,
            expires: now + Int64(configuration.invitations.days) * 24 * 60 * 60 * 1000)
        do {
            try await invitations.add(invitation, limit: configuration.invitations.perInviter)
        } catch .exists {
            throw StanzaError(.conflict, text: "This name is taken.")
        } catch .quotaExceeded {
            throw StanzaError(.resourceConstraint, text: "You have too many open invitations.")
        }
        return try IssuedInvitation(invitation, token: token, page: configuration.invitations.page)
    }
}
