//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

package import XMPPCore

extension MAM {
    /// Whom messages are archived with (XEP-0441).
    package struct Preferences: Payload, Equatable {
        package enum Default: String, Sendable, CaseIterable {
            case always
            case never
            case roster
        }

        /// Nil where preferences are asked for.
        package var `default`: Default?
        package var always: [JID]
        package var never: [JID]

        package init(default: Default? = nil, always: [JID] = [], never: [JID] = []) {
            self.default = `default`
            self.always = always
            self.never = never
        }

        package init(_ element: XMLElement) throws(PayloadError) {
            try element.expect("prefs", MAM.namespace)
            self.default = try element.value("default")
            always = try Self.addresses("always", of: element)
            never = try Self.addresses("never", of: element)
        }

        private static func addresses(_ name: String, of element: XMLElement) throws(PayloadError) -> [JID] {
            var addresses: [JID] = []
            guard let list = element.child(name, MAM.namespace) else { return [] }
            for child in list.children("jid", MAM.namespace) { addresses.append(try child.textJID()) }
            return addresses
        }

        package var element: XMLElement {
            XMLElement("prefs", MAM.namespace, ["default": self.default?.rawValue]) {
                // A request holds nothing; an answer and a change hold both lists, even if empty.
                if self.default != nil {
                    Self.element("always", always)
                    Self.element("never", never)
                }
            }
        }

        private static func element(_ name: String, _ addresses: [JID]) -> XMLElement {
            XMLElement(name, MAM.namespace) {
                addresses.map { XMLElement("jid", MAM.namespace, text: $0.description) }
            }
        }
    }
}
