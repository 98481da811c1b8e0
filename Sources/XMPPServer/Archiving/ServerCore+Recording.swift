//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

internal import Synchronization
internal import XMPPCore
internal import XMPPPayloads
internal import XMPPStorage

/// What must be known of a message's sender and recipient, where they are accounts of ours.
struct MessageParties: Sendable {
    var sender: AccountProfile?
    var recipient: AccountProfile?
}

/// How a message goes on.
enum MessagePlan {
    /// It is written first.
    case record(Recording)
    /// It is not written at all. With the sessions of a local account that take it, if there are any.
    case deliver(MessageTargets?)
    /// A dead session's messages come before it, and are not where they belong yet.
    case waitForRedelivery
}

// Which messages are recorded, and where.
extension ServerCore {
    /// The profiles that count for a message; nil if one must be read first. `session`: the client that sends it.
    func parties(of stanza: Stanza, to: JID, from session: SessionHandle?, account: Account?) -> MessageParties? {
        var parties = MessageParties()
        if account != nil || isAccountAddress(to) {
            guard let profile = account?.profile(profiles) ?? profiles.cached(to.bareString) else { return nil }
            parties.recipient = profile
        }
        if hasArchives, let session {
            guard let profile = session.account?.profile(profiles) ?? profiles.cached(session.jid.bareString) else {
                return nil
            }
            if profile.hasArchive { parties.sender = profile }
        }
        return parties
    }

    /// What is to be written of a message before it goes on. Touches nothing.
    func plan(
        for stanza: Stanza, to: JID, from session: SessionHandle?, account: Account?, _ parties: MessageParties
    ) -> MessagePlan {
        guard stanza.type == .normal || stanza.type == .chat, let from = stanza.from,
            let destination = destination(of: to, account: account, stanza)
        else { return .deliver(nil) }
        var waits = false
        var isWrittenAnyway = false
        var takers: MessageTargets?
        switch destination {
        case .account:
            guard let profile = parties.recipient, profile.exists, !refuses(stanza, to: to, profile),
                !isForNobody(stanza, to: to, account)
            else { return .deliver(nil) }
            takers = targets(of: to, account: account, stanza, inTurn: true)
            if takers == nil {
                guard OfflinePolicy.keeps(stanza) else { return .deliver(nil) }
                // A dying session says so before it is gone.
                guard !redeliveries.arePending(to.bareString) else { return .waitForRedelivery }
                waits = true
            } else {
                isWrittenAnyway = isForUnsettled(stanza, to: to, account)
            }
        case .outbox, .acceptance: isWrittenAnyway = true
        case .component, .feature, .remote: break
        }
        var senderArchive: Recording.Archive?
        var recipientArchive: Recording.Archive?
        if hasArchives, ArchivePolicy.stores(stanza),
            isArchived(stanza, from: session == nil ? from : nil, to: takers == nil ? to : nil)
        {
            if let profile = parties.recipient, profile.hasArchive {
                recipientArchive = archive(of: to, profile, with: from, isOutgoing: false)
            }
            // What one sends to oneself is there once.
            if let profile = parties.sender, from.bareString != to.bareString {
                senderArchive = archive(of: from, profile, with: to, isOutgoing: true)
            }
        }
        guard waits || isWrittenAnyway || senderArchive != nil || recipientArchive != nil else {
            return .deliver(takers)
        }
        return .record(
            Recording(
                stanza: stanza, from: from, to: to, session: session, destination: destination,
                senderArchive: senderArchive, recipientArchive: recipientArchive, waits: waits,
                arrived: Timestamp.now().milliseconds))
    }

    private func outbox(of component: String, _ stanza: Stanza) -> Recording.Destination {
        tables.handler(insteadOf: component, stanza).map { .feature($0) } ?? .outbox(component)
    }

    private func destination(of to: JID, account: Account?, _ stanza: Stanza) -> Recording.Destination? {
        if account != nil { return .account }
        if let owner = tables.addresses[to.bareString] {
            return delegations[to.bareString].map { outbox(of: $0, stanza) } ?? .feature(owner)
        }
        let domain = to.domain
        if isHost(domain) { return to.local == nil ? nil : .account }
        if let owner = tables.domains[domain] {
            return tables.acceptances[domain]?(stanza, self).map { .acceptance($0) } ?? .feature(owner)
        }
        if configuration.components[domain]?.isDurable == true { return outbox(of: domain, stanza) }
        if let component = components.connected(domain) { return .component(component) }
        guard configuration.components[domain] == nil else { return nil }
        guard let remote = tables.remote else { return nil }
        guard OfflinePolicy.keeps(stanza), let acceptance = remote.acceptance(of: stanza, self) else {
            return .remote(remote)
        }
        return .acceptance(acceptance)
    }

    /// RFC 6121 §8.5.3.2.1: a message of type normal for a resource that isn't there is refused.
    func isForNobody(_ stanza: Stanza, to: JID, _ account: Account?) -> Bool {
        guard let resource = to.resource, stanza.type != .chat else { return false }
        return account?.session(resource) == nil
    }

    /// The bridge answers for what is said in its conversations, and stores what may be stored of them: agents' archives
    /// hold it only where it says so. What people say to a contact, and it to them, is theirs. `from` and `to` are nil
    /// where they are known to be accounts of ours.
    private func isArchived(_ stanza: Stanza, from: JID?, to: JID?) -> Bool {
        guard isDurableComponent(from) || isDurableComponent(to) else { return true }
        return ArchivePolicy.asks(stanza)
    }

    private func isDurableComponent(_ address: JID?) -> Bool {
        address.map { configuration.components[$0.domain]?.isDurable == true } ?? false
    }

    private func archive(
        of account: JID, _ profile: AccountProfile, with peer: JID, isOutgoing: Bool
    ) -> Recording.Archive? {
        var contact: JID?
        let isWanted = profile.archive.archives(peer.bareString, resource: peer.resource) {
            let isShared = tables.sharedItems(for: account.bare).contains { $0.jid == peer.bare }
            if !isShared { contact = peer.bare }
            return true
        }
        guard isWanted else { return nil }
        return Recording.Archive(
            owner: NewArchiveEntry.Owner(
                account: account.bareString, peer: peer.bareString, resource: peer.resource, isOutgoing: isOutgoing),
            contact: contact)
    }
}

// Writing them.
extension ServerCore {
    /// Writes a message, and in the same transaction how many stanzas its sender has got rid of, delivers it in the order
    /// of the archive, and calls back once, on whatever thread, with what is left to be done then. Calls come back in
    /// the order in which this is called. With `once`
    /// nothing is written or done if a message with that mark has come before.
    func begin(
        _ recording: Recording, once: OnceMark? = nil, mark: HandledMark?,
        completion: @escaping @Sendable (@escaping StanzaPump.Finish) -> Void
    ) {
        let text = String(decoding: recording.stanza.xmlBytes, as: UTF8.self)
        let box = RecordedBox()
        // A stop waits until it is where it belongs: in the queue of a session that outlives the process, perhaps.
        backgroundTasks.begin()
        let isSimple = recording.isForArchivesOnly && once == nil && mark?.isCount != false
        database.submit(bytes: text.utf8.count, isUndoable: !isSimple) { [self] context in
            let recorded = try write(recording, text, once: once, in: context)
            if let row = box.store(recorded) { untoldRows.remove(row) }
            if let row = recorded.row { untoldRows.add(row) }
            try mark?.write(context)
        } completion: { [self] result in
            switch result {
            case .success: mark?.committed()
            case .failure: mark?.failed()
            }
            let recorded = box.value
            if let row = recorded.row {
                if case .success = result { offlineRows.commit(row) }
                untoldRows.remove(row)
            }
            let finish = committed(recording, result.map { recorded })
            completion { [self] in
                guard let work = finish() else {
                    backgroundTasks.finish()
                    return nil
                }
                return { [self] in
                    await work()
                    backgroundTasks.finish()
                }
            }
        }
    }

    /// The same for those who wait.
    func record(_ recording: Recording, once: OnceMark? = nil) async {
        let finish = await withCheckedContinuation { continuation in
            begin(recording, once: once, mark: nil) { continuation.resume(returning: $0) }
        }
        await finish()?()
    }

    /// On the writer's thread.
    func write(
        _ recording: Recording, _ text: String, once: OnceMark? = nil, in context: WriteContext
    ) throws -> Recorded {
        var recorded = Recorded()
        if let once {
            recorded.isDuplicate = try !componentInbox.insertIfNew(
                once.sender, id: once.id, stamp: recording.arrived, in: context)
            if recorded.isDuplicate { return recorded }
        }
        var owners: [NewArchiveEntry.Owner] = []
        if let archive = recording.recipientArchive, try isWanted(archive, in: context) {
            owners.append(archive.owner)
            recorded.isInRecipientsArchive = true
        }
        if let archive = recording.senderArchive, try isWanted(archive, in: context) {
            owners.append(archive.owner)
            recorded.isInSendersArchive = true
        }
        if !owners.isEmpty {
            let result = try archive.append(recording.entry(text, owners), in: context)
            recorded.archiveID = result.id
            if case .duplicate = result {
                recorded.isDuplicate = true
                return recorded
            }
        }
        let stamp = recording.arrived
        if case .outbox(let component) = recording.destination {
            try outbox.append(
                NewOutboxStanza(component: component, address: recording.to.bareString, stanza: text, stamp: stamp),
                in: context)
        }
        if case .acceptance(let acceptance) = recording.destination { try acceptance.write(context) }
        let account = recording.to.bareString
        guard recording.waits else {
            // Who was to take it has gone meanwhile, or would not come back after a crash. Nothing is lost by that, and
            // nothing else may fail here.
            if isForNobodyNow(recording) || isForUnsettled(recording),
                try accountStore.account(account, in: context) != nil
            {
                let content = recorded.recipientsID.map { NewOfflineStanza.Content.archived($0) } ?? .stanza(text)
                recorded.row = try? offline.append(
                    NewOfflineStanza(account: account, content: content, stamp: stamp), in: context)
            }
            return recorded
        }
        guard try accountStore.account(account, in: context) != nil else { throw StorageError.notFound }
        let content = recorded.recipientsID.map { NewOfflineStanza.Content.archived($0) } ?? .stanza(text)
        let waiting = NewOfflineStanza(account: account, content: content, stamp: stamp)
        do throws(StorageError) {
            recorded.row = try offline.append(waiting, in: context)
        } catch {
            // What is in the archive is not lost: whoever reads it finds it.
            guard error == .quotaExceeded, recorded.isInRecipientsArchive else { throw error }
        }
        return recorded
    }

    /// Whether a message that was to be delivered, and is worth keeping, would find nobody.
    private func isForNobodyNow(_ recording: Recording) -> Bool {
        guard case .account = recording.destination, OfflinePolicy.keeps(recording.stanza) else { return false }
        if detours.arePending(recording.to.bareString) { return true }
        guard let account = accounts.online(recording.to) else { return true }
        let resource = recording.to.resource
        return !account.hasTargets(ofResource: resource, orBare: resource == nil || recording.stanza.type == .chat)
    }

    /// Whether a message is for one session that might not come back after a crash.
    private func isForUnsettled(_ recording: Recording) -> Bool {
        guard case .account = recording.destination else { return false }
        return isForUnsettled(recording.stanza, to: recording.to, accounts.online(recording.to))
    }

    private func isForUnsettled(_ stanza: Stanza, to: JID, _ account: Account?) -> Bool {
        guard let account, let resource = to.resource, account.isUnsettled(resource: resource) else { return false }
        return OfflinePolicy.keeps(stanza)
    }

    private func isWanted(_ archive: Recording.Archive, in context: WriteContext) throws -> Bool {
        guard let contact = archive.contact else { return true }
        let item = try rosters.store.item(contact.bareString, of: archive.owner.account, in: context)
        return item.map { RosterItem($0, jid: contact).isVisible } ?? false
    }
}

/// Carries what a write has made of a message from the writer's thread to the loop.
private final class RecordedBox: Sendable {
    private let recorded = Mutex(Recorded())

    /// - Returns: the row that an attempt before this one had, if there was one.
    func store(_ value: Recorded) -> Int64? {
        recorded.withLock { recorded in
            defer { recorded = value }
            return recorded.row
        }
    }

    var value: Recorded { recorded.withLock { $0 } }
}

extension Recording {
    /// The message as archives take it.
    fileprivate func entry(_ text: String, _ owners: [NewArchiveEntry.Owner]) -> NewArchiveEntry {
        let body = stanza.content.child(.body, .clientNamespace)?.text
        return NewArchiveEntry(
            stanza: text, owners: owners, sender: from.bareString, body: body.flatMap { $0.isEmpty ? nil : $0 },
            originID: stanza.child("origin-id", StanzaID.namespace)?["id"], messageID: stanza.id, arrived: arrived,
            retraction: retraction)
    }

    /// XEP-0424 §4: what takes the place of the message that is taken back.
    private var retraction: NewArchiveEntry.Retraction? {
        let namespace = "urn:xmpp:message-retract:1"
        guard let element = stanza.child("retract", namespace), let id = element["id"] else { return nil }
        let tombstone = XMLElement(
            "retracted", namespace, ["id": stanza.id, "stamp": Timestamp(milliseconds: arrived).description])
        return NewArchiveEntry.Retraction(id: id, tombstone: tombstone.xmlString)
    }
}
