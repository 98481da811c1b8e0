//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

import Foundation
import Testing
import XMPPCore

@testable import XMPPXML

/// Mutations of a corpus, the same in each run: whatever comes in, the parser ends in events or a stream error.
@Suite struct XMLFuzzTests {
    /// `Tests/Fuzz`, beside this target's folder.
    private static let folder = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .appending(path: "Fuzz")

    private static func files(_ name: String) throws -> [(name: String, bytes: [UInt8])] {
        try FileManager.default.contentsOfDirectory(
            at: folder.appending(path: name), includingPropertiesForKeys: nil
        )
        .sorted { $0.lastPathComponent < $1.lastPathComponent }
        .map { ($0.lastPathComponent, try [UInt8](Data(contentsOf: $0))) }
    }

    private static let interesting: [[UInt8]] =
        [
            "<", ">", "/>", "</", "<!--", "-->", "<![CDATA[", "]]>", "<?", "?>", "<!DOCTYPE x [", "&amp;", "&#x0;",
            "&x;", "'", "\"",
            "xmlns='u'", "xmlns:stream='u'", "<stream:stream>", "</stream:stream>", "\u{FEFF}", " ", ":", "=",
        ].map { Array($0.utf8) } + [[0], [0xC0, 0x80], [0xED, 0xA0, 0x80], [0xFF], [0xF4, 0x90, 0x80, 0x80]]

    private static func mutated(_ bytes: [UInt8], with other: [UInt8], _ generator: inout SeededGenerator) -> [UInt8] {
        var bytes = bytes
        for _ in 0..<Int.random(in: 1...3, using: &generator) {
            guard !bytes.isEmpty else { break }
            let position = Int.random(in: bytes.indices, using: &generator)
            let end = min(bytes.count, position + Int.random(in: 1...16, using: &generator))
            switch Int.random(in: 0..<6, using: &generator) {
            case 0: bytes[position] ^= 1 << UInt8.random(in: 0..<8, using: &generator)
            case 1: bytes.removeSubrange(position..<end)
            case 2:
                bytes.insert(
                    contentsOf: interesting[Int.random(in: interesting.indices, using: &generator)], at: position)
            case 3: bytes.insert(contentsOf: bytes[position..<end], at: position)
            case 4: bytes = Array(bytes[..<position])
            default:
                let start = Int.random(in: 0...other.count, using: &generator)
                bytes = Array(bytes[..<position]) + other[start...]
            }
        }
        return bytes
    }

    /// Feeds the bytes in pieces of random size; whether everything found can be written and read again.
    private static func run(_ bytes: [UInt8], _ pool: XMLParserPool, _ generator: inout SeededGenerator) -> Bool {
        let parser = XMLStreamParser(pool: pool, limits: .beforeAuthentication)
        var rest = bytes[...]
        var found: [XMLElement] = []
        do throws(StreamError) {
            while !rest.isEmpty {
                let size = Int.random(in: 1...max(1, bytes.count), using: &generator)
                try parser.feed(Array(rest.prefix(size))) {
                    if case .element(let element) = $0 { found.append(element) }
                }
                rest = rest.dropFirst(size)
            }
        } catch {
            // A stream error is as good an end as any.
        }
        return found.allSatisfy { element in
            _ = try? Stanza(element)
            _ = StanzaError(element)
            _ = StreamError(element)
            return (try? XMLElement(parsing: element.xmlBytes)) == element
        }
    }

    @Test func survivesMutations() throws {
        let corpus = try Self.files("Corpus")
        try #require(corpus.count >= 10)
        // `make fuzz` wants more, and others.
        let wanted = ProcessInfo.processInfo.environment
        let rounds = wanted["FUZZ_ROUNDS"].flatMap { Int($0) } ?? 20_000
        let seed = wanted["FUZZ_SEED"].flatMap { UInt64($0) } ?? 6120
        var generator = SeededGenerator(seed: seed)
        let pool = XMLParserPool()
        let before = MemoryUse.residentBytes
        for _ in 0..<rounds {
            let base = corpus[Int.random(in: corpus.indices, using: &generator)].bytes
            let other = corpus[Int.random(in: corpus.indices, using: &generator)].bytes
            let input = Self.mutated(base, with: other, &generator)
            if let path = wanted["FUZZ_INPUT"] { try Data(input).write(to: URL(filePath: path)) }
            if !Self.run(input, pool, &generator) {
                Issue.record(
                    "Does not come back as it was written (seed \(seed)): \(String(decoding: input, as: UTF8.self))")
            }
        }
        #expect(pool.count <= 2 * 64)
        // Wide: other tests of the process run at the same time.
        if let before, let after = MemoryUse.residentBytes { #expect(after - before < 512 << 20) }
    }

    @Test func readsTheCorpus() throws {
        for file in try Self.files("Corpus") {
            let fixture = StreamFixture(file.name, bytes: file.bytes, [], .open)
            let (events, outcome) = fixture.run([file.bytes[...]])
            #expect(outcome == .open, "\(file.name)")
            StreamFixture(file.name, bytes: file.bytes, events, .open).check()
        }
    }

    /// Inputs that once went wrong; they do not any more.
    @Test func survivesFailCases() throws {
        var generator = SeededGenerator(seed: 1)
        let files = try Self.files("FailCases")
        #expect(!files.isEmpty)
        for file in files {
            for _ in 0..<50 { #expect(Self.run(file.bytes, XMLParserPool(), &generator), "\(file.name)") }
        }
    }
}
