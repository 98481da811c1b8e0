//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

internal import CoreMetrics
internal import Logging
internal import NIOCore
internal import XMPPCore
internal import XMPPStorage
internal import XMPPXML

/// Whoever holds the queue of a resumable session: it is kept small in memory, the rest lies on disk, and the session is not
/// ended for it. Confined to an event loop.
protocol QueueOwner: AnyObject {
    var server: ServerCore { get }
    var resources: LoopResources { get }
    var outbound: OutboundQueue { get set }
    var resumption: Resumption? { get set }
    /// A part of the queue is on its way to the disk.
    var isSpilling: Bool { get set }
    var jid: JID? { get }
    /// The client asks for far more than it takes: the session has to end.
    func queueIsFull()
}

extension QueueOwner {
    /// Bytes of a queue that are written at a time, about.
    private static var spilledAtOnce: Int { 4 << 20 }

    /// To be called when the queue has grown.
    func keepQueueSmall() {
        let limits = server.configuration.limits
        guard let resumption, outbound.bytes > limits.queueMemory else { return }
        guard !isOverfull else { return queueIsFull() }
        guard outbound.bytes > outbound.bytesWorthALook else { return }
        if !isSpilling || outbound.bytes > limits.unacknowledgedBytes {
            outbound.leaveToArchive(keeping: limits.queueMemory / 2)
        }
        guard !isStuck else { return queueIsFull() }
        // What cannot leave the memory is not looked through again for every stanza that comes.
        defer { outbound.bytesWorthALook = outbound.bytes + limits.queueMemory / 2 }
        guard !isSpilling else { return }
        if outbound.spilledCount > limits.queueNames, leaveNames(resumption) { return }
        guard outbound.bytes > limits.queueMemory else { return }
        let overflow = outbound.overflow(keeping: limits.queueMemory / 2, atMost: Self.spilledAtOnce)
        let rows = overflow.map { StoredQueueEntry(ordinal: $0.ordinal, $0.entry) }
        let ordinals = overflow.map(\.ordinal)
        write(rows, resumption) { owner in
            owner.server.metrics.stanzasSpilled.increment(by: Int64(ordinals.count))
            owner.outbound.spill(ordinals)
            owner.noteDiskUse()
        }
    }

    /// Names of what the archive holds need not all be in memory, either. False if there are not enough in a row.
    private func leaveNames(_ resumption: Resumption) -> Bool {
        let limit = server.configuration.limits.queueNames
        let names = outbound.listed(atLeast: limit / 10, atMost: max(limit, 1000))
        guard !names.isEmpty else { return false }
        write(names.map { StoredQueueEntry(ordinal: $0.ordinal, $0.spilled) }, resumption) { $0.outbound.leave(names) }
        return true
    }

    /// Writes a part of the queue; `then` happens to whoever owns it, if nothing has gone wrong.
    private func write(
        _ rows: [StoredQueueEntry], _ resumption: Resumption, then: @escaping @Sendable (any QueueOwner) -> Void
    ) {
        guard let last = rows.last?.ordinal else { return }
        isSpilling = true
        // Whatever becomes of the queue meanwhile: rows up to here are removed with what they hold.
        self.resumption?.storedThrough = max(resumption.storedThrough ?? last, last)
        let bound = NIOLoopBound<any QueueOwner>(self, eventLoop: resources.loop)
        server.database.submit(bytes: rows.reduce(0) { $0 + $1.stanza.utf8.count + 64 }) {
            [store = server.sessions] context in
            try store.enqueue(rows, of: resumption.key, in: context)
        } completion: { [resources, server] result in
            resources.loop.execute {
                let owner = bound.value
                owner.isSpilling = false
                switch result {
                case .success:
                    then(owner)
                    owner.outbound.bytesWorthALook = 0
                    owner.keepQueueSmall()
                case .failure(let error):
                    // What comes next tries again; once memory is full it is turned away.
                    server.log.error("A queue could not be written", metadata: ["error": "\(error)"])
                }
            }
        }
    }
}

extension QueueOwner {
    /// Takes note of a message that the session is given; true if the store is to know of that.
    func isEarly(_ entry: OutboundQueue.Entry) -> Bool {
        guard let id = entry.archiveID, entry.row == nil, resumption?.isEarly(id) == true, let jid else { return false }
        // What the account tells its own clients are copies.
        let isCopy = entry.stanza.from?.bareString == jid.bareString
        // What is for its own address it is given whether or not it takes messages.
        guard isCopy || entry.stanza.to != jid else { return false }
        return resumption?.gives(id, isCopy: isCopy) == true
    }
}

extension StoredQueueEntry {
    /// What the archive holds.
    init(ordinal: Int64, _ spilled: OutboundQueue.Spilled) {
        self.init(
            ordinal: ordinal, form: spilled.form, stanza: "", archiveID: spilled.archiveID, arrived: spilled.arrived,
            isStored: spilled.isStored, shared: spilled.shared?.mark)
    }

    /// Without the name of what has waited in the offline store: after a crash a queue is made anew out of what came to the
    /// archive while the session was there, and that came before.
    init(ordinal: Int64, _ entry: OutboundQueue.Entry) {
        self.init(
            ordinal: ordinal, stanza: String(decoding: entry.stanza.xmlBytes, as: UTF8.self),
            archiveID: entry.row == nil ? entry.archiveID : nil, arrived: entry.arrived,
            isStored: entry.isStored && entry.row == nil, shared: entry.shared?.mark)
    }

    /// The entry as it was.
    ///
    /// - Throws: if the row is no stanza.
    func entry() throws -> OutboundQueue.Entry {
        OutboundQueue.Entry(
            stanza: try Stanza(XMLElement(parsing: stanza)), isStored: isStored, archiveID: archiveID, arrived: arrived)
    }
}

extension ServerCore {
    /// Rows of a queue read at a time.
    static let queuePage = 100

    /// Bytes of a queue read at a time, about.
    static let queuePageBytes = 1 << 20

    /// A page of what lies on disk of a session's queue, without what cannot be read. `wanted` is a part of the queue
    /// without a gap; `key` is the session's, if it has one.
    func queuePage(
        of jid: JID, _ key: Int64?, _ wanted: [(ordinal: Int64, spilled: OutboundQueue.Spilled)]
    ) async throws -> OutboundQueue.Page {
        guard var through = wanted.last?.ordinal else { return OutboundQueue.Page(entries: [], through: nil) }
        var rows: [Int64: StoredQueueEntry] = [:]
        if let key, let first = wanted.first(where: { $0.spilled.form == .here }) {
            let found = try await sessions.queue(of: key, from: first.ordinal, limit: wanted.count)
            if found.count == wanted.count, let last = found.last { through = min(through, last.ordinal) }
            for row in found { rows[row.ordinal] = row }
        }
        let page = wanted.prefix { $0.ordinal <= through }
        let ids = page.compactMap { $0.spilled.form == .here ? nil : $0.spilled.archiveID }
        let archived = ids.isEmpty ? [] : try await archive.stanzas(jid.bareString, ids)
        let messages = Dictionary(archived.map { ($0.id, $0) }) { first, _ in first }
        let entries = page.compactMap { ordinal, spilled -> (ordinal: Int64, entry: OutboundQueue.Entry)? in
            do {
                let entry =
                    try spilled.form == .here
                    ? rows[ordinal]?.entry()
                    : spilled.archiveID.flatMap { messages[$0] }.map { try spilled.entry($0, of: jid) }
                return entry.map { (ordinal, $0) }
            } catch {
                log.error("A waiting stanza is not readable", metadata: ["error": "\(error)"])
                return nil
            }
        }
        return OutboundQueue.Page(entries: entries, through: through)
    }
}

extension OutboundQueue.Spilled {
    /// The entry as it was, from the message in the archive.
    ///
    /// - Throws: if that is no stanza.
    func entry(_ message: StoredArchiveEntry, of jid: JID) throws -> OutboundQueue.Entry {
        let stanza = try Stanza(XMLElement(parsing: message.stanza)).archived(message.id, by: jid.bare)
        let form = form == .copied ? Entitlement.Form.copy : .message
        return OutboundQueue.Entry(
            stanza: form.stanza(stanza, isOutgoing: message.isOutgoing, for: jid), isStored: isStored,
            archiveID: message.id, arrived: arrived)
    }
}
