//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

import Testing

@testable import BizBuddyStorage

@Suite struct CSVReaderTests {
    private func read(_ bytes: [UInt8]) -> [CSVReader.Item] {
        var reader = CSVReader(bytes)
        var items: [CSVReader.Item] = []
        while let item = reader.next() {
            items.append(item)
        }
        return items
    }

    private func rows(_ text: String) -> [[String]] {
        read(Array(text.utf8)).compactMap { if case .row(_, let fields) = $0 { fields } else { nil } }
    }

    @Test(arguments: [
        ("a,b\n1,2\n", [["a", "b"], ["1", "2"]]),
        ("a,b\r\n1,2", [["a", "b"], ["1", "2"]]),
        ("\u{FEFF}a,b\r\n1,2\r\n", [["a", "b"], ["1", "2"]]),
        ("a;b,c;d\n1;2;3\n", [["a", "b,c", "d"], ["1", "2", "3"]]),
        ("\"a,\"\"x\"\"\",b\n", [["a,\"x\"", "b"]]),
        ("\"two\r\nlines\",b\n", [["two\r\nlines", "b"]]),
        (",\n,,\n", [["", ""], ["", "", ""]]),
        ("\n\r\na\n\n\nb\n", [["a"], ["b"]]),
        ("\"\"\n", [[""]]), ("a,", [["a", ""]]), ("a\"b,c\n", [["a\"b", "c"]]), ("a\r", [["a"]]),
        ("", []), ("\n\n", []), ("ü,€,🙂\n", [["ü", "€", "🙂"]]),
    ])
    func readsRows(text: String, expected: [[String]]) {
        #expect(rows(text) == expected)
    }

    @Test func countsLinesOfTheFile() {
        #expect(
            read(Array("a\n\n\"x\ny\"\nb\n".utf8)) == [
                .row(line: 1, fields: ["a"]), .row(line: 3, fields: ["x\ny"]), .row(line: 5, fields: ["b"]),
            ])
    }

    @Test func goesOnAfterABadRow() {
        let items = read(Array("a,b\n\"x\"y,2\nc,d\n".utf8))
        #expect(items.count == 3)
        guard case .malformed(2, _) = items[1] else {
            Issue.record("a quote in the wrong place is accepted")
            return
        }
        #expect(items[2] == .row(line: 3, fields: ["c", "d"]))
    }

    @Test(
        arguments: [
            Array("\"never closed\n1,2\n".utf8), [0x61, 0xFF, 0x0A], Array("a\rb\n".utf8),
            Array(repeating: UInt8(ascii: ","), count: 300), Array(repeating: UInt8(ascii: "x"), count: 70_000),
            [UInt8(ascii: "\"")] + Array(repeating: UInt8(ascii: "x"), count: 70_000) + [UInt8(ascii: "\"")],
        ] as [[UInt8]])
    func refusesBadRows(bytes: [UInt8]) {
        guard case .malformed(1, let reason)? = read(bytes).first else {
            Issue.record("a bad row is accepted")
            return
        }
        #expect(!reason.isEmpty)
    }

    @Test func endsOnAnyBytes() {
        // Every short text over the bytes that matter: no trap, no endless loop.
        let alphabet = Array("a,;\"\r\n".utf8) + [0xFF]
        for length in 0...5 {
            var indices = Array(repeating: 0, count: length)
            while true {
                #expect(read(indices.map { alphabet[$0] }).count <= length)
                guard let last = indices.lastIndex(where: { $0 < alphabet.count - 1 }) else { break }
                indices[last] += 1
                for index in indices.indices where index > last {
                    indices[index] = 0
                }
            }
        }
    }
}
