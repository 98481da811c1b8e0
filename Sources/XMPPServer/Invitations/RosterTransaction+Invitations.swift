//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

internal import XMPPCore
internal import XMPPPayloads
internal import XMPPStorage

/// Contacts by invitation (XEP-0379, XEP-0401).
extension RosterTransaction {
    /// Takes a request that brings a token of the account's invitations: it is granted, and answered with one of the
    /// account's own, without anybody being asked (XEP-0379 §3.4).
    ///
    /// - Returns: false if there is no token or it is none: the request then goes its usual way (XEP-0379 §4.1).
    mutating func befriend(_ request: Stanza, account: JID, contact: JID) throws -> Bool {
        guard let element = request.child("preauth", Preauthentication.namespace),
            let token = InvitationToken((try? Preauthentication(element))?.token ?? ""),
            let found = try server.invitations.find(
                token: token.digest, at: Timestamp.now().milliseconds, in: context),
            found.invitation.inviter == account.bareString, found.invitation.subscribes,
            // One for a certain newcomer is nobody else's (XEP-0379 §5.2).
            found.invitation.account == nil || found.invitation.account == contact.bareString,
            try service.store.count(account.bareString, in: context) < service.limit,
            try server.invitations.redeem(found.id, in: context)
        else { return false }
        let isOurs = server.isAccountAddress(contact)
        try subscribe(account, contact, groups: found.invitation.groups) { state in
            state.from = true
            // A stranger is asked; that he let himself be invited is his server's to know.
            if isOurs { state.to = true } else { state.pendingOut = !state.to }
        }
        try forward(Stanza(.presence, .subscribed, id: request.id, from: account, to: contact))
        effects.append(.showPresence(of: account, to: contact))
        if isOurs {
            try subscribe(contact, account) { $0 = SubscriptionState(.both) }
            effects.append(.showPresence(of: contact, to: account))
        } else {
            try forward(Stanza(.presence, .subscribe, from: account, to: contact))
        }
        return true
    }

    /// Makes a newcomer and who invited him contacts of each other (XEP-0401 §3.3).
    mutating func befriend(newcomer: JID, inviter: JID, groups: [String]) throws {
        guard try service.store.count(inviter.bareString, in: context) < service.limit else { return }
        try subscribe(inviter, newcomer, groups: groups) { $0 = SubscriptionState(.both) }
        try subscribe(newcomer, inviter) { $0 = SubscriptionState(.both) }
        effects.append(.showPresence(of: inviter, to: newcomer))
    }

    /// Changes the state of a contact that an account may not have yet; one of the configuration stays as it is.
    private mutating func subscribe(
        _ account: JID, _ contact: JID, groups: [String] = [], _ change: (inout SubscriptionState) -> Void
    ) throws {
        guard shared(account).items[contact] == nil else { return }
        let known = try item(contact, of: account)
        var item = known ?? StoredRosterItem(contact: contact.bareString)
        var state = item.state
        change(&state)
        item.state = SubscriptionState(
            state.subscription, pendingOut: state.pendingOut, pendingIn: state.pendingIn, approved: state.approved)
        if known == nil || item.name == nil { item.groups = groups }
        try put(item, contact: contact, of: account, isPushed: true)
    }
}
