//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

package import XMPPCore

/// What somebody is doing (XEP-0108 User Activity).
package struct UserActivity: Payload, Equatable {
    /// Also the node it is published at.
    package static let namespace = "http://jabber.org/protocol/activity"

    /// The general activities of XEP-0108 §3.
    package enum General: String, Sendable, CaseIterable {
        case doingChores = "doing_chores"
        case drinking
        case eating
        case exercising
        case grooming
        case havingAppointment = "having_appointment"
        case inactive
        case relaxing
        case talking
        case traveling
        case undefined
        case working
    }

    /// Nil when one stops publishing.
    package var general: General?
    package var specific: Specific?
    package var text: String?

    package init(_ general: General?, _ specific: Specific? = nil, text: String? = nil) {
        self.general = general
        self.specific = specific
        self.text = text
    }

    /// Reads `general/specific` or `general`, as configurations have it; nil for anything unknown.
    package init?(path: String, text: String? = nil) {
        let parts = path.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
        guard let first = parts.first, let general = General(rawValue: String(first)) else { return nil }
        self.init(general, text: text)
        guard parts.count == 2 else { return }
        guard let specific = Specific(rawValue: String(parts[1])) else { return nil }
        self.specific = specific
    }

    package init(_ element: XMLElement) throws(PayloadError) {
        try element.expect("activity", Self.namespace)
        self.init(nil, text: element.childText("text"))
        for child in element.children where child.namespace == Self.namespace && child.name != "text" {
            guard general == nil, let general = General(rawValue: child.name) else {
                throw PayloadError("activity", "not one known general activity")
            }
            self.general = general
            // Later versions and other namespaces may be more specific than we know.
            specific =
                child.children.lazy.filter { $0.namespace == Self.namespace }
                .compactMap { Specific(rawValue: $0.name) }.first
        }
    }

    package var element: XMLElement {
        XMLElement("activity", Self.namespace) {
            if let general {
                XMLElement(general.rawValue, Self.namespace) {
                    if let specific { XMLElement(specific.rawValue, Self.namespace) }
                }
            }
            if let text { XMLElement("text", Self.namespace, text: text) }
        }
    }
}
