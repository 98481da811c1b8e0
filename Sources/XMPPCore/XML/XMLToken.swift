//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

/// A name that is known beforehand, as a small number: a stanza's nodes hold these instead of text, and comparing two
/// of them costs nothing. Names that are not in the table are held as bytes inside the stanza: what a peer invents
/// never grows the table.
package struct XMLToken: Hashable, Sendable {
    /// 1-based place in ``table``; 0 = not a known name.
    package let id: UInt16

    package init(id: UInt16) {
        self.id = id
    }

    package static let unknown = XMLToken(id: 0)
    package static let empty = XMLToken(id: 1)
    package static let message = XMLToken(id: 2)
    package static let presence = XMLToken(id: 3)
    package static let iq = XMLToken(id: 4)
    package static let body = XMLToken(id: 5)
    package static let error = XMLToken(id: 11)
    package static let id = XMLToken(id: 15)
    package static let from = XMLToken(id: 16)
    package static let to = XMLToken(id: 17)
    package static let type = XMLToken(id: 18)
    package static let lang = XMLToken(id: 19)
    package static let r = XMLToken(id: 27)
    package static let a = XMLToken(id: 28)
    package static let stream = XMLToken(id: 46)
    package static let clientNamespace = XMLToken(id: 51)
    package static let serverNamespace = XMLToken(id: 52)
    package static let componentNamespace = XMLToken(id: 53)
    package static let streamsNamespace = XMLToken(id: 54)
    package static let xmlNamespace = XMLToken(id: 62)
    package static let streamManagementNamespace = XMLToken(id: 63)

    /// The known name of these bytes, or ``unknown``.
    package init(_ bytes: UnsafeRawBufferPointer) {
        id = XMLTokenIndex.shared.find(bytes)
    }

    package init(_ string: String) {
        var string = string
        id = string.withUTF8 { XMLTokenIndex.shared.find(UnsafeRawBufferPointer($0)) }
    }

    /// The name's text; empty for an unknown one.
    package var string: String {
        let index = Int(id) - 1
        return index >= 0 && index < XMLTokenIndex.shared.strings.count ? XMLTokenIndex.shared.strings[index] : ""
    }

    /// Calls `body` with the name's bytes.
    @inline(__always)
    func withBytes<R>(_ body: (UnsafeRawBufferPointer) -> R) -> R {
        let index = Int(id) - 1
        guard index >= 0, index < Self.table.count else { return body(UnsafeRawBufferPointer(start: nil, count: 0)) }
        let name = Self.table[index]
        return body(UnsafeRawBufferPointer(start: name.utf8Start, count: name.utf8CodeUnitCount))
    }

    /// Local names and namespaces, in the order of their ids. The first ones have constants above.
    static let table: [StaticString] = [
        "",
        "message",
        "presence",
        "iq",
        "body",
        "subject",
        "thread",
        "show",
        "status",
        "priority",
        "error",
        "query",
        "item",
        "group",
        "id",
        "from",
        "to",
        "type",
        "lang",
        "xmlns",
        "ver",
        "jid",
        "name",
        "subscription",
        "ask",
        "approved",
        "r",
        "a",
        "h",
        "enable",
        "enabled",
        "ping",
        "bind",
        "resource",
        "session",
        "auth",
        "response",
        "challenge",
        "success",
        "failure",
        "starttls",
        "proceed",
        "mechanisms",
        "mechanism",
        "features",
        "stream",
        "x",
        "c",
        "node",
        "hash",
        "jabber:client",
        "jabber:server",
        "jabber:component:accept",
        "http://etherx.jabber.org/streams",
        "urn:ietf:params:xml:ns:xmpp-tls",
        "urn:ietf:params:xml:ns:xmpp-sasl",
        "urn:ietf:params:xml:ns:xmpp-bind",
        "urn:ietf:params:xml:ns:xmpp-session",
        "urn:ietf:params:xml:ns:xmpp-stanzas",
        "urn:ietf:params:xml:ns:xmpp-streams",
        "jabber:iq:roster",
        "http://www.w3.org/XML/1998/namespace",
        "urn:xmpp:sm:3",
        "urn:xmpp:ping",
        "http://jabber.org/protocol/disco#info",
        "http://jabber.org/protocol/disco#items",
        "http://jabber.org/protocol/chatstates",
        "urn:xmpp:receipts",
        "urn:xmpp:delay",
        "jabber:x:data",
        "http://jabber.org/protocol/muc",
        "http://jabber.org/protocol/muc#user",
        "http://jabber.org/protocol/caps",
        "vcard-temp",
        "vcard-temp:x:update",
        "jabber:iq:register",
        "jabber:iq:version",
        "urn:xmpp:time",
        "http://jabber.org/protocol/commands",
        "http://jabber.org/protocol/workgroup",
        "http://jivesoftware.com/protocol/workgroup",
        "urn:xmpp:sid:0",
        "urn:xmpp:hints",
        "urn:xmpp:chat-markers:0",
        "urn:switchboard:presence:1",
        "urn:switchboard:broadcast:1",
        "urn:switchboard:bizbuddy:1",
        "jabber:x:conference",
        "jabber:iq:private",
        "urn:xmpp:carbons:2",
        "urn:xmpp:csi:0",
        "urn:xmpp:sasl-cb:0",
        "http://jabber.org/features/iq-register",
        "urn:xmpp:features:rosterver",
        "jabber:x:oob",
        "jabber:x:delay",
        "http://jabber.org/protocol/pubsub",
        "urn:xmpp:message-correct:0",
        "urn:xmpp:reply:0",
        "urn:xmpp:reactions:0",
        "urn:xmpp:mam:2",
        "http://jabber.org/protocol/nick",
        "active",
        "composing",
        "paused",
        "inactive",
        "gone",
        "request",
        "received",
        "displayed",
        "markable",
        "feature",
        "identity",
        "category",
        "var",
        "value",
        "field",
        "form",
        "instructions",
        "title",
        "option",
        "label",
        "desc",
        "required",
        "delay",
        "stamp",
        "reason",
        "password",
        "username",
        "register",
        "remove",
        "os",
        "version",
        "tzo",
        "utc",
        "command",
        "action",
        "sessionid",
        "actions",
        "next",
        "complete",
        "cancel",
        "note",
        "history",
        "maxchars",
        "maxstanzas",
        "seconds",
        "since",
        "invite",
        "decline",
        "actor",
        "nick",
        "affiliation",
        "role",
        "code",
        "state",
        "stanza-id",
        "origin-id",
        "by",
        "store",
        "no-store",
        "no-copy",
        "no-permanent-store",
        "offer",
        "offer-accept",
        "offer-reject",
        "offer-revoke",
        "join-queue",
        "depart-queue",
        "queue-status",
        "position",
        "time",
        "timeout",
        "metadata",
        "agent-status",
        "max-chats",
        "current-chats",
        "notify-agents",
        "notify-queue",
        "notify-queue-details",
        "department",
        "wait",
        "record",
        "customer",
        "source",
        "match",
        "sender",
        "vCard",
        "FN",
        "N",
        "PHOTO",
        "TYPE",
        "BINVAL",
        "photo",
        "data",
        "text",
        "internal-server-error",
        "service-unavailable",
        "item-not-found",
        "not-allowed",
        "forbidden",
        "bad-request",
        "conflict",
        "feature-not-implemented",
        "not-acceptable",
        "not-authorized",
        "remote-server-not-found",
        "remote-server-timeout",
        "recipient-unavailable",
        "resource-constraint",
        "unexpected-request",
        "subscription-required",
        "jid-malformed",
        "redirect",
        "policy-violation",
        "registration-required",
        "undefined-condition",
        "continue",
        "modify",
        "reply",
        "html",
    ]
}

/// Finds a token by its bytes: an open hash table, made once.
private struct XMLTokenIndex: Sendable {
    static let shared = XMLTokenIndex()

    let strings: [String]
    private let slots: [UInt16]
    private let mask: Int

    private init() {
        strings = XMLToken.table.map { "\($0)" }
        var size = 64
        while size < strings.count * 4 { size *= 2 }
        mask = size - 1
        var slots = [UInt16](repeating: 0, count: size)
        for (index, name) in XMLToken.table.enumerated() {
            let bytes = UnsafeRawBufferPointer(start: name.utf8Start, count: name.utf8CodeUnitCount)
            var slot = Self.hash(bytes) & mask
            while slots[slot] != 0 { slot = (slot + 1) & mask }
            slots[slot] = UInt16(index + 1)
        }
        self.slots = slots
    }

    func find(_ bytes: UnsafeRawBufferPointer) -> UInt16 {
        var slot = Self.hash(bytes) & mask
        while slots[slot] != 0 {
            let name = XMLToken.table[Int(slots[slot]) - 1]
            let known = UnsafeRawBufferPointer(start: name.utf8Start, count: name.utf8CodeUnitCount)
            if known.count == bytes.count, bytes.elementsEqual(known) { return slots[slot] }
            slot = (slot + 1) & mask
        }
        return 0
    }

    /// FNV-1a: the table is fixed, so nobody can choose names that collide with more than its own few.
    private static func hash(_ bytes: UnsafeRawBufferPointer) -> Int {
        var hash: UInt32 = 2_166_136_261
        for byte in bytes { hash = (hash ^ UInt32(byte)) &* 16_777_619 }
        return Int(hash)
    }
}
