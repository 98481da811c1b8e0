//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

internal import XMPPCore

/// Whom to write to about a service (XEP-0157 Contact Addresses for XMPP Services): a form in its service discovery.
package struct ContactAddresses: Sendable, Equatable {
    /// The value of `FORM_TYPE` (XEP-0157 §3).
    package static let formType = "http://jabber.org/network/serverinfo"

    /// What an address is for.
    package enum Purpose: String, Sendable, CaseIterable {
        case abuse
        case admin
        case feedback
        case sales
        case security
        case status
        case support

        /// The name of the form's field.
        package var field: String { rawValue + "-addresses" }
    }

    /// URIs: `mailto:`, `xmpp:`, `https:`.
    package var addresses: [Purpose: [String]]

    package init(_ addresses: [Purpose: [String]] = [:]) {
        self.addresses = addresses.filter { !$0.value.isEmpty }
    }

    package var isEmpty: Bool { addresses.isEmpty }

    /// The form, with fields for the purposes that have addresses.
    package var form: DataForm {
        DataForm(
            .result, formType: Self.formType,
            fields: Purpose.allCases.compactMap { purpose in
                addresses[purpose].map { DataForm.Field(purpose.field, kind: .listMulti, values: $0) }
            })
    }
}
