//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

/// Things of one kind by name, in the order in which the configuration file lists them.
struct NamedValues<Value: Sendable & Equatable>: Sendable, Equatable, RandomAccessCollection {
    /// One entry of the map.
    struct Entry: Sendable, Equatable {
        var name: String
        var value: Value
    }

    private(set) var entries: [Entry] = []

    var startIndex: Int { entries.startIndex }
    var endIndex: Int { entries.endIndex }
    subscript(position: Int) -> Entry { entries[position] }

    var names: [String] { entries.map(\.name) }
    var values: [Value] { entries.map(\.value) }

    /// The value of that name. Setting replaces it in its place, or adds it at the end; setting nil removes it.
    subscript(name: String) -> Value? {
        get { entries.first { $0.name == name }?.value }
        set {
            let index = entries.firstIndex { $0.name == name }
            switch (index, newValue) {
            case (let index?, let value?): entries[index].value = value
            case (let index?, nil): entries.remove(at: index)
            case (nil, let value?): entries.append(Entry(name: name, value: value))
            case (nil, nil): break
            }
        }
    }
}

extension NamedValues: ExpressibleByDictionaryLiteral {
    init(dictionaryLiteral elements: (String, Value)...) {
        for (name, value) in elements { self[name] = value }
    }
}
