//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

internal import XMPPCore
internal import XMPPStorage

/// What follows from a change of subscriptions once it is committed.
enum SubscriptionEffect: Sendable {
    /// A subscription stanza goes to an address that is no account of ours.
    case route(Stanza)
    /// One that was written with the change goes to another server.
    case send(Acceptance)
    /// An account's clients are told something that its roster doesn't show.
    case tell(Stanza, account: JID)
    /// The contact gets the account's current presence.
    case showPresence(of: JID, to: JID)
    /// The contact no longer sees the account's presence.
    case hidePresence(of: JID, from: JID)
}

/// Changes of rosters inside one transaction of the store. Runs on the store's writer.
struct RosterTransaction {
    /// More than this of a request is not kept: its bytes without what a client put into it.
    static let keptRequestBytes = 8192

    let context: WriteContext
    let service: RosterService
    let server: ServerCore
    private(set) var changes: [RosterChange] = []
    var effects: [SubscriptionEffect] = []
    private var sharedContacts: [JID: SharedContacts] = [:]

    init(context: WriteContext, service: RosterService, server: ServerCore) {
        self.context = context
        self.service = service
        self.server = server
    }

    // MARK: Items

    /// Sets what the user may choose of a contact (RFC 6121 §2.3, §2.4).
    mutating func set(_ contact: JID, name: String?, groups: [String], of account: JID) throws {
        let own = shared(account).ownPart(name: name, groups: groups, of: contact)
        var item = try item(contact, of: account)
        if item == nil { try checkRoom(account) }
        item = item ?? StoredRosterItem(contact: contact.bareString)
        guard var item else { return }
        item.name = own.name ?? ""
        item.groups = own.groups
        try put(item, contact: contact, of: account, isPushed: true)
    }

    /// Takes a contact out of a roster and ends the subscriptions in both directions (RFC 6121 §2.5.2).
    mutating func remove(_ contact: JID, of account: JID) throws {
        if shared(account).items[contact] != nil {
            throw StanzaError(.notAllowed, text: "This contact belongs to the company's directory.")
        }
        guard let item = try item(contact, of: account) else { throw StanzaError(.itemNotFound) }
        try delete(contact, of: account, isPushed: true)
        let state = item.state
        if state.to || state.pendingOut {
            try forward(Stanza(.presence, .unsubscribe, from: account, to: contact))
        }
        if state.from || state.pendingIn {
            try forward(Stanza(.presence, .unsubscribed, from: account, to: contact))
        }
        if state.from { effects.append(.hidePresence(of: account, from: contact)) }
    }

    /// Takes an account out of its contacts' rosters and removes it with all that is kept for it (XEP-0077 §3.2).
    /// Throws `StorageError.notFound`.
    mutating func leave(_ account: JID) throws {
        let shared = shared(account).items
        for stored in try service.store.load(account.bareString, in: context).items {
            guard let contact = try? JID(stored.contact), shared[contact] == nil else { continue }
            let state = stored.state
            try sayFarewell(
                account, to: contact, seesContact: state.to || state.pendingOut, isSeen: state.from || state.pendingIn)
        }
        try server.accountStore.delete(account.bareString, in: context)
    }

    /// Tells a contact that an account sees and shows presence no longer.
    mutating func sayFarewell(_ account: JID, to contact: JID, seesContact: Bool, isSeen: Bool) throws {
        if seesContact { try forward(Stanza(.presence, .unsubscribe, from: account, to: contact)) }
        if isSeen { try forward(Stanza(.presence, .unsubscribed, from: account, to: contact)) }
    }

    // MARK: Subscriptions

    /// Takes a subscription stanza that a user of ours sends, both addresses bare.
    mutating func send(_ stanza: Stanza) throws {
        guard let account = stanza.from, let contact = stanza.to else { return }
        guard shared(account).items[contact] == nil else { return answerForShared(stanza, account, contact) }
        let known = try item(contact, of: account)
        var item = known ?? StoredRosterItem(contact: contact.bareString)
        let old = item.state
        let step = SubscriptionMachine.outbound(stanza.type, old)
        if step.state != old {
            if known == nil { try checkRoom(account) }
            item.state = step.state
            try put(item, contact: contact, of: account, isPushed: true)
        }
        guard step.routes else { return }
        try forward(stanza)
        // §3.1.5, §3.2.2
        if step.state.from, !old.from { effects.append(.showPresence(of: account, to: contact)) }
        if old.from, !step.state.from { effects.append(.hidePresence(of: account, from: contact)) }
    }

    /// Takes a subscription stanza for an account of ours, both addresses bare. An account that doesn't exist says
    /// nothing (RFC 6121 §8.5.1).
    mutating func receive(_ stanza: Stanza) throws {
        guard let contact = stanza.from, let account = stanza.to else { return }
        guard try server.accountStore.account(account.bareString, in: context) != nil else { return }
        // XEP-0191 §3.3: nothing of who is blocked reaches the user, and nobody answers for her. What takes rights away
        // counts all the same.
        let isBlocked = try isBlocked(stanza, account)
        if isBlocked, stanza.type == .subscribe || stanza.type == .subscribed { return }
        let isShared = shared(account).items[contact] != nil
        let known = try item(contact, of: account)
        var item = known ?? StoredRosterItem(contact: contact.bareString)
        let old = isShared ? SubscriptionState(.both) : item.state
        if stanza.type == .subscribe, !isShared, !old.from, try befriend(stanza, account: account, contact: contact) {
            return
        }
        let step = SubscriptionMachine.inbound(stanza.type, old)
        if !isShared, step.state != old {
            // Strangers' requests get as much room again as the user's own contacts, so that they cannot fill a roster.
            if known == nil, try service.store.count(account.bareString, in: context) >= 2 * service.limit { return }
            let isSeen = step.state.pendingIn == old.pendingIn || step.state.subscription != old.subscription
            item.state = step.state
            if step.state.pendingIn, !old.pendingIn { item.subscribeStanza = Self.kept(stanza) }
            try put(
                item, contact: contact, of: account, isPushed: isSeen,
                stanza: step.delivers && !isBlocked ? stanza : nil)
        }
        if step.approves {
            // §3.1.3: on the user's behalf.
            try forward(Stanza(.presence, .subscribed, id: stanza.id, from: account, to: contact))
            effects.append(.showPresence(of: account, to: contact))
        }
        // §3.3.3
        if !isShared, stanza.type == .unsubscribe, old.from {
            effects.append(.hidePresence(of: account, from: contact))
        }
    }

    private func isBlocked(_ stanza: Stanza, _ account: JID) throws -> Bool {
        guard let contact = stanza.from else { return false }
        if let profile = server.profiles.cached(account.bareString) {
            return server.refuses(stanza, to: account, profile)
        }
        return try server.blocking.contains(
            anyOf: [contact.bareString, contact.domain], of: account.bareString, in: context)
    }

    /// To the other side: at once if that is an account of ours, after the commit if not. What another server is to
    /// know is written with the change, so that both happen or neither.
    mutating func forward(_ stanza: Stanza) throws {
        guard let to = stanza.to else { return }
        if server.isAccountAddress(to) {
            try receive(stanza)
        } else if let acceptance = try written(stanza, to: to) {
            effects.append(.send(acceptance))
        } else {
            effects.append(.route(stanza))
        }
    }

    /// Nil if it is for nobody else's server, or too much waits for that one.
    private func written(_ stanza: Stanza, to: JID) throws -> Acceptance? {
        guard !server.isOwn(to.domain), let acceptance = server.tables.remote?.acceptance(of: stanza, server) else {
            return nil
        }
        do {
            try acceptance.write(context)
            return acceptance
        } catch StorageError.quotaExceeded {
            return nil
        }
    }

    /// A contact of the configuration is subscribed both ways for good: who asks is told so, nothing else counts.
    private mutating func answerForShared(_ stanza: Stanza, _ account: JID, _ contact: JID) {
        guard stanza.type == .subscribe else { return }
        effects.append(
            .tell(Stanza(.presence, .subscribed, id: stanza.id, from: contact, to: account), account: account))
        if server.isAccountAddress(contact) {
            effects.append(.showPresence(of: contact, to: account))
        } else {
            effects.append(.route(Stanza(.presence, .probe, from: account, to: contact)))
        }
    }

    // MARK: Store

    func item(_ contact: JID, of account: JID) throws -> StoredRosterItem? {
        try service.store.item(contact.bareString, of: account.bareString, in: context)
    }

    mutating func put(
        _ changed: StoredRosterItem, contact: JID, of account: JID, isPushed: Bool, stanza: Stanza? = nil
    ) throws {
        var stored = changed
        if !stored.pendingIn { stored.subscribeStanza = nil }
        var item = RosterItem(stored, jid: contact)
        if item.isVisible {
            // Once in the roster it stays there, whatever becomes of the subscription.
            stored.name = stored.name ?? ""
            item.isListed = true
        } else if !item.pendingIn {
            return try delete(contact, of: account, isPushed: false, stanza: stanza)
        }
        let version = try service.store.apply(
            RosterMutation(account: account.bareString, .put(stored)), in: context)
        changes.append(
            RosterChange(
                account: account, contact: contact, version: version, item: item,
                isPushed: isPushed && item.isVisible, stanza: stanza))
    }

    private mutating func delete(_ contact: JID, of account: JID, isPushed: Bool, stanza: Stanza? = nil) throws {
        let version = try service.store.apply(
            RosterMutation(account: account.bareString, .remove(contact: contact.bareString)), in: context)
        changes.append(
            RosterChange(
                account: account, contact: contact, version: version, item: nil, isPushed: isPushed, stanza: stanza))
    }

    /// Throws if the user's own contacts are as many as allowed already.
    func checkRoom(_ account: JID) throws {
        guard try service.store.count(account.bareString, in: context) >= service.limit else { return }
        // Among them may be strangers who only asked.
        let own = try service.store.load(account.bareString, in: context).items.filter { $0.name != nil }
        guard own.count >= service.limit else { return }
        throw StanzaError(.resourceConstraint, text: "The roster holds as many contacts as are allowed.")
    }

    /// Made once: for a large company that is thousands of contacts, and the store's only writer waits for it.
    mutating func shared(_ account: JID) -> SharedContacts {
        if let known = sharedContacts[account] { return known }
        let contacts =
            server.accounts.online(account)?.roster.shared
            ?? SharedContacts(server.tables.sharedItems(for: account), account: account, isDigested: false)
        sharedContacts[account] = contacts
        return contacts
    }

    /// A request as it is kept until it is answered (RFC 6121 §3.1.3).
    private static func kept(_ stanza: Stanza) -> String {
        let bytes = stanza.xmlBytes
        if bytes.count <= keptRequestBytes { return String(decoding: bytes, as: UTF8.self) }
        let bare = Stanza(.presence, .subscribe, id: stanza.id, from: stanza.from, to: stanza.to)
        return String(decoding: bare.xmlBytes, as: UTF8.self)
    }
}
