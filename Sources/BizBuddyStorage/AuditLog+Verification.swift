//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

import Foundation

/// Whether an audit log is as it was written.
package struct AuditVerdict: Hashable, Sendable, Codable {
    /// Lines that are in order.
    package let entries: Int
    /// The hash of the last of them, to be noted elsewhere.
    package let head: String
    /// What is wrong with the line after them; nil if all is well.
    package let problem: String?
}

extension AuditLog {
    struct Reading {
        var head = Head()
        /// Bytes of the lines that are in order.
        var length = 0
        var problem: String?
        var isNotedSeen = false
    }

    /// Bytes read at once, and of the longest line.
    private static let chunk = 64 << 10

    /// Reads a log from its beginning, and tells whether a hash that was noted earlier is in it. Throws `StoreError` if
    /// there is no log.
    package static func verdict(
        path: String, containing noted: String? = nil, digest: ([UInt8]) -> String
    ) throws -> AuditVerdict {
        var reading = try verify(path: path, looking: noted, digest: digest)
        if reading.problem == nil, noted != nil, !reading.isNotedSeen {
            reading.problem = "the hash that was noted is not in it"
        }
        return AuditVerdict(entries: reading.head.number, head: reading.head.hash, problem: reading.problem)
    }

    static func verify(path: String, looking noted: String? = nil, digest: ([UInt8]) -> String) throws -> Reading {
        guard let handle = FileHandle(forReadingAtPath: path) else {
            throw StoreError.database("\(path) cannot be read")
        }
        defer { try? handle.close() }
        var reading = Reading()
        var rest: [UInt8] = []
        let saved = savedHead(beside: path)
        var isSavedSeen = saved == nil || saved?.number == 0
        while reading.problem == nil, let data = try handle.read(upToCount: chunk), !data.isEmpty {
            rest += data
            var start = 0
            while reading.problem == nil, let end = rest[start...].firstIndex(of: UInt8(ascii: "\n")) {
                check(Array(rest[start..<end]), &reading, digest)
                if reading.problem == nil {
                    reading.length += end - start + 1
                    if reading.head.hash == noted { reading.isNotedSeen = true }
                    if let saved, saved.number == reading.head.number {
                        isSavedSeen = true
                        if saved != reading.head {
                            reading.problem = "line \(saved.number) is not the one that was written"
                        }
                    }
                }
                start = end + 1
            }
            rest.removeFirst(start)
            if rest.count > chunk { reading.problem = "line \(reading.head.number + 1) is too long" }
        }
        if reading.problem == nil, !isSavedSeen, let saved {
            reading.problem = "\(saved.number) lines were written, \(reading.head.number) are there"
        }
        return reading
    }

    private static func check(_ line: [UInt8], _ reading: inout Reading, _ digest: ([UInt8]) -> String) {
        let number = reading.head.number + 1
        guard var entry = try? JSONDecoder().decode(Entry.self, from: Data(line)) else {
            reading.problem = "line \(number) cannot be read"
            return
        }
        let signed = entry
        let hash = entry.hash
        entry.hash = ""
        guard entry.number == number, entry.previous == reading.head.hash, let unsigned = try? Self.line(entry),
            digest(unsigned) == hash, (try? Self.line(signed)) == line
        else {
            reading.problem = "line \(number) has been changed, or one before it is missing"
            return
        }
        reading.head = Head(number: number, hash: hash)
    }
}
