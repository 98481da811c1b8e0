//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

import BizBuddyCore
import BizBuddyStorage
import XMPPCore

/// What is kept of a customer, as the customer is sent it. What agents have noted for each other, who they are, and what
/// is withheld even from them is not in it; that the company gives out by other ways.
struct CustomerCopy {
    /// Characters of one message, and messages in all.
    static let partLength = 8_000
    static let maximumParts = 100

    /// A message each.
    let parts: [String]

    init(
        _ file: CustomerFile, classes: [String: FieldClass], _ configuration: BridgeConfiguration,
        _ texts: CustomerTexts
    ) {
        var lines = [texts[.exportBegins]] + file.addresses
        for record in file.records {
            lines.append("\(record.displayName), \(record.customerID)")
            lines += record.fields.filter { field in
                !(classes[field.key.lowercased()] ?? field.fieldClass).isWithheld
                    && !CustomerRecord.staffKeys.contains(field.key.lowercased())
            }
            .map { "\($0.label): \($0.value)" }
        }
        lines += (file.person?.preferences ?? [:]).sorted { $0.key < $1.key }.map { key, value in
            "\(CustomerText(rawValue: "preference_\(key)").map { texts[$0] } ?? key): \(value)"
        }
        lines += file.consents.map { consent in
            "\(Self.day(consent.at)) \(Self.name(of: consent.purpose, texts)): \(texts[consent.isGiven ? .keywordYes : .keywordNo])"
        }
        for conversation in file.held.conversations.reversed() + file.conversations {
            lines.append("")
            lines.append("\(Self.day(conversation.startedAt)) \(conversation.contact)")
            let department = configuration.departments.first { $0.id == conversation.department }?.name
            lines += Self.lines(of: conversation, department ?? conversation.department.rawValue, texts)
        }
        parts = Self.parts(lines)
    }

    /// What was said, without notes, and without names of those who said it.
    static func lines(of conversation: Conversation, _ department: String, _ texts: CustomerTexts) -> [String] {
        conversation.transcript.filter { !$0.author.isNote }.map { entry in
            let moment = Timestamp(milliseconds: entry.at.milliseconds).description.prefix { $0 != "." }
            let name = entry.author == .customer ? texts[.transcriptYou] : department
            return "\(moment.replacing("T", with: " ")) \(name): \(entry.text)"
        }
    }

    /// Lines as messages that are not too long.
    static func parts(_ lines: [String]) -> [String] {
        var parts: [String] = []
        var part = ""
        for line in lines {
            if !part.isEmpty, part.count + line.count > partLength {
                parts.append(part)
                part = ""
            }
            part += part.isEmpty ? line : "\n" + line
        }
        if !part.isEmpty { parts.append(part) }
        return Array(parts.prefix(maximumParts))
    }

    /// Consents to alerts are named by us, others by who has written them down.
    private static func name(of purpose: String, _ texts: CustomerTexts) -> String {
        let topic = purpose.split(separator: "/", maxSplits: 1)
        return topic.count == 2 && topic[0] == "alerts" ? "\(texts[.keywordAlerts])/\(topic[1])" : purpose
    }

    private static func day(_ moment: Instant) -> Substring {
        Timestamp(milliseconds: moment.milliseconds).description.prefix(10)
    }
}
