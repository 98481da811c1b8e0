//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

internal import Synchronization
internal import XMPPCore
internal import XMPPStorage
internal import XMPPXML

/// What sessions of one account have missed while the server was dead: who was to be given which message of the archive, and
/// who has ended since. Nothing is read before it is needed.
final class Backlog: Sendable {
    private struct Ended {
        let number: Int
        let position: ArchivePosition
    }

    private let sessions: [Int64: Entitlement]
    private let all: [Entitlement]
    private let ended = Mutex<[Int64: Ended]>([:])

    /// All sessions of the account that could be resumed when the server started.
    init(_ stored: [StoredSession]) {
        let pairs = stored.compactMap { session in (try? Entitlement(session)).map { (session.key, $0) } }
        sessions = Dictionary(pairs) { first, _ in first }
        all = pairs.map(\.1)
    }

    /// Before this value of the archive's clock a session has missed nothing; nil if nothing is known of it.
    func start(of key: Int64) -> Int64? { sessions[key]?.start }

    /// What a session is to be given of a message; nil if nothing. `key`: its number in the store.
    func entry(_ message: StoredArchiveEntry, for key: Int64) -> OutboundQueue.Entry? {
        guard let own = sessions[key], !own.isPast(message.id), own.mayBeGiven(isOutgoing: message.isOutgoing),
            let stanza = try? Stanza(XMLElement(parsing: message.stanza)),
            let form = own.form(of: stanza, message.id, isOutgoing: message.isOutgoing, among: all)
        else { return nil }
        var entry = OutboundQueue.Entry(
            stanza: form.stanza(
                stanza.archived(message.id, by: own.jid.bare), isOutgoing: message.isOutgoing, for: own.jid),
            isStored: message.isOutgoing, archiveID: message.id, arrived: message.id.milliseconds)
        if !message.isOutgoing { entry.shared = shared(stanza, message.id, of: key) }
        return entry
    }

    private func shared(_ stanza: Stanza, _ id: ArchiveID, of key: Int64) -> SharedDelivery? {
        var holders: [Int64] = []
        for (other, session) in sessions
        where other != key && session.form(of: stanza, id, isOutgoing: false, among: all) != nil {
            if session.hasHad(id) { return .taken }
            if !session.isPast(id) { holders.append(other) }
        }
        return holders.isEmpty ? nil : SharedDelivery(MissedDelivery(backlog: self, key: key, id: id, others: holders))
    }

    /// A session has ended; its client had come so far.
    func end(_ key: Int64, at position: ArchivePosition) {
        ended.withLock { ended in
            guard ended[key] == nil else { return }
            ended[key] = Ended(number: ended.count, position: position)
        }
    }

    /// A session does not come back.
    func giveUp(_ stored: StoredSession) {
        end(stored.key, at: ArchivePosition(stored.counters.position, recent: stored.counters.recent))
    }

    /// Whether a session that has ended was the last one to have a message to give, and none has had it.
    fileprivate func isLast(_ delivery: MissedDelivery) -> Bool {
        ended.withLock { ended in
            guard let own = ended[delivery.key] else { return false }
            return delivery.others.allSatisfy { other in
                guard let other = ended[other], other.number < own.number else { return false }
                return !other.position.includes(delivery.id)
            }
        }
    }
}

/// A message that several sessions of an account have missed.
struct MissedDelivery: Sendable {
    let backlog: Backlog
    /// The session's, and those of the others.
    let key: Int64
    let id: ArchiveID
    let others: [Int64]

    /// The session has ended as the last one of them, and none has had it.
    var isLast: Bool { backlog.isLast(self) }

    /// The same for all of them, and none of those that are counted.
    var mark: Int64 { -id.clock }
}
