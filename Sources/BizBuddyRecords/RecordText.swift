//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

import BizBuddyCore

/// Text of a source, made harmless: no control characters (XML has no way to carry them), one line, of bounded length.
enum RecordText {
    static func clean(_ text: some StringProtocol, limit: Int) -> String {
        var result = String.UnicodeScalarView()
        var count = 0
        for scalar in text.unicodeScalars {
            guard count < limit else { break }
            switch scalar.value {
            case 0x09, 0x0A, 0x0D: result.append(" ")
            case 0..<0x20, 0x7F..<0xA0, 0xFFFE, 0xFFFF, 0x202A...0x202E, 0x2066...0x2069: continue
            default: result.append(scalar)
            }
            count += 1
        }
        return String(result)
    }

    /// A field, nil if nothing is left of it.
    static func field(
        _ key: some StringProtocol, label: String?, value: some StringProtocol, fieldClass: FieldClass = .business
    ) -> CustomerRecord.Field? {
        let key = clean(key, limit: Limits.key).split(separator: " ").joined(separator: "_").lowercased()
        let value = clean(value, limit: Limits.value)
        guard !key.isEmpty, !value.isEmpty else { return nil }
        let label = label.map { clean($0, limit: Limits.label) } ?? ""
        return CustomerRecord.Field(
            key: key, label: label.isEmpty ? self.label(of: key) : label, value: value, fieldClass: fieldClass)
    }

    /// "open_orders" → "Open orders"
    static func label(of key: String) -> String {
        let words = key.split(separator: "_").joined(separator: " ")
        return words.prefix(1).uppercased() + words.dropFirst()
    }
}
