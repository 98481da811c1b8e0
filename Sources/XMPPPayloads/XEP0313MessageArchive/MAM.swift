//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

package import XMPPCore

/// Message Archive Management (XEP-0313).
package enum MAM {
    package static let namespace = "urn:xmpp:mam:2"
    /// Ids, flipped pages and metadata are understood (XEP-0313 §7).
    package static let extendedFeature = "urn:xmpp:mam:2#extended"
    /// The field `include-groupchat` is understood (XEP-0313 §7).
    package static let groupchatFieldFeature = "urn:xmpp:mam:2#groupchat-field"
    /// Full text search (XEP-0431 §2.1).
    package static let fullTextFeature = "urn:xmpp:fulltext:0"

    /// Fields of the query form (XEP-0313 §4.1).
    package enum Field: String, Sendable, CaseIterable {
        case with
        case start
        case end
        case beforeID = "before-id"
        case afterID = "after-id"
        case ids
        case includesGroupchat = "include-groupchat"
        /// XEP-0431 §3.1
        case fullText = "{urn:xmpp:fulltext:0}fulltext"

        package var kind: DataForm.FieldKind {
            switch self {
            case .with: .jidSingle
            case .ids: .listMulti
            case .includesGroupchat: .boolean
            case .start, .end, .beforeID, .afterID, .fullText: .textSingle
            }
        }
    }

    /// A question to an archive (XEP-0313 §4).
    package struct Query: Payload, Equatable {
        /// Comes back with every result.
        package var queryID: String?
        /// For archives of pubsub nodes.
        package var node: String?
        package var form: DataForm?
        package var page: ResultSetRequest?
        /// The page's newest message is to come first.
        package var flipsPage: Bool

        package init(
            queryID: String? = nil, node: String? = nil, form: DataForm? = nil, page: ResultSetRequest? = nil,
            flipsPage: Bool = false
        ) {
            self.queryID = queryID
            self.node = node
            self.form = form
            self.page = page
            self.flipsPage = flipsPage
        }

        package init(_ element: XMLElement) throws(PayloadError) {
            try element.expect("query", MAM.namespace)
            queryID = element["queryid"]
            node = element["node"]
            form = try element.child("x", DataForm.namespace).map { (x) throws(PayloadError) in try DataForm(x) }
            page = try element.child("set", ResultSetRequest.namespace)
                .map { (set) throws(PayloadError) in try ResultSetRequest(set) }
            flipsPage = element.hasChild("flip-page")
        }

        package var element: XMLElement {
            XMLElement("query", MAM.namespace, ["queryid": queryID, "node": node]) {
                if let form { form.element }
                if let page { page.element }
                if flipsPage { XMLElement("flip-page", MAM.namespace) }
            }
        }
    }

    /// One archived message in an answer (XEP-0313 §4.2).
    package struct Result: Payload, Equatable {
        package var queryID: String?
        /// The message's name in the archive.
        package var id: String
        /// When it was archived.
        package var stamp: Timestamp
        package var message: XMLElement

        package init(queryID: String? = nil, id: String, stamp: Timestamp, message: XMLElement) {
            self.queryID = queryID
            self.id = id
            self.stamp = stamp
            self.message = message
        }

        package init(_ element: XMLElement) throws(PayloadError) {
            try element.expect("result", MAM.namespace)
            queryID = element["queryid"]
            id = try element.required("id")
            guard let forwarded = element.child("forwarded", forwardNamespace),
                let delay = forwarded.child("delay", DelayedDelivery.namespace),
                let message = forwarded.child("message", Namespace.client)
            else { throw PayloadError("result", "no forwarded message") }
            stamp = try DelayedDelivery(delay).stamp
            self.message = message
        }

        package var element: XMLElement {
            XMLElement("result", MAM.namespace, ["queryid": queryID, "id": id]) {
                XMLElement("forwarded", forwardNamespace) {
                    DelayedDelivery(stamp: stamp).element
                    message
                }
            }
        }
    }

    /// The end of an answer (XEP-0313 §4).
    package struct Fin: Payload, Equatable {
        /// Nothing that matches is left beyond the page.
        package var isComplete: Bool
        /// False if the answer may turn out to have been different.
        package var isStable: Bool
        package var page: ResultSet

        package init(isComplete: Bool = false, isStable: Bool = true, page: ResultSet) {
            self.isComplete = isComplete
            self.isStable = isStable
            self.page = page
        }

        package init(_ element: XMLElement) throws(PayloadError) {
            try element.expect("fin", MAM.namespace)
            isComplete = try element.boolean("complete")
            isStable = element["stable"] == nil ? true : try element.boolean("stable")
            guard let set = element.child("set", ResultSetRequest.namespace) else {
                throw PayloadError("fin", "no 'set'")
            }
            page = try ResultSet(set)
        }

        package var element: XMLElement {
            XMLElement(
                "fin", MAM.namespace, ["complete": isComplete.attribute, "stable": isStable ? nil : "false"]
            ) { page.element }
        }
    }

    private static let forwardNamespace = "urn:xmpp:forward:0"
}
