//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

internal import XMPPCore
internal import XMPPPayloads

/// What only the server and its services may say: ids and delays in their names (XEP-0359 §5, XEP-0203 §5), the
/// sender of a broadcast, copies of messages (XEP-0280 §11), results of an archive (XEP-0313 §8), what a department or a
/// record has to say, and the marks of components and other servers, which are for the server.
enum ForgedElements {
    /// Where a stanza comes from.
    enum Sender {
        case client
        /// A program of ours: it may say what it likes of departments, and has archives of its own.
        case component
        /// Another server: rooms there have archives, too.
        case server
    }

    /// Whether the stanza holds any. Most do not, and are not touched.
    ///
    /// `isOthers`: whether the address belongs to this server, whatever host or service of it, and not to the sender.
    static func areIn(_ stanza: Stanza, sender: Sender = .client, isOthers: (JID) -> Bool) -> Bool {
        for child in stanza.content.children where isForged(child, stanza, sender, isOthers) { return true }
        return false
    }

    static func removed(from stanza: Stanza, sender: Sender = .client, isOthers: (JID) -> Bool) -> Stanza {
        let content = stanza.content.removingChildren { isForged($0, stanza, sender, isOthers) }
        guard var cleaned = try? Stanza(content, kind: stanza.kind, from: nil, to: stanza.to) else { return stanza }
        cleaned.from = stanza.from
        return cleaned
    }

    private static func isForged(
        _ element: XMLElement, _ stanza: Stanza, _ sender: Sender, _ isOthers: (JID) -> Bool
    ) -> Bool {
        switch element.namespaceToken {
        case .clientNamespace: false
        case stanzaIDs: element.name == "stanza-id" && speaks(element["by"], isOthers)
        case delay: speaks(element["from"], isOthers)
        case broadcast: element.name == "sender"
        case bizBuddy: sender != .component
        case carbons: Carbons.isWrapper(element)
        case archive: element.name == "result" && !mayAnswer(stanza, sender)
        default:
            switch element.name {
            case "sent": element.namespace == componentNamespace || element.namespace == TakenOnce.namespace
            case "archived": element.namespace == earlierArchive && speaks(element["by"], isOthers)
            default: false
            }
        }
    }

    /// Only archives answer, and only the client that has asked them. Those of another server are its rooms' and accounts', never
    /// one of its clients.
    private static func mayAnswer(_ stanza: Stanza, _ sender: Sender) -> Bool {
        guard stanza.to?.resource != nil else { return false }
        return switch sender {
        case .client: false
        case .component: true
        case .server: stanza.from?.resource == nil
        }
    }

    private static func speaks(_ address: String?, _ isOthers: (JID) -> Bool) -> Bool {
        guard let address, let jid = try? JID(address) else { return false }
        return isOthers(jid)
    }

    /// What the server and its components say to each other beyond XEP-0114.
    static let componentNamespace = "urn:switchboard:component:1"

    /// Names of archived messages before there was XEP-0359.
    private static let earlierArchive = "urn:xmpp:mam:tmp"

    private static let stanzaIDs = XMLToken("urn:xmpp:sid:0")
    private static let delay = XMLToken("urn:xmpp:delay")
    private static let carbons = XMLToken(Carbons.namespace)
    private static let broadcast = XMLToken(Broadcast.namespace)
    private static let archive = XMLToken(MAM.namespace)
    private static let bizBuddy = XMLToken(BizBuddyDepartment.namespace)
}
