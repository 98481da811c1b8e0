//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

/// What the schema knows of a key: enough to write the reference and to test it.
struct FieldDescription: Sendable {
    var key: String
    /// Meaning and unit, in sentences.
    var documentation: String
    /// Kind and range.
    var summary: String
    /// The default as YAML; nil when there is none.
    var defaultText: String?
    /// A value to show in the reference for keys without a default.
    var example: String?
    /// The keys inside.
    var children: [FieldDescription]
    /// Set for maps keyed by name: the name to show in the reference.
    var entryName: String?
    /// Whether the configuration is refused without it.
    var isRequired: Bool
}

/// One key of a section: its name, where it goes, how it is read, and its documentation. The default is the property's.
struct Field<Owner: Sendable>: Sendable {
    let key: String
    let isRequired: Bool
    let read: @Sendable (inout Owner, ConfigurationNode?, [String], inout ConfigurationReading) -> Void
    let describe: @Sendable (Owner) -> FieldDescription
    let changes: @Sendable (_ old: Owner, _ new: Owner, _ path: [String]) -> [[String]]

    init<Value: Sendable>(
        _ key: String, _ property: any WritableKeyPath<Owner, Value> & Sendable, _ reader: ValueReader<Value>,
        required: Bool = false, example: String? = nil, _ documentation: String
    ) {
        self.key = key
        isRequired = required
        read = { owner, node, path, reading in
            let given = reading.node(node, at: path, overridable: reader.isOverridable)
            // A section that is absent from the file can still get values from the environment.
            let isSection = !reader.children.isEmpty && reader.entryName == nil
            let readsAbsent =
                reader.readsAbsent || (isSection && reading.environment.hasOverrides(below: path))
            if let node = given ?? (readsAbsent ? .nothing : nil) {
                if let value = reader.read(node, path, &reading) { owner[keyPath: property] = value }
            } else if required {
                reading.report("this key is required (\(reader.summary))", at: path)
            } else {
                owner[keyPath: property] = reader.complete(owner[keyPath: property], reading)
            }
        }
        describe = { owner in
            FieldDescription(
                key: key, documentation: documentation, summary: reader.summary,
                defaultText: required ? nil : reader.render(owner[keyPath: property]), example: example,
                children: reader.children, entryName: reader.entryName, isRequired: required)
        }
        changes = { old, new, path in
            reader.changes(old[keyPath: property], new[keyPath: property], path)
        }
    }
}

/// The keys of a section, in the order of the reference, and what must hold between them.
struct SectionSchema<Owner: Sendable>: Sendable {
    var fields: [Field<Owner>]
    /// Runs after the keys have been read: checks one against another, fills in defaults that depend on others.
    var finish: @Sendable (inout Owner, [String], inout ConfigurationReading) -> Void

    init(
        _ fields: [Field<Owner>],
        finish: @escaping @Sendable (inout Owner, [String], inout ConfigurationReading) -> Void = { _, _, _ in }
    ) {
        self.fields = fields
        self.finish = finish
    }

    /// Reads a map into `owner`; unknown keys are problems, missing ones keep their defaults.
    func read(
        into owner: inout Owner, _ node: ConfigurationNode, _ path: [String],
        _ reading: inout ConfigurationReading
    ) {
        var pairs: [ConfigurationNode.Pair] = []
        switch node.content {
        case .map(let given): pairs = given
        case .empty: break
        case .scalar, .list:
            reading.report("expected a map of keys, found \(node.kindName)", at: path, origin: node.origin)
            return
        }
        let known = fields.map(\.key)
        for pair in pairs where !known.contains(pair.key) {
            reading.report(
                "unknown key", at: path + [pair.key], origin: pair.keyOrigin,
                suggestion: Spelling.nearest(to: pair.key, among: known))
        }
        for field in fields {
            let child = pairs.first { $0.key == field.key }
            field.read(&owner, child?.value, path + [field.key], &reading)
        }
        finish(&owner, path, &reading)
    }

    func describe(_ owner: Owner) -> [FieldDescription] {
        fields.map { $0.describe(owner) }
    }

    func changes(_ old: Owner, _ new: Owner, _ path: [String]) -> [[String]] {
        fields.flatMap { $0.changes(old, new, path + [$0.key]) }
    }
}
