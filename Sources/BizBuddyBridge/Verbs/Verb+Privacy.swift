//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

import BizBuddyCore
import XMPPPayloads

extension Verb {
    /// What customers may ask of the company about themselves, done by supervisors.
    static let privacy: [Verb] = [
        Verb(
            name: "erase", title: "Delete a customer",
            purpose: "says what is kept of a customer; with yes it is deleted for good", role: .supervisor,
            parameters: [
                Parameter("customer", "Customer", usage: "ADDRESS"),
                Parameter("sure", "Delete it", usage: "yes", .choice(["yes"]), isRequired: false),
            ]
        ) { core, use, turn in
            let isSure = use["sure"]?.lowercased() == "yes"
            turn.offices.append(
                (.erase(use["customer"] ?? "", isConfirmed: isSure), use.person, turn.later(use.origin)))
            return nil
        }
    ]
}
