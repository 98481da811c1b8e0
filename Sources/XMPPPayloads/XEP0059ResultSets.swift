//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

package import XMPPCore

/// What page of a result is wanted (XEP-0059 Result Set Management §2).
package struct ResultSetRequest: Payload, Equatable {
    package static let namespace = "http://jabber.org/protocol/rsm"

    /// Most items; 0 asks for the count only.
    package var maximum: Int?
    /// Only what follows the item of this id.
    package var after: String?
    /// Only what comes before the item of this id, the last of it; empty asks for the last page.
    package var before: String?
    /// The place of the page's first item (§2.6).
    package var index: Int?

    package init(maximum: Int? = nil, after: String? = nil, before: String? = nil, index: Int? = nil) {
        self.maximum = maximum
        self.after = after
        self.before = before
        self.index = index
    }

    package init(_ element: XMLElement) throws(PayloadError) {
        try element.expect("set", Self.namespace)
        maximum = try element.childNumber("max", in: 0...Int(Int32.max))
        after = element.childText("after")
        before = element.childText("before")
        index = try element.childNumber("index", in: 0...Int(Int32.max))
    }

    package var element: XMLElement {
        XMLElement("set", Self.namespace) {
            if let maximum { XMLElement("max", Self.namespace, text: String(maximum)) }
            if let after { XMLElement("after", Self.namespace, text: after) }
            if let before { XMLElement("before", Self.namespace, text: before) }
            if let index { XMLElement("index", Self.namespace, text: String(index)) }
        }
    }
}

/// What page of a result was given (XEP-0059 §2).
package struct ResultSet: Payload, Equatable {
    /// The page's first item; nil if it is empty.
    package var first: String?
    /// The place of the first item in the whole result.
    package var firstIndex: Int?
    /// The page's last item.
    package var last: String?
    /// Items in the whole result.
    package var count: Int?

    package init(first: String? = nil, firstIndex: Int? = nil, last: String? = nil, count: Int? = nil) {
        self.first = first
        self.firstIndex = firstIndex
        self.last = last
        self.count = count
    }

    package init(_ element: XMLElement) throws(PayloadError) {
        try element.expect("set", ResultSetRequest.namespace)
        let first = element.child("first", ResultSetRequest.namespace)
        self.first = first?.text
        firstIndex = try first?.number("index", in: 0...Int(Int32.max))
        last = element.childText("last")
        count = try element.childNumber("count", in: 0...Int(Int32.max))
    }

    package var element: XMLElement {
        let namespace = ResultSetRequest.namespace
        return XMLElement("set", namespace) {
            if let first { XMLElement("first", namespace, ["index": firstIndex.map(String.init)], text: first) }
            if let last { XMLElement("last", namespace, text: last) }
            if let count { XMLElement("count", namespace, text: String(count)) }
        }
    }
}
