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

/// Whoever holds the queue of a resumable session: it is kept small in memory, the rest lies on disk, and nothing is
/// dropped nor the session ended for it. Confined to an event loop.
protocol QueueOwner: AnyObject {
    var server: ServerCore { get }
    var resources: LoopResources { get }
    var outbound: OutboundQueue { get set }
    var resumption: Resumption? { get set }
    /// A part of the queue is on its way to the disk.
    var isSpilling: Bool { get set }
    /// The disk has had its share, or takes nothing: the session has to end.
    func queueIsFull()
}

extension QueueOwner {
    /// To be called when the queue has grown.
    func keepQueueSmall() {
        let limits = server.configuration.limits
        guard let resumption, outbound.bytes > limits.queueMemory || outbound.count > limits.queueStanzas else {
            return
        }
        guard outbound.count <= limits.queueStanzas, outbound.bytes <= limits.unacknowledgedBytes else {
            return queueIsFull()
        }
        guard !isSpilling else { return }
        let overflow = outbound.overflow(keeping: limits.queueMemory / 2)
        guard let last = overflow.last else { return }
        isSpilling = true
        // Whatever becomes of the queue meanwhile: rows up to here are removed with what they hold.
        self.resumption?.storedThrough = max(resumption.storedThrough ?? last.ordinal, last.ordinal)
        let rows = overflow.map { StoredQueueEntry(ordinal: $0.ordinal, $0.entry) }
        let ordinals = overflow.map(\.ordinal)
        let bound = NIOLoopBound<any QueueOwner>(self, eventLoop: resources.loop)
        server.database.submit(bytes: rows.reduce(0) { $0 + $1.stanza.utf8.count }) {
            [store = server.sessions] context in
            try store.enqueue(rows, of: resumption.key, in: context)
        } completion: { [resources, server] result in
            resources.loop.execute {
                let owner = bound.value
                owner.isSpilling = false
                switch result {
                case .success:
                    server.metrics.stanzasSpilled.increment(by: Int64(ordinals.count))
                    owner.outbound.spill(ordinals)
                    owner.keepQueueSmall()
                case .failure(let error):
                    // What comes next tries again, until memory is full.
                    server.log.error("A queue could not be written", metadata: ["error": "\(error)"])
                }
            }
        }
    }
}

extension StoredQueueEntry {
    /// Without the name of what has waited in the offline store, or tells of what was sent: after a crash a queue is made
    /// anew out of what came to the archive while the session was there, and these did not, or not as they stand here.
    init(ordinal: Int64, _ entry: OutboundQueue.Entry) {
        self.init(
            ordinal: ordinal, stanza: String(decoding: entry.stanza.xmlBytes, as: UTF8.self),
            archiveID: entry.isStored ? nil : entry.archiveID, arrived: entry.arrived,
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

    /// A page of what lies on disk of a session's queue, from a place on, without what cannot be read.
    func queuePage(of key: Int64, from ordinal: Int64) async throws -> OutboundQueue.Page {
        let rows = try await sessions.queue(of: key, from: ordinal, limit: Self.queuePage)
        let entries = rows.compactMap { row -> (ordinal: Int64, entry: OutboundQueue.Entry)? in
            do {
                return (row.ordinal, try row.entry())
            } catch {
                log.error("A waiting stanza is not readable", metadata: ["error": "\(error)"])
                return nil
            }
        }
        return OutboundQueue.Page(entries: entries, through: rows.last?.ordinal)
    }
}
