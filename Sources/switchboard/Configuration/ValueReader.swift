//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

/// How a value of one type is read from a file, checked, described in the reference and compared on reload.
struct ValueReader<Value: Sendable>: Sendable {
    /// The kind and range in words, such as `integer, 1 to 65535`.
    var summary: String
    /// Whether a single environment variable can hold the whole value.
    var isOverridable = true
    /// Whether reading goes on where the file says nothing: a section looks for overrides and completes its defaults.
    var readsAbsent = false
    /// The keys inside, for sections and maps.
    var children: [FieldDescription] = []
    /// A stand-in for the entry names when the value is a map keyed by name.
    var entryName: String?
    /// Reads a node, or reports why it cannot be read and returns nil.
    var read: @Sendable (ConfigurationNode, [String], inout ConfigurationReading) -> Value?
    /// What becomes of a default, which was not read: relative paths need a folder.
    var complete: @Sendable (Value, ConfigurationReading) -> Value = { value, _ in value }
    /// The value as YAML on one line, to show defaults.
    var render: @Sendable (Value) -> String?
    /// The paths below `path` at which two values differ.
    var changes: @Sendable (_ old: Value, _ new: Value, _ path: [String]) -> [[String]]
}

extension ValueReader where Value: Equatable {
    /// A leaf: read from the text of a scalar.
    init(
        scalar summary: String, render: @escaping @Sendable (Value) -> String?,
        read: @escaping @Sendable (String, [String], inout ConfigurationReading) -> Value?
    ) {
        self.init(
            summary: summary,
            read: { node, path, reading in
                guard case .scalar(let text) = node.content else {
                    reading.report(
                        "expected \(Self.article(summary)), found \(node.kindName)", at: path, origin: node.origin)
                    return nil
                }
                return read(text, path, &reading)
            },
            render: render,
            changes: { old, new, path in old == new ? [] : [path] })
    }

    private static func article(_ summary: String) -> String {
        guard let first = summary.first else { return summary }
        return "\("aeiou".contains(first) ? "an" : "a") \(summary)"
    }
}
