//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

package import XMPPCore

extension Workgroup {
    /// Names and values about a customer, as Fastpath and its clients have them in offers and when joining.
    package struct Metadata: Payload, Equatable {
        package struct Value: Equatable, Sendable {
            package var name: String
            package var value: String

            package init(_ name: String, _ value: String) {
                self.name = name
                self.value = value
            }
        }

        /// In order; a name may come more than once.
        package var values: [Value]

        package init(_ values: [Value]) {
            self.values = values
        }

        package init(_ element: XMLElement) throws(PayloadError) {
            try element.expect("metadata", Workgroup.fastpathNamespace)
            values = []
            for value in element.children("value", Workgroup.fastpathNamespace) {
                values.append(Value(try value.required("name"), value.text))
            }
        }

        package var element: XMLElement {
            XMLElement("metadata", Workgroup.fastpathNamespace) {
                values.map { XMLElement("value", Workgroup.fastpathNamespace, ["name": $0.name], text: $0.value) }
            }
        }

        /// The first value of this name.
        package subscript(_ name: String) -> String? { values.first { $0.name == name }?.value }
    }
}
