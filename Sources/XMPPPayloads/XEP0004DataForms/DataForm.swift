//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

package import XMPPCore

/// A form to fill in, filled in, refused, or a report (XEP-0004 Data Forms).
package struct DataForm: Payload, Equatable {
    package static let namespace = "jabber:x:data"
    /// The hidden field that names a registered form (XEP-0068 §3).
    package static let formTypeField = "FORM_TYPE"

    /// What the form is for (XEP-0004 §3.1).
    package enum Kind: String, Sendable, CaseIterable {
        /// Asks to complete the form.
        case form
        /// Brings the answers.
        case submit
        /// Breaks off.
        case cancel
        /// Brings data, such as search results or the outcome of a submission.
        case result
    }

    package var kind: Kind
    package var title: String?
    package var instructions: [String]
    package var fields: [Field]
    /// The columns of a report (XEP-0004 §3.4).
    package var reported: [Field]
    /// The rows of a report, each with fields named in ``reported``.
    package var items: [[Field]]

    package init(
        _ kind: Kind, formType: String? = nil, title: String? = nil, instructions: [String] = [],
        fields: [Field] = [], reported: [Field] = [], items: [[Field]] = []
    ) {
        self.kind = kind
        self.title = title
        self.instructions = instructions
        self.fields = (formType.map { [Field(Self.formTypeField, kind: .hidden, values: [$0])] } ?? []) + fields
        self.reported = reported
        self.items = items
    }

    package init(_ element: XMLElement) throws(PayloadError) {
        try element.expect("x", Self.namespace)
        guard let kind = try element.value("type", as: Kind.self) else { throw PayloadError("x", "no 'type'") }
        self.kind = kind
        title = element.childText("title")
        instructions = element.children("instructions", Self.namespace).map(\.text)
        fields = try Self.fields(of: element)
        if let reported = element.child("reported", Self.namespace) {
            self.reported = try Self.fields(of: reported)
        } else {
            reported = []
        }
        items = []
        for item in element.children("item", Self.namespace) { items.append(try Self.fields(of: item)) }
    }

    package var element: XMLElement {
        XMLElement("x", Self.namespace, ["type": kind.rawValue]) {
            if let title { XMLElement("title", Self.namespace, text: title) }
            instructions.map { XMLElement("instructions", Self.namespace, text: $0) }
            fields.map(\.element)
            if !reported.isEmpty { XMLElement("reported", Self.namespace) { reported.map(\.element) } }
            items.map { item in XMLElement("item", Self.namespace) { item.map(\.element) } }
        }
    }

    private static func fields(of element: XMLElement) throws(PayloadError) -> [Field] {
        var fields: [Field] = []
        for child in element.children("field", namespace) { fields.append(try Field(child)) }
        return fields
    }

    /// The value of the hidden field `FORM_TYPE`.
    package var formType: String? { self[Self.formTypeField] }

    /// The field of this name.
    package func field(_ name: String) -> Field? { fields.first { $0.name == name } }

    /// The first value of the field of this name.
    package subscript(_ name: String) -> String? { field(name)?.values.first }

    /// All values of the field of this name.
    package func values(_ name: String) -> [String] { field(name)?.values ?? [] }

    /// The value of a boolean field (XEP-0004 §3.3: `0`, `1`, `false`, `true`); nil for any other.
    package func boolean(_ name: String) -> Bool? {
        switch self[name] {
        case "1", "true": true
        case "0", "false": false
        default: nil
        }
    }
}
