//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

package import BizBuddyCore
import Foundation
import GRDB
import Synchronization

/// Answers to frequent questions: a folder of Markdown files, one question each, searched in full text (SQLite FTS5).
///
/// The first line that is a heading is the question; what follows is the answer. `name.de.md` is German; a file without
/// a language counts in all.
package final class FAQIndex: Sendable {
    /// Files, bytes of one, and characters of an answer that customers get.
    private static let files = 2_000
    private static let bytes = 256 << 10
    private static let answerLength = 4_000
    /// Words of a question that are looked for, and the shortest of them.
    private static let longestQuestion = 24
    private static let shortestWord = 4

    private let folder: String
    private let database: Mutex<DatabaseQueue>

    /// Throws `StoreError` if the folder cannot be read.
    package init(folder: String) throws {
        self.folder = folder
        database = Mutex(try Self.read(folder))
    }

    /// Reads the folder again; if that fails, what is known stays.
    package func reload() throws {
        let fresh = try Self.read(folder)
        database.withLock { $0 = fresh }
    }

    package func count() async throws -> Int {
        try await database.withLock { $0 }.read { try Int.fetchOne($0, sql: "SELECT count(*) FROM faq") ?? 0 }
    }

    /// The answer that fits best, if at least half of the question's longer words stand in it.
    package func answer(to question: String, language: String?) async throws -> FAQAnswer? {
        let words = Self.words(of: question)
        guard !words.isEmpty else { return nil }
        let pattern = words.map { "\"\($0)\"" }.joined(separator: " OR ")
        let language = language.map { String($0.prefix { $0 != "-" }).lowercased() } ?? ""
        return try await database.withLock { $0 }.read { database in
            let rows = try Row.fetchAll(
                database,
                sql: """
                    SELECT id, title, body FROM faq WHERE faq MATCH ? AND (language = '' OR language = ?)
                    ORDER BY bm25(faq, 5.0, 1.0) LIMIT 5
                    """, arguments: [pattern, language])
            for row in rows {
                let title: String = try row.decode(forColumn: "title")
                let body: String = try row.decode(forColumn: "body")
                let known = Set(Self.words(of: "\(title) \(body)", limit: .max))
                guard words.count(where: { known.contains($0) }) * 2 >= words.count else { continue }
                return FAQAnswer(
                    id: try row.decode(forColumn: "id"), title: title, text: String(body.prefix(Self.answerLength)))
            }
            return nil
        }
    }

    /// Longer words in small letters, each once.
    private static func words(of text: String, limit: Int = longestQuestion) -> [String] {
        var seen: Set<String> = []
        var words: [String] = []
        for word in text.lowercased().split(whereSeparator: { !$0.isLetter && !$0.isNumber }) where words.count < limit
        {
            let word = String(word)
            if word.count >= shortestWord, seen.insert(word).inserted { words.append(word) }
        }
        return words
    }

    private static func read(_ folder: String) throws -> DatabaseQueue {
        let names: [String]
        do {
            names = try FileManager.default.contentsOfDirectory(atPath: folder).filter { $0.hasSuffix(".md") }.sorted()
        } catch {
            throw StoreError.database("the folder \(folder) cannot be read")
        }
        return try DatabaseFile.telling {
            let database = try DatabaseQueue()
            try database.write { database in
                try database.execute(
                    sql: """
                        CREATE VIRTUAL TABLE faq USING fts5(
                            title, body, id UNINDEXED, language UNINDEXED, tokenize = 'unicode61 remove_diacritics 0')
                        """)
                for name in names.prefix(files) {
                    guard let data = FileManager.default.contents(atPath: folder + "/" + name), data.count <= bytes
                    else { continue }
                    let (title, body) = Self.parts(of: String(decoding: data, as: UTF8.self))
                    guard !title.isEmpty, !body.isEmpty else { continue }
                    let stem = name.dropLast(3)
                    let language = stem.split(separator: ".").dropFirst().last.map { $0.lowercased() } ?? ""
                    try database.execute(
                        sql: "INSERT INTO faq (title, body, id, language) VALUES (?, ?, ?, ?)",
                        arguments: [title, body, String(stem), language])
                }
            }
            return database
        }
    }

    /// The first heading and what follows it.
    private static func parts(of text: String) -> (title: String, body: String) {
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
        guard let heading = lines.firstIndex(where: { $0.hasPrefix("#") }) else { return ("", "") }
        func trimmed(_ text: some StringProtocol) -> String {
            text.trimmingCharacters(in: .whitespacesAndNewlines)
        }
        let title = trimmed(lines[heading].drop { $0 == "#" })
        return (title, trimmed(lines[(heading + 1)...].joined(separator: "\n")))
    }
}
