//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

import Foundation
import Synchronization

/// What was done with customers' data, by whom and when: lines of JSON, each with the hash of the one before it, so that
/// none can be changed, left out or put in without all after it being wrong.
///
/// Beside it stands a file with the number and the hash of the last line: a log that was cut off at its end shows as well.
package final class AuditLog: Sendable {
    /// One line.
    package struct Entry: Hashable, Sendable, Codable {
        package let number: Int
        /// Milliseconds since 1970.
        package let at: Int64
        /// Who: an agent's address, or `switchboard`.
        package let actor: String
        /// `reveal`, `verify`, `export`, `erase`, …
        package let action: String
        /// Whom it was about; never an address of a customer, for the log outlives what is known of them.
        package let subject: String
        package let detail: String
        /// The hash of the line before; of nothing in the first.
        package let previous: String
        package internal(set) var hash: String
    }

    /// The end of the log.
    struct Head: Hashable, Sendable, Codable {
        var number = 0
        var hash = ""
    }

    private struct State {
        var head: Head
        var handle: FileHandle
        /// Bytes of the file as we know it.
        var length: UInt64
    }

    /// Unicode scalars of each text of an entry.
    private static let textLength = 500

    private let path: String
    private let digest: @Sendable ([UInt8]) -> String
    private let state: Mutex<State>

    /// Opens or creates the log. `digest` is SHA-256 in hexadecimal.
    ///
    /// A line that was cut off by a loss of power was never acknowledged: it goes. Throws `StoreError`.
    package init(path: String, digest: @escaping @Sendable ([UInt8]) -> String) throws {
        self.path = path
        self.digest = digest
        let files = FileManager.default
        if !files.fileExists(atPath: path) {
            guard files.createFile(atPath: path, contents: nil, attributes: [.posixPermissions: 0o600]) else {
                throw StoreError.database("\(path) cannot be made")
            }
        }
        guard let handle = FileHandle(forUpdatingAtPath: path) else {
            throw StoreError.database("\(path) cannot be written")
        }
        let verdict = try Self.verify(path: path, digest: digest)
        if let problem = verdict.problem { throw StoreError.damaged("\(path): \(problem)") }
        try handle.truncate(atOffset: UInt64(verdict.length))
        try handle.seekToEnd()
        state = Mutex(State(head: verdict.head, handle: handle, length: UInt64(verdict.length)))
    }

    /// Writes a line down; when this returns it is on disk.
    package func append(actor: String, action: String, subject: String, detail: String = "", at: Int64) throws {
        try state.withLock { state in
            // A command may write to it while the service runs: one at a time, and each after the other's lines.
            guard flock(state.handle.fileDescriptor, LOCK_EX) == 0 else {
                throw StoreError.database("\(path) cannot be locked")
            }
            defer { flock(state.handle.fileDescriptor, LOCK_UN) }
            if try state.handle.seekToEnd() != state.length {
                let reading = try Self.verify(path: path, digest: digest)
                if let problem = reading.problem { throw StoreError.damaged("\(path): \(problem)") }
                state.head = reading.head
                state.length = UInt64(reading.length)
            }
            var entry = Entry(
                number: state.head.number + 1, at: at, actor: Self.cut(actor), action: Self.cut(action),
                subject: Self.cut(subject), detail: Self.cut(detail), previous: state.head.hash, hash: "")
            entry.hash = digest(try Self.line(entry))
            do {
                try state.handle.write(contentsOf: Data(try Self.line(entry)) + Data("\n".utf8))
                try state.handle.synchronize()
            } catch {
                throw StoreError.database("\(path) cannot be written: \(error)")
            }
            state.head = Head(number: entry.number, hash: entry.hash)
            state.length = try state.handle.offset()
            try Self.save(state.head, beside: path)
        }
    }

    /// Entries so far.
    package var count: Int { state.withLock { $0.head.number } }

    package func close() throws {
        try state.withLock { try $0.handle.close() }
    }

    private static func cut(_ text: String) -> String {
        String(String.UnicodeScalarView(text.unicodeScalars.prefix(textLength)))
    }

    static func line(_ entry: Entry) throws -> [UInt8] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return Array(try encoder.encode(entry))
    }

    // MARK: The end

    static func headPath(of path: String) -> String { path + ".head" }

    private static func save(_ head: Head, beside path: String) throws {
        let target = headPath(of: path)
        let partial = target + ".partial"
        do {
            try JSONEncoder().encode(head).write(to: URL(fileURLWithPath: partial))
        } catch {
            throw StoreError.database("\(target) cannot be written: \(error)")
        }
        guard rename(partial, target) == 0 else { throw StoreError.database("\(target) cannot be written") }
    }

    static func savedHead(beside path: String) -> Head? {
        FileManager.default.contents(atPath: headPath(of: path)).flatMap {
            try? JSONDecoder().decode(Head.self, from: $0)
        }
    }
}
