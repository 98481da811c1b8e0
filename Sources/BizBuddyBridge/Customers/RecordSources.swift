//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

import BizBuddyCore
package import BizBuddyRecords
package import BizBuddyStorage
import XMPPClient
import XMPPCore
import XMPPPayloads

extension CustomerDirectory: RecordSource {
    package var name: String { Self.source }

    package func answer(_ query: RecordQuery) async throws -> RecordAnswer {
        let (records, lookalikes) = try await find(query.addresses.map(\.key), name: query.nickname)
        var answer = RecordAnswer(records: records)
        answer.warnings = lookalikes.map { known in
            known.isAddress
                ? "Careful: this address looks like one of \(known.displayName)'s, customer \(known.customerID), and is another."
                : "Careful: the name looks like that of \(known.displayName), customer \(known.customerID), and is spelled otherwise."
        }
        return answer
    }
}

extension SQLDirectory: RecordSource {
    package func answer(_ query: RecordQuery) async throws -> RecordAnswer {
        RecordAnswer(records: try await lookup(query.addresses))
    }
}

extension CanonicalAddress {
    /// Who stands behind an address: at a gateway, the name in the other network that is escaped in its local part
    /// (XEP-0106).
    init(_ customer: CustomerAddress, gateways: [String: String]) {
        guard let jid = try? JID(customer.rawValue), let local = jid.local, let scheme = gateways[jid.domain],
            let foreign = CanonicalAddress(scheme: scheme, value: JID.unescapedLocal(local))
        else {
            self.init(customer)
            return
        }
        self = foreign
    }
}

/// Customers' own cards (XEP-0054).
extension BridgeCore {
    /// Asks for the card of who has just written.
    mutating func askForCard(_ conversation: Conversation, _ turn: inout Turn) {
        guard configuration.asksForCards, let from = try? JID(conversation.contact.rawValue),
            let to = try? JID(conversation.customer.rawValue)
        else { return }
        let request = Stanza(.iq, .get, id: freshID(), from: from, to: to) {
            XMLElement("vCard", VCard.namespace)
        }
        requests.register(
            request, for: .card(conversation.id), deadline: turn.now.milliseconds + Self.requestTimeout)
        turn.send(request)
    }

    /// What a card says, as a record that nobody vouches for.
    static func record(ofCard card: XMLElement?) -> CustomerRecord? {
        guard let card, card.isNamed("vCard", VCard.namespace) else { return nil }
        func text(_ path: String...) -> String {
            path.reduce(Optional(card)) { $0?.child($1, VCard.namespace) }?.text ?? ""
        }
        return CardSource.record(
            name: text("FN"),
            fields: [
                ("nickname", "Nickname, as claimed", text("NICKNAME")),
                ("email", "Mail, as claimed", text("EMAIL", "USERID")),
                ("telephone", "Telephone, as claimed", text("TEL", "NUMBER")),
                ("organisation", "Company, as claimed", text("ORG", "ORGNAME")),
            ])
    }
}
