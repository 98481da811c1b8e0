//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

internal import GRDB

/// Reads one page of one archive: every way to ask is a range of one index, from the position on.
struct ArchivePageReader {
    private let archive: Int64
    private let total: Int
    private let query: ArchiveQuery
    private let database: Database

    init(archive: Int64, total: Int, query: ArchiveQuery, _ database: Database) {
        self.archive = archive
        self.total = total
        self.query = query
        self.database = database
    }

    func page() throws -> ArchivePage {
        if query.ids != nil { return try pageOfNamed() }
        let match = query.text.flatMap { ArchiveStore.match($0, archive: archive) }
        if query.text != nil, match == nil {
            // Nothing holds a word that is none.
            return ArchivePage(entries: [], isComplete: true, count: 0)
        }
        let (low, high) = query.bounds
        if query.limit == 0 {
            let count = try count(low, high, match)
            return ArchivePage(entries: [], isComplete: count == 0, count: count)
        }
        var range = (low, high)
        switch query.position {
        case .after(let id): range.0 = max(low, id.clock)
        case .before(let id): range.1 = min(high, id.clock)
        case .first, .last: break
        }
        var entries = try select(range, match, limit: query.limit + 1)
        let isTooMany = entries.count > query.limit
        if isTooMany { entries.removeLast() }
        let isComplete = fits(&entries) && !isTooMany
        if query.isBackward { entries.reverse() }
        return placed(ArchivePage(entries: entries, isComplete: isComplete))
    }

    /// Cuts the page where it becomes too large; false if it had to be cut.
    private func fits(_ entries: inout [StoredArchiveEntry]) -> Bool {
        var bytes = 0
        for (index, entry) in entries.enumerated() {
            bytes += entry.stanza.utf8.count
            guard index > 0, bytes > query.byteLimit else { continue }
            entries.removeSubrange(index...)
            return false
        }
        return true
    }

    /// A page with the numbers that cost nothing: those of the whole archive, and of a result that is one page.
    private func placed(_ page: ArchivePage) -> ArchivePage {
        var page = page
        if query.isUnfiltered {
            page.count = total
        } else if page.isComplete, query.position == .first || query.position == .last {
            page.count = page.entries.count
        }
        guard !page.entries.isEmpty else { return page }
        switch query.position {
        case .first: page.firstIndex = 0
        case .last: page.firstIndex = page.count.map { $0 - page.entries.count }
        case .before: page.firstIndex = page.isComplete ? 0 : nil
        case .after: page.firstIndex = page.isComplete ? page.count.map { $0 - page.entries.count } : nil
        }
        return page
    }

    // MARK: - Named messages

    private func pageOfNamed() throws -> ArchivePage {
        let (low, high) = query.bounds
        var matching = try ArchiveStore.entries(archive: archive, query.ids ?? [], in: database)
            .filter { $0.id.clock > low && $0.id.clock < high }
        if query.with != nil || query.text != nil {
            let match = query.text.map { ArchiveStore.match($0, archive: archive) ?? "" }
            matching = try matching.filter { entry in
                try match != "" && !select((entry.id.clock - 1, entry.id.clock + 1), match, limit: 1).isEmpty
            }
        }
        let count = matching.count
        if query.limit == 0 { return ArchivePage(entries: [], isComplete: count == 0, count: count) }
        switch query.position {
        case .first, .last: break
        case .after(let id): matching.removeAll { $0.id <= id }
        case .before(let id): matching.removeAll { $0.id >= id }
        }
        if query.isBackward { matching.reverse() }
        var entries = Array(matching.prefix(query.limit))
        let isComplete = fits(&entries) && entries.count == matching.count
        if query.isBackward { entries.reverse() }
        var page = ArchivePage(entries: entries, isComplete: isComplete, count: count)
        page.firstIndex = placed(page).firstIndex
        return page
    }

    // MARK: - SQL

    private func select(_ range: (Int64, Int64), _ match: String?, limit: Int) throws -> [StoredArchiveEntry] {
        let order = query.isBackward ? "DESC" : "ASC"
        let (source, id) =
            match == nil
            ? ("archive_entry AS e CROSS JOIN archive_message AS m ON m.id = e.id", "e.id")
            : (
                """
                archive_text AS t CROSS JOIN archive_entry AS e ON e.archive = ? AND e.id = t.rowid
                CROSS JOIN archive_message AS m ON m.id = e.id
                """, "t.rowid"
            )
        let statement = try database.cachedStatement(
            sql: """
                SELECT m.id, m.tail, m.stanza, e.outgoing FROM \(source)
                WHERE \(condition(match, id)) ORDER BY \(id) \(order) LIMIT ?
                """)
        let rows = try Row.fetchCursor(statement, arguments: arguments(range, match) + [limit])
        return try ArchiveStore.entries(rows)
    }

    private func count(_ low: Int64, _ high: Int64, _ match: String?) throws -> Int {
        if query.isUnfiltered { return total }
        let (source, id) =
            match == nil
            ? ("archive_entry AS e", "e.id")
            : ("archive_text AS t CROSS JOIN archive_entry AS e ON e.archive = ? AND e.id = t.rowid", "t.rowid")
        let row = try database.row(
            "SELECT COUNT(*) AS number FROM \(source) WHERE \(condition(match, id))", arguments((low, high), match))
        return try row?.value("number") ?? 0
    }

    private func condition(_ match: String?, _ id: String) -> String {
        (match == nil ? "e.archive = ?" : "archive_text MATCH ?")
            + (query.with == nil ? "" : " AND e.peer = ?") + (query.resource == nil ? "" : " AND e.resource = ?")
            + " AND \(id) > ? AND \(id) < ?"
    }

    private func arguments(_ range: (Int64, Int64), _ match: String?) -> StatementArguments {
        var arguments: StatementArguments = [archive]
        if let match { arguments += [match] }
        if let with = query.with { arguments += [with] }
        if let resource = query.resource { arguments += [resource] }
        return arguments + [range.0, range.1]
    }
}
