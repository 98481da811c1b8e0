//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

package import XMPPCore

/// Opening, changing and closing an account with a server or service (XEP-0077 In-Band Registration).
package struct Registration: Payload, Equatable {
    package static let namespace = "jabber:iq:register"
    /// Advertises registration in stream features (XEP-0077 §8).
    package static let feature = XMLElement("register", "http://jabber.org/features/iq-register")

    /// What may be asked for (XEP-0077 §14.1).
    package enum FieldName: String, Sendable, CaseIterable {
        case username
        case nick
        case password
        case name
        case first
        case last
        case email
        case address
        case city
        case state
        case zip
        case phone
        case url
        case date
        case misc
        case text
        case key
    }

    /// One piece of information, empty where it is asked for.
    package struct Field: Equatable, Sendable {
        package var name: FieldName
        package var value: String

        package init(_ name: FieldName, _ value: String = "") {
            self.name = name
            self.value = value
        }
    }

    /// The requester is registered already.
    package var isRegistered: Bool
    /// The requester wants to be registered no longer.
    package var isRemoval: Bool
    package var instructions: String?
    package var fields: [Field]
    package var form: DataForm?

    package init(
        isRegistered: Bool = false, isRemoval: Bool = false, instructions: String? = nil, fields: [Field] = [],
        form: DataForm? = nil
    ) {
        self.isRegistered = isRegistered
        self.isRemoval = isRemoval
        self.instructions = instructions
        self.fields = fields
        self.form = form
    }

    package init(_ element: XMLElement) throws(PayloadError) {
        try element.expect("query", Self.namespace)
        self.init(
            isRegistered: element.hasChild("registered"), isRemoval: element.hasChild("remove"),
            instructions: element.childText("instructions"))
        for child in element.children where child.namespace == Self.namespace {
            guard let name = FieldName(rawValue: child.name) else { continue }
            guard self[name] == nil else { throw PayloadError(child.name, "given twice") }
            fields.append(Field(name, child.text))
        }
        if let form = element.child("x", DataForm.namespace) { self.form = try DataForm(form) }
    }

    package var element: XMLElement {
        XMLElement("query", Self.namespace) {
            if isRegistered { XMLElement("registered", Self.namespace) }
            if let instructions { XMLElement("instructions", Self.namespace, text: instructions) }
            fields.map { XMLElement($0.name.rawValue, Self.namespace, text: $0.value) }
            if isRemoval { XMLElement("remove", Self.namespace) }
            if let form { form.element }
        }
    }

    /// The value of a field; nil when it is not there.
    package subscript(_ name: FieldName) -> String? { fields.first { $0.name == name }?.value }
}
