//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

import XMPPCore

/// Queues of people waiting to be served, and the agents who serve them (XEP-0142 Workgroup Queues).
///
/// Numbers are read as non-negative, although the schema has them positive: the last in line before service is at
/// position 0, and agents without a chat have 0 of them (XEP-0142 §4.1.3, §4.2.1).
package enum Workgroup {
    package static let namespace = "http://jabber.org/protocol/workgroup"
    /// What the Fastpath service and its clients add, and older XMPP desks expect.
    package static let fastpathNamespace = "http://jivesoftware.com/protocol/workgroup"
    /// The form in a workgroup's disco#info (XEP-0142 §5).
    package static let infoFormType = "http://jabber.org/protocol/workgroup#workgroupinfo"

    static func number(_ name: String, _ value: Int?) -> XMLElement? {
        value.map { XMLElement(name, namespace, text: String($0)) }
    }

    /// A moment as the XEP's examples have it (`20050208T10:00:00`, in UTC), not as its words demand: the clients there are
    /// read nothing else, and drop the whole presence for the other (Smack 4.4).
    static func time(_ name: String, _ value: Timestamp?) -> XMLElement? {
        value.map { value in
            let text = value.description.prefix { $0 != "." && $0 != "Z" }
            return XMLElement(name, namespace, text: text.filter { $0 != "-" })
        }
    }

    /// A moment in the format the XEP demands (XEP-0082 §4), or in the one of its examples.
    static func time(_ name: String, in element: XMLElement) throws(PayloadError) -> Timestamp? {
        guard let text = element.child(name, namespace)?.trimmedText else { return nil }
        if let timestamp = Timestamp(text) { return timestamp }
        if text.utf8.count == 17, let timestamp = Timestamp(dashed(text) + "Z") { return timestamp }
        throw PayloadError(name, "no date and time")
    }

    /// `CCYYMMDD…` as `CCYY-MM-DD…`
    private static func dashed(_ text: String) -> String {
        "\(text.prefix(4))-\(text.dropFirst(4).prefix(2))-\(text.dropFirst(6))"
    }
}
