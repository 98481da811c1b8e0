//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

import XMPPCore

extension DataForm {
    /// What a field holds, and how to ask for it (XEP-0004 §3.3).
    package enum FieldKind: String, Sendable, CaseIterable {
        case boolean
        case fixed
        case hidden
        case jidMulti = "jid-multi"
        case jidSingle = "jid-single"
        case listMulti = "list-multi"
        case listSingle = "list-single"
        case textMulti = "text-multi"
        case textPrivate = "text-private"
        case textSingle = "text-single"
    }

    /// One of the answers a list field offers.
    package struct Option: Equatable, Sendable {
        package var label: String?
        package var value: String

        package init(_ value: String, label: String? = nil) {
            self.value = value
            self.label = label
        }
    }

    /// A field of a form.
    package struct Field: Equatable, Sendable {
        /// The `var`; only fixed fields may lack it.
        package var name: String?
        /// Nil where it is not said, as in submissions; it then is as good as `text-single`.
        package var kind: FieldKind?
        package var label: String?
        package var description: String?
        package var isRequired: Bool
        package var values: [String]
        package var options: [Option]

        package init(
            _ name: String?, kind: FieldKind? = nil, label: String? = nil, description: String? = nil,
            isRequired: Bool = false, values: [String] = [], options: [Option] = []
        ) {
            self.name = name
            self.kind = kind
            self.label = label
            self.description = description
            self.isRequired = isRequired
            self.values = values
            self.options = options
        }

        init(_ element: XMLElement) throws(PayloadError) {
            // A kind from the future is read as the default one rather than refused (XEP-0004 §3.3).
            kind = element["type"].map { FieldKind(rawValue: $0) ?? .textSingle }
            name = element["var"]
            guard name != nil || kind == .fixed else { throw PayloadError("field", "no 'var'") }
            label = element["label"]
            description = element.childText("desc")
            isRequired = element.hasChild("required")
            values = element.children("value", namespace).map(\.text)
            options = []
            for option in element.children("option", namespace) {
                guard let value = option.childText("value") else { throw PayloadError("option", "no value") }
                options.append(Option(value, label: option["label"]))
            }
        }

        var element: XMLElement {
            XMLElement("field", namespace, ["var": name, "type": kind?.rawValue, "label": label]) {
                if let description { XMLElement("desc", namespace, text: description) }
                if isRequired { XMLElement("required", namespace) }
                values.map { XMLElement("value", namespace, text: $0) }
                options.map { option in
                    XMLElement("option", namespace, ["label": option.label]) {
                        XMLElement("value", namespace, text: option.value)
                    }
                }
            }
        }
    }
}

private let namespace = DataForm.namespace
