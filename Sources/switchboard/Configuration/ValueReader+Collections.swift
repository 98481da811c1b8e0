//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

extension ValueReader {
    /// The same reader for a property that may be absent.
    static func optional<Wrapped: Sendable>(_ reader: ValueReader<Wrapped>) -> ValueReader where Value == Wrapped? {
        ValueReader(
            summary: reader.summary, isOverridable: reader.isOverridable, children: reader.children,
            entryName: reader.entryName,
            read: { node, path, reading in
                guard let value = reader.read(node, path, &reading) else { return nil }
                return .some(value)
            },
            complete: { value, reading in value.map { reader.complete($0, reading) } },
            render: { $0.flatMap(reader.render) },
            changes: { old, new, path in
                switch (old, new) {
                case (nil, nil): []
                case (let old?, let new?): reader.changes(old, new, path)
                default: [path]
                }
            })
    }

    /// A list. A single value stands for a list of one; in an environment variable commas separate.
    static func list<Element: Sendable & Equatable>(of element: ValueReader<Element>) -> ValueReader
    where Value == [Element] {
        ValueReader(
            summary: "list of \(element.summary)",
            read: { node, path, reading in
                var items: [ConfigurationNode] = []
                switch (node.content, node.origin) {
                case (.scalar(let text), .environment):
                    items = text.split(separator: ",").map { part in
                        let trimmed = part.drop { $0 == " " }
                        return ConfigurationNode(scalar: String(trimmed), origin: node.origin)
                    }
                case (.scalar, .file): items = [node]
                case (.list(let given), _): items = given
                case (.empty, _): break
                case (.map, _):
                    reading.report("expected a list, found \(node.kindName)", at: path, origin: node.origin)
                    return nil
                }
                var values: [Element] = []
                for (index, item) in items.enumerated() {
                    let place = path + [String(index + 1)]
                    reading.note(item.origin, at: place)
                    guard let value = element.read(item, place, &reading) else { continue }
                    if values.contains(value) {
                        reading.report("is in this list twice", at: place, origin: item.origin)
                    }
                    values.append(value)
                }
                return values
            },
            render: { values in
                let texts = values.compactMap(element.render)
                return "[\(texts.joined(separator: ", "))]"
            },
            changes: { old, new, path in old == new ? [] : [path] })
    }

    /// Keys of a section, each with its own meaning.
    static func section(_ initial: Value, _ schema: SectionSchema<Value>) -> ValueReader {
        ValueReader(
            summary: "section", isOverridable: false, readsAbsent: true, children: schema.describe(initial),
            read: { node, path, reading in
                var value = initial
                schema.read(into: &value, node, path, &reading)
                return value
            },
            render: { _ in nil },
            changes: schema.changes)
    }

    /// Things of one kind by name; each entry is a section.
    static func map<Entry: Sendable & Equatable, Key: Sendable & Equatable>(
        _ keys: ValueReader<Key>, named example: String, _ initial: @escaping @Sendable (Key) -> Entry,
        name: @escaping @Sendable (Key) -> String, exampleKey: Key, _ schema: SectionSchema<Entry>
    ) -> ValueReader where Value == NamedValues<Entry> {
        ValueReader(
            summary: "map of \(keys.summary) to section", isOverridable: false,
            children: schema.describe(initial(exampleKey)), entryName: example,
            read: { node, path, reading in
                var entries: NamedValues<Entry> = [:]
                guard let pairs = node.pairs(at: path, &reading) else { return nil }
                for pair in pairs {
                    let place = path + [pair.key]
                    reading.note(pair.keyOrigin, at: place)
                    let keyNode = ConfigurationNode(scalar: pair.key, origin: pair.keyOrigin)
                    guard let key = keys.read(keyNode, place, &reading) else { continue }
                    var entry = initial(key)
                    schema.read(into: &entry, pair.value, place, &reading)
                    if entries[name(key)] != nil {
                        reading.report("is in this map already, spelt otherwise", at: place, origin: pair.keyOrigin)
                    }
                    entries[name(key)] = entry
                }
                return entries
            },
            render: { _ in nil },
            changes: { old, new, path in
                let names = old.names + new.names.filter { old[$0] == nil }
                return names.flatMap { name in
                    switch (old[name], new[name]) {
                    case (let old?, let new?): schema.changes(old, new, path + [name])
                    default: [path + [name]]
                    }
                }
            })
    }
}

extension ConfigurationNode {
    /// The pairs of a map; an empty node is an empty map, anything else a problem.
    func pairs(at path: [String], _ reading: inout ConfigurationReading) -> [Pair]? {
        switch content {
        case .map(let pairs): return pairs
        case .empty: return []
        case .scalar, .list:
            reading.report("expected a map keyed by name, found \(kindName)", at: path, origin: origin)
            return nil
        }
    }
}
