//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

internal import CoreMetrics
internal import XMPPCore
internal import XMPPPayloads

/// What a queue does not take, so that nobody can fill the disk, or end the session, by sending to it.
extension QueueOwner {
    /// Whether the queue takes a stanza; if not, what becomes of that has been seen to. What the archive or the offline store
    /// holds it always does.
    func admits(_ entry: OutboundQueue.Entry) -> Bool {
        guard resumption != nil, entry.row == nil, entry.archiveID == nil || entry.stanza.kind != .message, isFull,
            !isFromServer(entry.stanza)
        else { return true }
        turnAway(entry)
        return false
    }

    /// What the server answers and tells on its own, and on behalf of the account: copies tell of others' messages.
    private func isFromServer(_ stanza: Stanza) -> Bool {
        guard let from = stanza.from else { return true }
        guard from.isDomain && server.isHost(from.domain) || from == jid?.bare else { return false }
        return Carbons.original(of: stanza) == nil
    }

    private var isFull: Bool {
        let limits = server.configuration.limits
        if outbound.count >= limits.queueStanzas || outbound.bytes > limits.unacknowledgedBytes { return true }
        // What is in memory is on its way there.
        if outbound.diskBytes + outbound.bytes > limits.queueDiskBytes + limits.queueMemory { return true }
        guard outbound.diskBytes > 0, let jid else { return false }
        return server.queuedBytes.total(of: jid.bareString) > limits.accountQueueDiskBytes
    }

    /// The client has asked for far more than it takes: what the server answers is turned away from nobody.
    var isOverfull: Bool {
        let limits = server.configuration.limits
        return outbound.diskBytes > 2 * (limits.queueDiskBytes + limits.unacknowledgedBytes)
            || outbound.listedCount > 2 * limits.queueStanzas
    }

    /// Nothing more leaves the memory, because the disk takes nothing, or far too slowly.
    var isStuck: Bool { outbound.bytes > 4 * server.configuration.limits.unacknowledgedBytes }

    /// Presence is told anew later; who sends a message that would be kept, or a request, hears that it did not arrive.
    private func turnAway(_ entry: OutboundQueue.Entry) {
        server.metrics.stanzasTurnedAway.increment()
        guard entry.stanza.kind != .presence else {
            resumption?.needsPresence = true
            return
        }
        guard !entry.isStored, let stanza = entry.original else { return }
        // Others have been given it, too.
        if let shared = entry.shared, !shared.release() { return }
        let error: StanzaError
        switch server.fate(of: stanza) {
        case .kept: error = StanzaError(.resourceConstraint)
        case .refused(let refusal): error = refusal
        case .passing, .forgotten: return
        }
        server.background { [server] in await server.bounce(stanza, error)?() }
    }

    /// To be called when what the queue has on disk has changed.
    func noteDiskUse() {
        guard let resumption, let jid else { return }
        server.queuedBytes.set(outbound.diskBytes, of: resumption.key, jid.bareString)
    }
}
