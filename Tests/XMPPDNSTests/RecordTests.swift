//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

import Testing

@testable import XMPPDNS

@Suite struct RecordTests {
    private static let name: [UInt8] = [4] + Array("Xmpp".utf8) + [7] + Array("example".utf8) + [0]
    private static let service: [UInt8] = [0, 5, 0x01, 0x00, 0x14, 0x95] + name

    @Test func readsSRV() {
        let record = SRVRecord(data: RecordTests.service)
        #expect(record == SRVRecord(priority: 5, weight: 256, port: 5269, target: "xmpp.example"))
    }

    @Test func readsTheRootAsNoTarget() {
        #expect(SRVRecord(data: [0, 0, 0, 0, 0, 0, 0])?.target == "")
    }

    @Test(
        arguments: [
            [],
            [0, 5, 0, 1, 0],
            [0, 5, 0, 1, 0x14, 0x95],
            // A label longer than the data.
            [0, 5, 0, 1, 0x14, 0x95, 9, 0x61, 0],
            // No end.
            [0, 5, 0, 1, 0x14, 0x95, 1, 0x61],
            // Something behind the end.
            service + [0],
            // A pointer, and the two reserved kinds of label.
            [0, 5, 0, 1, 0x14, 0x95, 0xC0, 0x00],
            [0, 5, 0, 1, 0x14, 0x95, 0x80, 0x00],
            [0, 5, 0, 1, 0x14, 0x95, 0x41, 0x00],
            // No host names: a NUL, a space, a dot inside a label, a byte above ASCII.
            [0, 5, 0, 1, 0x14, 0x95, 1, 0x00, 0],
            [0, 5, 0, 1, 0x14, 0x95, 1, 0x20, 0],
            [0, 5, 0, 1, 0x14, 0x95, 3, 0x61, 0x2E, 0x62, 0],
            [0, 5, 0, 1, 0x14, 0x95, 1, 0xE9, 0],
            // 256 octets.
            [0, 5, 0, 1, 0x14, 0x95]
                + Array(repeating: [63] + Array(repeating: UInt8(0x61), count: 63), count: 4).joined()
                + [0],
        ] as [[UInt8]])
    func refusesMalformedSRV(_ data: [UInt8]) {
        #expect(SRVRecord(data: data) == nil)
    }

    @Test func takesTheLongestName() {
        let label: [UInt8] = [63] + Array(repeating: 0x61, count: 63)
        let data = [0, 0, 0, 0, 0, 1] + label + label + label + [61] + Array(repeating: 0x62, count: 61) + [0]
        #expect(SRVRecord(data: data)?.target.utf8.count == 253)
        let longer = [0, 0, 0, 0, 0, 1] + label + label + label + [62] + Array(repeating: 0x62, count: 62) + [0]
        #expect(SRVRecord(data: longer) == nil)
    }

    @Test func readsTLSA() {
        let digest = [UInt8](repeating: 7, count: 32)
        #expect(
            TLSARecord(data: [3, 1, 1] + digest)
                == TLSARecord(usage: 3, selector: 1, matchingType: 1, data: digest))
        #expect(TLSARecord(data: [255, 9, 8, 1])?.usage == 255)
    }

    @Test(arguments: [[], [3], [3, 1, 1], [3, 1, 0] + [UInt8](repeating: 1, count: 17_000)] as [[UInt8]])
    func refusesMalformedTLSA(_ data: [UInt8]) {
        #expect(TLSARecord(data: data) == nil)
    }

    /// Whatever the bytes are, reading ends, and what is read is a name that may be asked for.
    @Test func survivesMutations() {
        var random = SplitMix(seed: 20_261_122)
        for _ in 0..<20_000 {
            var data = RecordTests.service
            for _ in 0..<Int.random(in: 1...4, using: &random) {
                switch Int.random(in: 0..<3, using: &random) {
                case 0 where !data.isEmpty: data.removeLast(Int.random(in: 1...data.count, using: &random))
                case 1:
                    data.insert(.random(in: 0...255, using: &random), at: .random(in: 0...data.count, using: &random))
                default:
                    guard !data.isEmpty else { continue }
                    data[.random(in: 0..<data.count, using: &random)] = .random(in: 0...255, using: &random)
                }
            }
            if let target = SRVRecord(data: data)?.target, !target.isEmpty {
                #expect(UnboundResolver.canAsk(for: target), "\(data)")
            }
            if let record = TLSARecord(data: data) { #expect(!record.data.isEmpty) }
        }
    }

    @Test(arguments: [
        ("example", true), ("_xmpp-server._tcp.example.", true), (String(repeating: "a", count: 63), true),
        ("", false), (".", false), ("a..b", false), (".a", false), ("a b", false), ("a\0b", false),
        ("é.example", false),
        ("a\\.b", false), (String(repeating: "a", count: 64), false),
        (Array(repeating: "abcdefghi", count: 26).joined(separator: "."), false),
    ])
    func knowsWhatCanBeAskedFor(_ name: String, _ expected: Bool) {
        #expect(UnboundResolver.canAsk(for: name) == expected)
    }
}
