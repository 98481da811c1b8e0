//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

import BizBuddyCore
import BizBuddyStorage
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
        },
        Verb(
            name: "requests", title: "What customers have asked for",
            purpose: "customers who asked for a copy of what is kept of them, or to delete it", role: .supervisor
        ) { core, use, turn in
            turn.offices.append((.requests, use.person, turn.later(use.origin)))
            return nil
        },
        Verb(
            name: "export", title: "Send a customer a copy",
            purpose: "says what is kept of a customer; with yes a customer who asked is sent it", role: .supervisor,
            parameters: [
                Parameter("customer", "Customer", usage: "ADDRESS"),
                Parameter("sure", "Send it", usage: "yes", .choice(["yes"]), isRequired: false),
            ]
        ) { core, use, turn in
            let isSure = use["sure"]?.lowercased() == "yes"
            turn.offices.append(
                (.export(use["customer"] ?? "", isConfirmed: isSure), use.person, turn.later(use.origin)))
            return nil
        },
        Verb(
            name: "decline", title: "Decline what a customer asked for",
            purpose: "says no to a customer who asked for a copy or a deletion", role: .supervisor,
            parameters: [
                Parameter("customer", "Customer", usage: "ADDRESS"),
                Parameter(
                    "what", "What", usage: "export|erase", .choice(CustomerBook.Request.Kind.allCases.map(\.rawValue))),
            ]
        ) { core, use, turn in
            guard let kind = use["what"].flatMap({ CustomerBook.Request.Kind(rawValue: $0) }) else {
                return .noSuchTarget
            }
            turn.offices.append((.decline(use["customer"] ?? "", kind), use.person, turn.later(use.origin)))
            return nil
        },
        Verb(
            name: "record-upsert", title: "Put a customer's record into the directory",
            purpose: "puts a customer's record into the embedded directory, or in the place of the one there",
            role: .supervisor,
            parameters: [
                Parameter("customer", "Address", usage: "ADDRESS"),
                Parameter("number", "Customer number", usage: "NUMBER"),
                Parameter("name", "Name", usage: "NAME", .words),
                Parameter("fields", "Fields: plan=Gold; city=Bern", usage: "FIELDS", .words, isRequired: false),
            ]
        ) { core, use, turn in
            let fields = (use["fields"] ?? "").split { $0 == ";" || $0.isNewline }.prefix(recordFields).compactMap {
                text in
                let parts = text.split(separator: "=", maxSplits: 1).map { $0.trimmed }
                return parts.count == 2 && !parts[0].isEmpty && !parts[1].isEmpty
                    ? CustomerRecord.Field(key: parts[0].lowercased(), label: parts[0], value: parts[1]) : nil
            }
            let record = CustomerRecord(
                customerID: use["number"] ?? "", displayName: use["name"] ?? "", source: "directory", match: .exact,
                fields: fields)
            turn.offices.append(
                (.record(address: use["customer"] ?? "", record), use.person, turn.later(use.origin)))
            return nil
        },
    ]

    /// Fields that are taken of one record.
    private static let recordFields = 50
}

extension Substring {
    fileprivate var trimmed: String {
        var text = drop { $0.isWhitespace }
        while text.last?.isWhitespace == true { text.removeLast() }
        return String(text)
    }
}
