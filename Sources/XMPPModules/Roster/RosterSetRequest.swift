//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

internal import XMPPCore
internal import XMPPPayloads

/// What a client asks for with a roster set, checked (RFC 6121 §2.3.3, §2.5.3).
enum RosterSetRequest: Sendable, Equatable {
    /// Adds the contact, or gives it this name and these groups.
    case set(JID, name: String?, groups: [String])
    case remove(JID)

    /// Most octets of a name or of a group: as many as a part of an address may have.
    static let maximumLength = 1023
    /// Most octets of a name and all groups together: a full roster stays a matter of megabytes, in the store and in
    /// memory.
    static let maximumSum = 4096

    /// - Throws: the errors of RFC 6121 §2.3.3 and §2.5.3, each with a text that says which rule was broken.
    init(_ query: RosterQuery, of user: JID) throws(StanzaError) {
        guard let item = query.items.first, query.items.count == 1 else {
            throw StanzaError(.badRequest, text: "A change of the roster holds exactly one item.")
        }
        let contact = item.jid.bare
        // Clients say no other subscription than this one; what they say of `ask` and `approved` is no matter.
        if item.subscription == .remove {
            self = .remove(contact)
            return
        }
        guard contact != user else {
            throw StanzaError(.notAllowed, text: "Nobody is a contact of his own.")
        }
        guard Set(item.groups).count == item.groups.count else {
            throw StanzaError(.badRequest, text: "A group is named twice.")
        }
        guard !item.groups.contains("") else {
            throw StanzaError(.notAcceptable, text: "A group has no name.")
        }
        guard item.groups.allSatisfy({ $0.utf8.count <= Self.maximumLength }) else {
            throw StanzaError(.notAcceptable, text: "The name of a group is too long.")
        }
        guard (item.name ?? "").utf8.count <= Self.maximumLength else {
            throw StanzaError(.notAcceptable, text: "The name is too long.")
        }
        let sum = item.groups.reduce((item.name ?? "").utf8.count) { $0 + $1.utf8.count }
        guard sum <= Self.maximumSum else {
            throw StanzaError(.notAcceptable, text: "The name and the groups are too long together.")
        }
        self = .set(contact, name: item.name.flatMap { $0.isEmpty ? nil : $0 }, groups: item.groups)
    }
}
