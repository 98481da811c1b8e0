//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

internal import XMPPCore
internal import XMPPPayloads
internal import XMPPStorage
internal import XMPPXML

/// What a session was to be given of its account's archive, as far as the store can say (RFC 6121 §8.5, XEP-0280). Pure.
struct Entitlement {
    enum Form {
        case message
        case copy
    }

    let jid: JID
    private let began: Int64
    private let since: Int64
    private let takesMessages: Bool
    private let hasCarbons: Bool
    private let messagesSince: Int64
    private let copiesSince: Int64
    private let position: ArchivePosition

    /// - Throws: if the store holds what is no address or no presence.
    init(_ session: StoredSession) throws {
        jid = try JID(session.account).with(resource: session.resource)
        began = session.began
        since = session.status.since
        let presence = try session.status.presence.map { try Stanza(XMLElement(parsing: $0)) }
        takesMessages = presence.map { ((try? PresencePriority.read($0)) ?? 0) >= 0 } ?? false
        hasCarbons = session.status.hasCarbons
        messagesSince = session.status.messagesSince
        copiesSince = session.status.copiesSince
        position = ArchivePosition(session.counters.position, recent: session.counters.recent)
    }

    /// As what it was given a message; nil if not at all. `sessions`: all of its account that could be resumed.
    ///
    /// A chat for a resource that was not there went to all that took messages (RFC 6121 §8.5.3.2.1). Of one that is gone
    /// nobody knows whether it was there at that time: better that others show what it has had than that nobody does.
    func form(of message: Stanza, _ id: ArchiveID, isOutgoing: Bool, among sessions: [Entitlement]) -> Form? {
        guard let to = message.to else { return nil }
        if !isOutgoing {
            if to == jid { return .message }
            if takesMessages, messagesSince <= id.clock {
                if to.isBare { return .message }
                let wasThere = sessions.contains { $0.jid == to && $0.began <= id.clock }
                if message.type == .chat, !wasThere { return .message }
            }
        }
        guard hasCarbons, copiesSince <= id.clock, message.from != jid,
            CarbonPolicy.copies(message, isOutgoing ? .sent : .received)
        else {
            return nil
        }
        return .copy
    }

    /// Whether it is to be given anything of what its account receives, or sends.
    func mayBeGiven(isOutgoing: Bool) -> Bool { !isOutgoing || hasCarbons }

    /// What comes after this value of the archive's clock, it may be to be given.
    var start: Int64 { position.start }

    /// The client has acknowledged it, or what came after it.
    func isPast(_ id: ArchiveID) -> Bool { position.includes(id) }

    /// The client has had it for certain, if it was to be given it as things are now: the session was there, and was given
    /// messages as it is now. What came before that it is past as well.
    func hasHad(_ id: ArchiveID) -> Bool { max(began, since) <= id.clock && isPast(id) }
}
