//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

import Testing

@testable import XMPPStorage

/// What the archive should answer, worked out from a list of all messages.
private struct ArchiveModel {
    struct Message {
        let id: ArchiveID
        let peer: String
        let resource: String
        let words: Set<String>
    }

    var messages: [Message] = []

    func page(_ query: ArchiveQuery) -> (ids: [ArchiveID], isComplete: Bool, all: [ArchiveID]) {
        let matching = messages.filter { message in
            (query.with == nil || message.peer == query.with)
                && (query.resource == nil || message.resource == query.resource)
                && (query.start.map { message.id.milliseconds >= $0 } ?? true)
                && (query.end.map { message.id.milliseconds <= $0 } ?? true)
                && (query.afterID.map { message.id > $0 } ?? true)
                && (query.beforeID.map { message.id < $0 } ?? true)
                && (query.ids.map { $0.contains(message.id) } ?? true)
                && (query.text.map { message.words.contains($0) } ?? true)
        }
        .map(\.id)
        let rest: [ArchiveID] =
            switch query.position {
            case .first, .last: matching
            case .after(let id): matching.filter { $0 > id }
            case .before(let id): matching.filter { $0 < id }
            }
        let page = query.isBackward ? rest.suffix(query.limit) : rest.prefix(query.limit)
        return (Array(page), page.count == rest.count, matching)
    }
}

@Suite struct ArchivePageTests {
    let romeo = ArchiveFixture.romeo
    let fixture: ArchiveFixture
    private let model: ArchiveModel

    /// 60 messages with three people, up to four in a millisecond.
    init() async throws {
        let fixture = try await ArchiveFixture("page")
        var model = ArchiveModel()
        var random = Generator(state: 7)
        for number in 0..<60 {
            let peer = ["juliet@capulet.lit", "mercutio@verona.lit", "romeo@montague.lit"][number % 7 % 3]
            let resource = ["balcony", "garden"][number % 2]
            let word = ["sun", "moon"][number % 3 % 2]
            let isOutgoing = number % 5 < 3 || peer == ArchiveFixture.romeo
            let entry =
                isOutgoing
                ? fixture.message("the \(word) number \(number)", to: peer, at: resource)
                : fixture.message(
                    "the \(word) number \(number)", from: peer, resource: resource, to: ArchiveFixture.romeo)
            let id = try await fixture.store.append(entry).id
            model.messages.append(.init(id: id, peer: peer, resource: resource, words: ["the", word, "\(number)"]))
            if Bool.random(using: &random) { fixture.clock.now += Int64.random(in: 0...2000, using: &random) }
        }
        self.fixture = fixture
        self.model = model
    }

    /// The same numbers in every run.
    private struct Generator: RandomNumberGenerator {
        var state: UInt64

        mutating func next() -> UInt64 {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return state ^ state >> 33
        }
    }

    /// One of some, or none.
    private func some<Value>(_ values: [Value], _ random: inout Generator) -> Value? {
        Bool.random(using: &random) ? values.randomElement(using: &random) : nil
    }

    @Test(arguments: 0..<20) func answersAsTheModelDoes(seed: UInt64) async throws {
        var random = Generator(state: seed &* 7919 &+ 1)
        let ids = model.messages.map(\.id)
        for _ in 0..<60 {
            var query = ArchiveQuery(limit: [0, 1, 2, 7, 50, 100].randomElement(using: &random) ?? 1)
            query.with = some(["juliet@capulet.lit", "mercutio@verona.lit", "romeo@montague.lit", "x@y"], &random)
            if query.with != nil { query.resource = some(["balcony", "garden", "no"], &random) }
            query.start = some(ids, &random)?.milliseconds
            query.end = some(ids, &random)?.milliseconds
            query.afterID = some(ids, &random)
            query.beforeID = some(ids, &random)
            if Int.random(in: 0..<4, using: &random) == 0 {
                query.ids = (0..<5).compactMap { _ in ids.randomElement(using: &random) }
            }
            if Int.random(in: 0..<3, using: &random) == 0 { query.text = ["sun", "moon", "the", "42"][Int(seed) % 4] }
            let id = ids.randomElement(using: &random) ?? ids[0]
            query.position =
                [.first, .last, .after(id), .before(id)].randomElement(using: &random) ?? .first
            let page = try await fixture.store.page(romeo, query)
            let expected = model.page(query)
            #expect(page.entries.map(\.id) == expected.ids, "\(query)")
            if query.limit > 0 { #expect(page.isComplete == expected.isComplete, "\(query)") }
            if query.limit == 0 { #expect(page.count == expected.all.count, "\(query)") }
            if let count = page.count { #expect(count == expected.all.count, "\(query)") }
            if let index = page.firstIndex, let first = expected.ids.first {
                #expect(expected.all.firstIndex(of: first) == index, "\(query)")
            }
        }
    }

    @Test(arguments: [1, 7, 59, 60, 61]) func pagesJoinWithoutGapsBothWays(limit: Int) async throws {
        let all = model.messages.map(\.id)
        var forward: [ArchiveID] = []
        var query = ArchiveQuery(limit: limit)
        while true {
            let page = try await fixture.store.page(romeo, query)
            forward += page.entries.map(\.id)
            if page.isComplete { break }
            query.position = .after(try #require(page.entries.last?.id))
        }
        #expect(forward == all)
        var backward: [ArchiveID] = []
        query.position = .last
        while true {
            let page = try await fixture.store.page(romeo, query)
            backward = page.entries.map(\.id) + backward
            if page.isComplete { break }
            query.position = .before(try #require(page.entries.first?.id))
        }
        #expect(backward == all)
    }

    @Test func numbersThatCostNothingAreTold() async throws {
        func numbers(_ query: ArchiveQuery) async throws -> [Int?] {
            let page = try await fixture.store.page(romeo, query)
            return [page.firstIndex, page.count]
        }
        let tenth = model.messages[9].id
        #expect(try await numbers(ArchiveQuery(limit: 10)) == [0, 60])
        #expect(try await numbers(ArchiveQuery(position: .last, limit: 10)) == [50, 60])
        #expect(try await numbers(ArchiveQuery(position: .after(tenth), limit: 100)) == [10, 60])
        #expect(try await numbers(ArchiveQuery(position: .after(tenth), limit: 10)) == [nil, 60])
        #expect(try await numbers(ArchiveQuery(position: .before(tenth), limit: 10)) == [0, 60])
        #expect(try await numbers(ArchiveQuery(beforeID: tenth, limit: 10)) == [0, 9])
        #expect(try await numbers(ArchiveQuery(beforeID: tenth, limit: 5)) == [0, nil])
        #expect(try await numbers(ArchiveQuery(with: "x@y", limit: 5)) == [nil, 0])
    }

    @Test func unknownMessagesAreNotFound() async throws {
        let known = model.messages[3].id
        let unknown = ArchiveID(clock: known.clock, tail: known.tail ^ 1)
        // In juliet's archive, not in romeo's.
        let foreign = try await fixture.store.append(
            fixture.message("x", from: "juliet@capulet.lit", to: "mercutio@verona.lit")
        ).id
        for id in [unknown, foreign] {
            for query in [
                ArchiveQuery(afterID: id, limit: 1), ArchiveQuery(beforeID: id, limit: 1),
                ArchiveQuery(ids: [known, id], limit: 5), ArchiveQuery(position: .after(id), limit: 1),
                ArchiveQuery(position: .before(id), limit: 1),
            ] {
                await #expect(throws: StorageError.notFound) { try await fixture.store.page(romeo, query) }
                await #expect(throws: StorageError.notFound) { try await fixture.store.page("nobody@x", query) }
            }
        }
        #expect(
            try await fixture.store.page("nobody@x", ArchiveQuery(limit: 5))
                == ArchivePage(entries: [], isComplete: true, count: 0))
    }

    @Test func everyQueryIsARangeOfAnIndex() async throws {
        let sql = [
            ("e.archive = 1 AND e.id > 5 AND e.id < 9", "PRIMARY KEY (archive=? AND id>? AND id<?)"),
            (
                "e.archive = 1 AND e.peer = 'x' AND e.id > 5 AND e.id < 9",
                "COVERING INDEX archive_entry_by_peer (archive=? AND peer=? AND id>? AND id<?)"
            ),
            (
                "e.archive = 1 AND e.peer = 'x' AND e.resource = 'y' AND e.id > 5 AND e.id < 9",
                "COVERING INDEX archive_entry_by_peer (archive=? AND peer=? AND id>? AND id<?)"
            ),
        ]
        for (condition, plan) in sql {
            let details = try await fixture.database.read { database in
                try database.rows(
                    """
                    EXPLAIN QUERY PLAN SELECT m.id, m.tail, m.stanza, e.outgoing
                    FROM archive_entry AS e CROSS JOIN archive_message AS m ON m.id = e.id
                    WHERE \(condition) ORDER BY e.id DESC LIMIT 51
                    """
                )
                .map { try $0.value("detail") as String }
            }
            #expect(details.contains { $0.contains(plan) }, "\(details)")
            #expect(!details.contains { $0.contains("TEMP B-TREE") || $0.contains("SCAN") }, "\(details)")
        }
    }

    @Test func metadataNamesTheEnds() async throws {
        let ids = model.messages.map(\.id)
        #expect(
            try await fixture.store.metadata(romeo) == ArchiveMetadata(start: ids[0], end: ids[59]))
        #expect(try await fixture.store.metadata("nobody@x") == nil)
        #expect(try await fixture.store.stanzas(romeo, [ids[5], ids[2]]).map(\.id) == [ids[2], ids[5]])
        #expect(try await fixture.store.after(romeo, ids[55], limit: 3).map(\.id) == Array(ids[56..<59]))
    }
}
