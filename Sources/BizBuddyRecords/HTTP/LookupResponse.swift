//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

import BizBuddyCore
import FoundationEssentials

/// The body of an answer of the HTTP contract, read with mistrust.
struct LookupResponse {
    let records: [CustomerRecord]

    private struct Body: Decodable {
        var matches: [Match]
    }

    private struct Match: Decodable {
        var customer_id: Scalar
        var confidence: Double?
        var display: String?
        var fields: [Field]?
        var links: [Link]?
        var routing: Routing?
        var alerts: [String]?
    }

    private struct Field: Decodable {
        var key: String
        var label: String?
        var value: Scalar?
        var `class`: String?
    }

    private struct Link: Decodable {
        var label: String?
        var url: String
    }

    private struct Routing: Decodable {
        var priority: Int?
        var skills: [String]?
        var owner: String?
        var language: String?
    }

    /// A string, or what reads like one.
    private struct Scalar: Decodable {
        let text: String

        init(from decoder: any Decoder) throws {
            let container = try decoder.singleValueContainer()
            if let text = try? container.decode(String.self) {
                self.text = text
            } else if let number = try? container.decode(Int.self) {
                text = String(number)
            } else if let isTrue = try? container.decode(Bool.self) {
                text = isTrue ? "yes" : "no"
            } else {
                text = String(try container.decode(Double.self))
            }
        }
    }

    /// Throws `SourceFailure` for anything that is not the contract's.
    init(_ bytes: [UInt8], source: String) throws {
        guard String(validating: bytes, as: UTF8.self) != nil else { throw SourceFailure("its answer is not UTF-8") }
        let body: Body
        do {
            body = try JSONDecoder().decode(Body.self, from: Data(bytes))
        } catch {
            throw SourceFailure("its answer is not what was agreed")
        }
        records = try body.matches.prefix(Limits.records).map { try Self.record($0, source) }
    }

    private static func record(_ match: Match, _ source: String) throws -> CustomerRecord {
        let id = RecordText.clean(match.customer_id.text, limit: Limits.key)
        guard !id.isEmpty else { throw SourceFailure("its answer is not what was agreed") }
        let name = RecordText.clean(match.display ?? "", limit: Limits.label)
        var fields: [CustomerRecord.Field] = []
        fields += (match.alerts ?? []).prefix(Limits.records).compactMap {
            RecordText.field("alert", label: "Attention", value: $0)
        }
        fields += (match.fields ?? []).prefix(Limits.fields).compactMap { field in
            // A class nobody knows is no reason to show more.
            let kind = field.class.map { FieldClass(rawValue: $0.lowercased()) ?? .sensitive } ?? .business
            return RecordText.field(field.key, label: field.label, value: field.value?.text ?? "", fieldClass: kind)
        }
        fields += (match.links ?? []).prefix(Limits.records).compactMap { link in
            link.url.hasPrefix("https://") ? RecordText.field("link", label: link.label, value: link.url) : nil
        }
        if let routing = match.routing {
            let values = [
                ("priority", routing.priority.map { String($0) }), ("skills", routing.skills?.joined(separator: " ")),
                ("owner", routing.owner), ("language", routing.language),
            ]
            fields += values.compactMap { key, value in
                value.flatMap { RecordText.field(key, label: nil, value: $0) }
            }
        }
        return CustomerRecord(
            customerID: id, displayName: name.isEmpty ? id : name, source: source,
            match: (match.confidence ?? 1) >= 1 ? .exact : .probable, fields: Array(fields.prefix(Limits.fields)))
    }
}
