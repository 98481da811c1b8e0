//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

import BizBuddyStorage
import Foundation
import Testing
import XMPPTLS

@Suite struct AuditLogTests {
    private let folder: TemporaryFolder
    private var path: String { folder.file("audit.log") }

    init() throws { folder = try TemporaryFolder() }

    private static func digest(_ bytes: [UInt8]) -> String { Hexadecimal.encode(HashFunction.sha256.digest(bytes)) }

    private func open() throws -> AuditLog { try AuditLog(path: path, digest: Self.digest) }

    private func verdict() throws -> AuditVerdict { try AuditLog.verdict(path: path, digest: Self.digest) }

    private func write(_ count: Int) throws {
        let log = try open()
        for number in 1...count {
            try log.append(
                actor: "alice@acme.example", action: "reveal", subject: "c\(number)", detail: "dob \"\n\u{1F600}",
                at: Int64(number))
        }
        try log.close()
    }

    private var lines: [String] {
        get throws { try String(contentsOfFile: path, encoding: .utf8).split(separator: "\n").map(String.init) }
    }

    private func rewrite(_ lines: [String]) throws {
        try (lines.joined(separator: "\n") + "\n").write(toFile: path, atomically: false, encoding: .utf8)
    }

    @Test func goesOnWhereItEnded() throws {
        try write(3)
        let first = try verdict()
        try write(2)
        let second = try verdict()
        #expect(first.entries == 3 && second.entries == 5)
        #expect(first.problem == nil && second.problem == nil && first.head != second.head)
        let mode = try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int
        #expect(mode == 0o600)
    }

    @Test func showsEveryTampering() throws {
        try write(5)
        let whole = try lines
        var cases: [(String, [String])] = []
        for index in 0..<5 {
            var left = whole
            left.remove(at: index)
            cases.append(("without line \(index + 1)", left))
            var changed = whole
            changed[index] = changed[index].replacingOccurrences(of: "alice", with: "mallo")
            cases.append(("with line \(index + 1) changed", changed))
            var padded = whole
            padded[index] = padded[index].replacingOccurrences(of: "{", with: "{ ")
            cases.append(("with line \(index + 1) written otherwise", padded))
            var more = whole
            more[index] = more[index].replacingOccurrences(of: "{", with: "{\"also\":1,")
            cases.append(("with more in line \(index + 1)", more))
        }
        var swapped = whole
        swapped.swapAt(1, 2)
        cases.append(("in another order", swapped))
        cases.append(("twice", whole + whole))
        cases.append(("with a line of nothing", whole + [""]))
        for (name, lines) in cases {
            try rewrite(lines)
            #expect(try verdict().problem != nil, "\(name)")
            #expect(throws: StoreError.self, "\(name)") { try open() }
        }
        try rewrite(whole)
        #expect(try verdict().problem == nil)
    }

    @Test func dropsALineThatWasCutOffByALossOfPower() throws {
        try write(2)
        let handle = try #require(FileHandle(forUpdatingAtPath: path))
        try handle.seekToEnd()
        try handle.write(contentsOf: Data("{\"action\":\"rev".utf8))
        try handle.close()
        try write(1)
        let verdict = try verdict()
        #expect(verdict.entries == 3 && verdict.problem == nil)
    }

    @Test func acceptsALineWhoseHeadWasNotSaved() throws {
        try write(2)
        let head = try #require(FileManager.default.contents(atPath: path + ".head"))
        try write(1)
        try head.write(to: URL(fileURLWithPath: path + ".head"))
        #expect(try verdict().problem == nil)
        try write(1)
        #expect(try verdict().entries == 4)
    }

    @Test func takesLinesOfTwoWriters() throws {
        let first = try open()
        let second = try open()
        for number in 0..<6 {
            try (number.isMultiple(of: 2) ? first : second).append(
                actor: "a", action: "export", subject: "p-\(number)", at: Int64(number))
        }
        #expect(try verdict().entries == 6)
        #expect(try verdict().problem == nil)
    }

    @Test func boundsWhatALineHolds() throws {
        let log = try open()
        let long = String(repeating: "x", count: 100_000)
        try log.append(actor: long, action: long, subject: long, detail: long, at: 0)
        try log.close()
        #expect(try verdict().entries == 1)
        #expect(try lines[0].utf8.count < 4_000)
    }
}
