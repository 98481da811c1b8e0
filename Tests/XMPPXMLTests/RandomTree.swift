//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

import XMPPCore

/// A generator that gives the same numbers for the same seed (SplitMix64).
struct SeededGenerator: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }
}

/// Makes trees of every shape that a stream may carry.
struct RandomTree {
    private var generator: SeededGenerator
    private var budget = 0

    init(seed: UInt64) { generator = SeededGenerator(seed: seed) }

    private static let names = [
        "message", "body", "x", "query", "unknown", "élan", "_a-b.c", "from", "to", "ns1", "a1",
    ]
    private static let namespaces = [
        Namespace.client, Namespace.client, Namespace.roster, Namespace.streams, "", "urn:unknown", "urn:a'&b",
        "other", Namespace.stanzaErrors, Namespace.server, Namespace.component,
    ]
    private static let attributeNamespaces = [
        "", "", "", "", Namespace.xml, "urn:attribute", "urn:'&", Namespace.client, Namespace.streams,
    ]
    private static let characters: [Character] = [
        "a", "b", " ", "\n", "\t", "\r", "\r\n", "&", "<", ">", "'", "\"", "]", "]", "ä", "€", "\u{1F600}", "\u{FFFD}",
        "\u{7F}",
        "\u{85}", "\u{2028}", "e\u{301}", ";", "#", "-", "\u{10FFFF}", "\u{E000}", "\u{D7FF}",
    ]

    private mutating func text(upTo length: Int) -> String {
        String((0..<Int.random(in: 0...length, using: &generator)).map { _ in pick(Self.characters) })
    }

    private mutating func pick<T>(_ values: [T]) -> T {
        values[Int.random(in: values.indices, using: &generator)]
    }

    /// One element; never a stream, which no stanza holds.
    mutating func element(depth: Int) -> XMLElement {
        budget = 200
        return node(depth: depth)
    }

    private mutating func node(depth: Int) -> XMLElement {
        budget -= 1
        var attributes: [XMLAttribute] = []
        for _ in 0..<Int.random(in: 0...4, using: &generator) {
            let namespace = pick(Self.attributeNamespaces)
            let name = namespace == Namespace.xml ? "lang" : pick(Self.names)
            guard !attributes.contains(where: { $0.name == name && $0.namespace == namespace }) else { continue }
            attributes.append(XMLAttribute(name: name, namespace: namespace, value: text(upTo: 12)))
        }
        var nodes: [XMLNode] = []
        let least = depth > 1 ? 1 : 0
        for number in 0..<Int.random(in: least...max(least, 4), using: &generator) {
            if depth > 1, budget > 0, number == 0 || Bool.random(using: &generator) {
                nodes.append(
                    .element(node(depth: number == 0 ? depth - 1 : Int.random(in: 1..<depth, using: &generator))))
            } else {
                nodes.append(.text(text(upTo: 20)))
            }
        }
        return XMLElement(
            name: pick(Self.names), namespace: pick(Self.namespaces), attributes: attributes, nodes: nodes)
    }
}
