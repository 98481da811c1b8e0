//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

extension ValueReader where Value == Bool {
    /// `true` or `false` and nothing else: YAML 1.1's `yes` and `off` surprise people.
    static var boolean: ValueReader {
        ValueReader(
            scalar: "true or false", render: { $0 ? "true" : "false" },
            read: { text, path, reading in
                switch text {
                case "true": return true
                case "false": return false
                default:
                    let meant = ["yes": "true", "on": "true", "no": "false", "off": "false"][text.lowercased()]
                    reading.report(
                        "\"\(text)\" is neither true nor false", at: path,
                        suggestion: meant ?? Spelling.nearest(to: text, among: ["true", "false"]))
                    return nil
                }
            })
    }
}

extension ValueReader where Value == Int {
    /// A whole number; `_` may group digits.
    static func integer(_ range: ClosedRange<Int>) -> ValueReader {
        let summary = "integer, \(range.lowerBound) to \(range.upperBound)"
        return ValueReader(
            scalar: summary, render: { String($0) },
            read: { text, path, reading in
                wholeNumber(text, in: range, at: path, &reading)
            })
    }
}

extension ValueReader where Value == Duration {
    /// A time given as a whole number of some unit. The key's name ends with the unit.
    static func duration(_ unit: Duration, _ range: ClosedRange<Int>) -> ValueReader {
        let summary = "integer, \(range.lowerBound) to \(range.upperBound)"
        return ValueReader(
            scalar: summary, render: { String(Int($0 / unit)) },
            read: { text, path, reading in
                wholeNumber(text, in: range, at: path, &reading).map { unit * $0 }
            })
    }

    static func milliseconds(_ range: ClosedRange<Int>) -> ValueReader { duration(.milliseconds(1), range) }
    static func seconds(_ range: ClosedRange<Int>) -> ValueReader { duration(.seconds(1), range) }
    static func minutes(_ range: ClosedRange<Int>) -> ValueReader { duration(.seconds(60), range) }
}

private func wholeNumber(
    _ text: String, in range: ClosedRange<Int>, at path: [String], _ reading: inout ConfigurationReading
) -> Int? {
    guard let number = Int(text.filter { $0 != "_" }) else {
        reading.report("\"\(text)\" is not a whole number", at: path)
        return nil
    }
    guard range.contains(number) else {
        reading.report("\(number) is outside \(range.lowerBound) to \(range.upperBound)", at: path)
        return nil
    }
    return number
}

extension ValueReader where Value == String {
    /// Text that is not empty.
    static var text: ValueReader {
        ValueReader(
            scalar: "text", render: { $0.isEmpty ? nil : ConfigurationText.quoted($0) },
            read: {
                text, path, reading in
                guard !text.isEmpty else {
                    reading.report("must not be empty", at: path)
                    return nil
                }
                return text
            })
    }

    /// A name of our own: letters, digits, `-`, `_` and `.`, at most 64 of them.
    static func identifier(_ what: String) -> ValueReader {
        ValueReader(
            scalar: what, render: { $0 },
            read: { text, path, reading in
                let isAllowed = text.unicodeScalars.allSatisfy { scalar in
                    scalar.properties.isAlphabetic || ("0"..."9").contains(scalar)
                        || "-_.".unicodeScalars.contains(scalar)
                }
                guard !text.isEmpty, text.count <= 64, isAllowed else {
                    reading.report(
                        "\"\(text)\" is no \(what): use at most 64 letters, digits, \"-\", \"_\" and \".\"", at: path)
                    return nil
                }
                return text
            })
    }

    /// A file or folder. `${NAME}` is replaced by an environment variable, `${NAME:-text}` has a fallback; a relative path is
    /// taken from `folder`.
    static func path(_ what: String, in folder: ConfigurationFolder) -> ValueReader {
        var reader = ValueReader(
            scalar: what, render: { $0.isEmpty ? nil : $0 },
            read: { text, path, reading in
                guard let expanded = ConfigurationText.expanded(text, at: path, &reading) else { return nil }
                guard !expanded.isEmpty else {
                    reading.report("must not be empty", at: path)
                    return nil
                }
                return folder.resolve(expanded, reading)
            })
        reader.complete = { value, reading in value.isEmpty ? value : folder.resolve(value, reading) }
        return reader
    }
}

extension ValueReader where Value: RawRepresentable & CaseIterable & Equatable, Value.RawValue == String {
    /// One of a few words.
    static var choice: ValueReader {
        let words = Value.allCases.map(\.rawValue)
        return ValueReader(
            scalar: words.joined(separator: " | "), render: { $0.rawValue },
            read: { text, path, reading in
                if let value = Value(rawValue: text) { return value }
                reading.report(
                    "\"\(text)\" is not one of \(words.joined(separator: ", "))", at: path,
                    suggestion: Spelling.nearest(to: text, among: words))
                return nil
            })
    }
}

extension ValueReader where Value == Secret {
    /// A secret written into the file itself.
    static var secret: ValueReader {
        ValueReader(
            scalar: "text", render: { _ in nil },
            read: { text, path, reading in
                guard !text.isEmpty else {
                    reading.report("must not be empty", at: path)
                    return nil
                }
                return Secret(text)
            })
    }

    /// The name of a file that holds nothing but the secret; line ends after it do not count.
    static var secretFile: ValueReader {
        ValueReader(
            scalar: "path", render: { _ in nil },
            read: { text, path, reading in
                guard let expanded = ConfigurationText.expanded(text, at: path, &reading) else { return nil }
                let file = ConfigurationFolder.configuration.resolve(expanded, reading)
                guard let content = ConfigurationText.contents(ofFile: file) else {
                    reading.report("cannot read the secret from \(file)", at: path)
                    return nil
                }
                let secret = content.split(whereSeparator: \.isNewline).first.map(String.init) ?? ""
                guard !secret.isEmpty else {
                    reading.report("\(file) is empty", at: path)
                    return nil
                }
                return Secret(secret)
            })
    }
}
