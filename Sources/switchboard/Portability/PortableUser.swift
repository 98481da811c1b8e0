//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

import XMPPCore
import XMPPModules
import XMPPPayloads
import XMPPSASL
import XMPPStorage
import XMPPTLS

/// What XEP-0227 says of one user, in the words of our stores.
enum PortableUser {
    /// Rounds of PBKDF2 that are believed.
    private static let iterations = 1...10_000_000

    // MARK: Credentials

    /// `<scram-credentials/>`; nil for a mechanism that we don't know or keys that are none.
    static func credential(_ element: XMLElement) -> StoredCredential? {
        func text(_ name: String) -> String { element.child(name, PortableFormat.scram)?.text.squeezed ?? "" }
        guard let mechanism = element["mechanism"], let hash = SASLMechanism(rawValue: mechanism)?.hash,
            let count = Int(text("iter-count")), iterations.contains(count),
            var salt = Base64.decode(text("salt")), !salt.isEmpty, var stored = Base64.decode(text("stored-key")),
            var server = Base64.decode(text("server-key"))
        else { return nil }
        // ejabberd (23.01) encodes twice. No key has the length of another in base64.
        if stored.count != hash.digestLength, let salt2 = Base64.decode(utf8: salt),
            let stored2 = Base64.decode(utf8: stored), let server2 = Base64.decode(utf8: server)
        {
            (salt, stored, server) = (salt2, stored2, server2)
        }
        guard stored.count == hash.digestLength, server.count == hash.digestLength, !salt.isEmpty else { return nil }
        return StoredCredential(
            mechanism: mechanism, salt: salt, iterations: count, storedKey: stored, serverKey: server)
    }

    static func element(_ credential: StoredCredential) -> XMLElement {
        func child(_ name: String, _ text: String) -> XMLElement { XMLElement(name, PortableFormat.scram, text: text) }
        return XMLElement("scram-credentials", PortableFormat.scram, ["mechanism": credential.mechanism]) {
            child("iter-count", String(credential.iterations))
            child("salt", Base64.encode(credential.salt))
            child("server-key", Base64.encode(credential.serverKey))
            child("stored-key", Base64.encode(credential.storedKey))
        }
    }

    // MARK: Roster

    /// An item of the roster; nil for one whose address is none.
    static func item(_ element: XMLElement) -> StoredRosterItem? {
        guard let contact = element["jid"].flatMap({ try? JID($0) })?.bare else { return nil }
        let groups = element.children("group", Namespace.roster).map(\.text).filter { !$0.isEmpty }
        return StoredRosterItem(
            contact: contact.bareString, name: element["name"].flatMap { $0.isEmpty ? nil : $0 },
            groups: groups.reduce(into: []) { if !$0.contains($1) { $0.append($1) } },
            subscription: element["subscription"].flatMap { StoredRosterItem.Subscription(rawValue: $0) } ?? .none,
            ask: element["ask"] == "subscribe", approved: ["true", "1"].contains(element["approved"] ?? ""))
    }

    static func element(_ items: [StoredRosterItem]) -> XMLElement {
        // Who has only asked is no part of the roster (RFC 6121 §A.1): the request comes by itself.
        let shown = items.filter {
            !$0.pendingIn || $0.subscription != .none || $0.ask || $0.approved || $0.name != nil || !$0.groups.isEmpty
        }
        return XMLElement("query", Namespace.roster) {
            shown.map { item in
                XMLElement(
                    "item", Namespace.roster,
                    [
                        "jid": item.contact, "name": item.name, "subscription": item.subscription.rawValue,
                        "ask": item.ask ? "subscribe" : nil, "approved": item.approved ? "true" : nil,
                    ]
                ) { item.groups.map { XMLElement("group", Namespace.roster, text: $0) } }
            }
        }
    }

    // MARK: Block list

    /// Addresses on a block list (XEP-0191), or that the default privacy list denies everything (XEP-0016).
    static func blocked(_ element: XMLElement) -> [String] {
        var addresses: [String?] = []
        if element.isNamed("blocklist", PortableFormat.blocking) {
            addresses = element.children("item", PortableFormat.blocking).map { $0["jid"] }
        } else if let name = element.child("default", PortableFormat.privacy)?["name"] {
            let list = element.children("list", PortableFormat.privacy).first { $0["name"] == name }
            addresses = (list?.children("item", PortableFormat.privacy) ?? []).filter {
                $0["type"] == "jid" && $0["action"] == "deny" && $0.firstChild == nil
            }.map { $0["value"] }
        }
        return addresses.compactMap { $0.flatMap { try? JID($0) }?.description }
    }

    /// The block list as XEP-0191 has it, and as a privacy list for servers that know only these.
    static func elements(blocked: [String]) -> [XMLElement] {
        guard !blocked.isEmpty else { return [] }
        let list = XMLElement("list", PortableFormat.privacy, ["name": "blocked"]) {
            blocked.enumerated().map { index, address in
                XMLElement(
                    "item", PortableFormat.privacy,
                    ["type": "jid", "value": address, "action": "deny", "order": String(index + 1)])
            }
            [XMLElement("item", PortableFormat.privacy, ["action": "allow", "order": String(blocked.count + 1)])]
        }
        return [
            XMLElement("blocklist", PortableFormat.blocking) {
                blocked.map { XMLElement("item", PortableFormat.blocking, ["jid": $0]) }
            },
            XMLElement("query", PortableFormat.privacy) {
                XMLElement("default", PortableFormat.privacy, ["name": "blocked"])
                list
            },
        ]
    }

    // MARK: Messages

    /// A waiting message and, where it says that an archive holds it as well, since when that is so.
    struct Waiting {
        var stanza: NewOfflineStanza
        /// In milliseconds since 1970.
        var archived: Int64?
    }

    /// A waiting message with the time it came; nil for what is no message for anybody.
    static func offline(_ element: XMLElement, for account: JID, now: Int64) -> Waiting? {
        guard let stanza = try? Stanza(element), stanza.kind == .message, stanza.from != nil else { return nil }
        let stamps = element.children("delay", DelayedDelivery.namespace).compactMap { try? DelayedDelivery($0) }
        // Whoever delivers it says anew since when it has waited. The last is that of who has kept it.
        let own = stamps.last { $0.from == account.domainJID } ?? stamps.last { $0.from == nil }
        let rest = element.removingChildren { child in
            if isOfArchive(child, of: account) { return true }
            guard let delay = try? DelayedDelivery(child) else { return false }
            return delay == own
        }
        var message = rest
        if message["to"] == nil { message = message.with(attribute: "to", account.bareString) }
        let stamp = own?.stamp.milliseconds ?? now
        let name = element.children("stanza-id", StanzaID.namespace).first { $0["by"] == account.bareString }
        // Our own names tell the time to the millisecond.
        let archived = name.map { $0["id"].flatMap { ArchiveID($0) }?.milliseconds ?? stamp }
        let waiting = NewOfflineStanza(
            account: account.bareString, content: .stanza(message.xmlString), stamp: stamp, isLeft: true)
        return Waiting(stanza: waiting, archived: archived)
    }

    /// A waiting message, with its name in the archive if it is there (XEP-0359): then it is one message, not two.
    static func element(_ row: StoredOfflineStanza, message: XMLElement, of account: JID) -> XMLElement {
        let delay = DelayedDelivery(stamp: Timestamp(milliseconds: row.stamp), from: account.domainJID)
        let delayed = message.adding(delay.element)
        guard let id = row.archiveID else { return delayed }
        return delayed.adding(StanzaID(id.description, by: account).element)
    }

    /// A message of the archive (XEP-0313 `<result/>`); nil without a message, its addresses or its time.
    static func archived(_ result: XMLElement, of account: JID) -> NewArchiveEntry? {
        guard let forwarded = result.child("forwarded", PortableFormat.forward),
            let stamp = forwarded.child("delay", DelayedDelivery.namespace).flatMap({ try? DelayedDelivery($0) })?
                .stamp,
            let message = forwarded.child("message", Namespace.client), let stanza = try? Stanza(message),
            let from = stanza.from
        else { return nil }
        let to = stanza.to ?? account
        let isOutgoing = from.bareString == account.bareString
        guard isOutgoing || to.bareString == account.bareString else { return nil }
        let peer = isOutgoing ? to : from
        let content = message.removingChildren { isOfArchive($0, of: account) }
        let body = content.child("body", Namespace.client)?.text
        return NewArchiveEntry(
            stanza: content.xmlString,
            owners: [
                NewArchiveEntry.Owner(
                    account: account.bareString, peer: peer.bareString, resource: peer.resource,
                    isOutgoing: isOutgoing)
            ],
            sender: from.bareString, body: body.flatMap { $0.isEmpty ? nil : $0 },
            originID: content.child("origin-id", StanzaID.namespace)?["id"], messageID: stanza.id,
            arrived: stamp.milliseconds)
    }

    /// Whom messages are archived with (XEP-0441); nil for what says nothing of that.
    static func preferences(_ element: XMLElement) -> ArchivePreferences? {
        guard let told = try? MAM.Preferences(element),
            let fallback = told.default.flatMap({ ArchivePreferences.Default(rawValue: $0.rawValue) }),
            max(told.always.count, told.never.count) <= ArchiveModule.preferredAddresses
        else { return nil }
        return ArchivePreferences(
            default: fallback, always: Set(told.always.map(\.description)), never: Set(told.never.map(\.description)))
    }

    static func element(_ preferences: ArchivePreferences) -> XMLElement {
        preferences.payload.element
    }

    /// Names that the other server's archive gave: they mean nothing here.
    private static func isOfArchive(_ element: XMLElement, of account: JID) -> Bool {
        let isName = element.isNamed("stanza-id", "urn:xmpp:sid:0") || element.isNamed("archived", "urn:xmpp:mam:tmp")
        return isName && element["by"] == account.bareString
    }

    static func element(_ entry: StoredArchiveEntry, message: XMLElement) -> XMLElement {
        XMLElement("result", PortableFormat.messageArchive, ["id": entry.id.description]) {
            XMLElement("forwarded", PortableFormat.forward) {
                DelayedDelivery(stamp: Timestamp(milliseconds: entry.id.milliseconds)).element
                message
            }
        }
    }
}

extension String {
    /// Without white space: base64 may be wrapped.
    fileprivate var squeezed: String { filter { !$0.isWhitespace } }
}
