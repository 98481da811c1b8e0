//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

import Testing

@testable import XMPPStorage

@Suite struct ArchiveTextTests {
    let romeo = ArchiveFixture.romeo
    let juliet = ArchiveFixture.juliet

    private func found(_ fixture: ArchiveFixture, _ account: String, _ text: String) async throws -> [ArchiveID] {
        try await fixture.store.page(account, ArchiveQuery(text: text, limit: 100)).entries.map(\.id)
    }

    // MARK: - Looking at stored text

    @Test func readsWhatTheSerialiserWrites() throws {
        let text = try #require(
            ArchivedText(
                """
                <message xmlns='jabber:client' id='a&gt;&apos;1' from='romeo@montague.lit/it&apos;s'>\
                <html xmlns='http://jabber.org/protocol/xhtml-im'><body xmlns='http://www.w3.org/1999/xhtml'><p>no</p>\
                </body></html><thread/><bodyguard>no</bodyguard><body xmlns='urn:other'>no</body>\
                <body xml:lang='de'>a &amp;&lt;b&gt; &#xD;"c" &unknown; &amp;amp;</body><body>second</body>\
                <origin-id xmlns='urn:xmpp:sid:0' id='o&quot;1'/></message>
                """))
        #expect(text.body == "a &<b> \r\"c\" &unknown; &amp;")
        #expect(text.attribute("id") == "a>'1")
        #expect(text.attribute("from") == "romeo@montague.lit/it's")
        #expect(text.attribute("d") == nil)
        #expect(text.originID == "o\"1")
        #expect(text.hasChild("origin-id", "urn:xmpp:sid:0"))
        #expect(!text.hasChild("origin-id", "urn:xmpp:sid:1"))
        #expect(text.startTag.hasSuffix("it&apos;s'"))
    }

    @Test(arguments: [
        "", "x", "<", "<a", "<a x='", "<a></b", "<a><", "<a></a></a>", "<a>&#x110000;</a>", "<a><body>", "<a/>",
        "<a b='1'/>",
        "<a><body/></a>", "<a><body></body", "<>", "</>", "<a>&", "<a><body>&;</body></a>",
    ])
    func otherTextIsNoTrap(text: String) {
        let text = ArchivedText(text)
        #expect(text?.body == nil || text?.body == "" || text?.body == "&;")
        #expect(text?.originID == nil)
        #expect(text.map { $0.startTag.first == "<" } ?? true)
    }

    // MARK: - Searching

    @Test func findsWordsInOnesOwnArchiveOnly() async throws {
        let fixture = try await ArchiveFixture("search")
        let first = try await fixture.store.append(fixture.message("O Romeo, wherefore art thou Romeo?")).id
        let second = try await fixture.store.append(
            fixture.message("Über den Dächern, &lt;b&gt;", from: juliet, to: romeo)
        )
        .id
        let own = try await fixture.store.append(fixture.message("a private romeo note", to: romeo)).id
        #expect(try await found(fixture, romeo, "romeo") == [first, own])
        #expect(try await found(fixture, juliet, "ROMEO") == [first])
        #expect(try await found(fixture, juliet, "dachern uber") == [second])
        #expect(try await found(fixture, romeo, "art thou") == [first])
        #expect(try await found(fixture, romeo, "art private") == [])
        // The numbers of archives are no words.
        #expect(try await found(fixture, romeo, "1") == [])
        #expect(try await found(fixture, romeo, "2") == [])
        #expect(try await found(fixture, "nobody@x", "romeo") == [])
    }

    @Test(arguments: [
        "\"", "\"romeo", "romeo\"", "romeo AND", "OR", "NOT romeo", "(", "romeo)", "romeo*", "*", "owners:2",
        "owners : 2",
        "body:romeo", "^romeo", "romeo NEAR juliet", "{owners} : 2", "-romeo", "'", "''; DROP TABLE account", "+", "\\",
        "romeo \u{0301}", "🌹", "%_", String(repeating: "romeo ", count: 500), "-- x", "a\"b\"c",
    ])
    func whateverIsAskedIsOnlyWords(text: String) async throws {
        let fixture = try await ArchiveFixture("hostile")
        let id = try await fixture.store.append(fixture.message("romeo", to: romeo)).id
        try await fixture.store.append(fixture.message("romeo", from: juliet, to: juliet))
        let ids = try await found(fixture, romeo, text)
        #expect(ids == [] || ids == [id])
        #expect(try await found(fixture, romeo, "romeo") == [id])
    }

    @Test func indexFollowsInBatches() async throws {
        let fixture = try await ArchiveFixture("batches")
        for number in 0..<150 { try await fixture.store.append(fixture.message("word\(number)")) }
        func next() async throws -> Int {
            let store = fixture.store
            return try await fixture.database.write { try store.indexNext(in: $0) }
        }
        #expect(try await next() == 64)
        #expect(try await next() == 64)
        #expect(try await next() == 22)
        #expect(try await next() == 0)
        #expect(try await found(fixture, romeo, "word149").count == 1)
    }

    @Test func searchThatCannotWaitForTheIndexSaysSo() async throws {
        let fixture = try await ArchiveFixture("behind")
        for number in 0..<150 { try await fixture.store.append(fixture.message("word\(number)")) }
        #expect(try await !fixture.store.catchUpIndex(batches: 2))
        #expect(try await fixture.store.catchUpIndex(batches: 1))
        #expect(try await fixture.store.catchUpIndex(batches: 1))
        for number in 150..<400 { try await fixture.store.append(fixture.message("word\(number)")) }
        try await fixture.store.followWithIndex()
        #expect(try await fixture.store.catchUpIndex(batches: 0))
        let page = try await fixture.store.page(romeo, ArchiveQuery(text: "word399", limit: 1))
        #expect(page.isStable && page.entries.count == 1)
    }

    @Test func wordsGoWithTheirMessage() async throws {
        let fixture = try await ArchiveFixture("words go")
        for number in 0..<20 { try await fixture.store.append(fixture.message("common word\(number)")) }
        try await fixture.store.catchUpIndex()
        for number in 20..<30 { try await fixture.store.append(fixture.message("common word\(number)")) }
        // Ten of them are not in the index yet.
        try await fixture.store.purge { _ in ArchiveRetention(messages: 5) }
        #expect(try await found(fixture, romeo, "common").count == 5)
        try await fixture.store.purge { _ in ArchiveRetention(messages: 0) }
        #expect(try await fixture.rows("archive_text_docsize") == 0)
        // SQLite's own check of the index against itself.
        try await fixture.database.write { context in
            _ = try context.perform { try $0.run("INSERT INTO archive_text (archive_text) VALUES ('integrity-check')") }
        }
        #expect(try await found(fixture, romeo, "common").isEmpty)
    }

    // MARK: - Retraction

    @Test func retractedMessageLeavesATombstone() async throws {
        let fixture = try await ArchiveFixture("retracted")
        let kept = try await fixture.store.append(fixture.message("stays", id: "m0")).id
        let secret = try await fixture.store.append(fixture.message("my secret", id: "m1")).id
        #expect(try await found(fixture, juliet, "secret") == [secret])
        fixture.clock.now += 100 * 86_400_000_000
        let retraction = fixture.message("took it back", resource: "garden", id: "m2", retracts: "m1")
        let last = try await fixture.store.append(retraction).id
        for account in [romeo, juliet] {
            let entries = try await fixture.store.after(account, nil, limit: 10)
            #expect(entries.map(\.id) == [kept, secret, last])
            #expect(
                entries[1].stanza
                    == """
                    <message xmlns='jabber:client' from='romeo@montague.lit/orchard' to='juliet@capulet.lit/balcony' \
                    id='m1'><retracted xmlns='urn:xmpp:message-retract:1' id='m2'/></message>
                    """)
            #expect(entries[2].stanza == retraction.stanza)
            #expect(try await found(fixture, account, "secret") == [])
            #expect(try await found(fixture, account, "took") == [last])
        }
    }

    /// One of the two has lost it by age or room, or never had it: the other's is taken back all the same.
    @Test(arguments: [ArchiveFixture.romeo, ArchiveFixture.juliet])
    func retractsWhatOnlyOneHas(_ keeper: String) async throws {
        let fixture = try await ArchiveFixture("one-sided")
        let secret = try await fixture.store.append(fixture.message("my secret", id: "m1")).id
        let other = keeper == romeo ? juliet : romeo
        fixture.clock.now += 10 * 86_400_000_000
        try await fixture.store.purge { other.hasSuffix("@" + $0) ? ArchiveRetention(days: 1) : ArchiveRetention() }
        #expect(try await fixture.store.stanza(other, secret) == nil)
        try await fixture.store.append(fixture.message("took it back", id: "m2", retracts: "m1"))
        let entry = try await fixture.store.stanza(keeper, secret)
        #expect(entry?.stanza.contains("<retracted ") == true)
        #expect(entry?.stanza.contains("secret") == false)
    }

    @Test func retractsByTheOriginID() async throws {
        let fixture = try await ArchiveFixture("origin")
        let id = try await fixture.store.append(fixture.message("secret", id: "x", originID: "o1")).id
        try await fixture.store.append(fixture.message("back", id: "r", retracts: "o1"))
        let entry = try await fixture.store.stanza(juliet, id)
        #expect(entry?.stanza.contains("<retracted ") == true)
        // Nothing was in the index yet, and nothing comes into it.
        #expect(try await found(fixture, juliet, "secret") == [])
    }

    /// XEP-0424 §3: the message's own id, whatever its origin id is.
    @Test func retractsByTheMessagesID() async throws {
        let fixture = try await ArchiveFixture("message id")
        let id = try await fixture.store.append(fixture.message("secret", id: "x", originID: "o1")).id
        try await fixture.store.append(fixture.message("other", id: "y", originID: "o2"))
        try await fixture.store.append(fixture.message("back", id: "r", retracts: "x"))
        let texts = try await fixture.store.page(juliet, ArchiveQuery(limit: 10)).entries.map(\.stanza)
        #expect(texts.map { $0.contains("<retracted ") } == [true, false, false])
        #expect(try await fixture.store.stanza(juliet, id)?.stanza.contains("secret") == false)
    }

    /// Whoever gives one id to everything makes nobody read all of it.
    @Test func looksAtTheLatestOfManyWithOneID() async throws {
        let fixture = try await ArchiveFixture("one id")
        var ids: [ArchiveID] = []
        for number in 0..<20 {
            ids.append(try await fixture.store.append(fixture.message("\(number)", id: "m\(number)", originID: "o")).id)
        }
        // The last is found again, the first is no more.
        let last = fixture.message("19", id: "m19", originID: "o")
        #expect(try await fixture.store.append(last) == .duplicate(ids[19]))
        guard case .stored = try await fixture.store.append(fixture.message("0", id: "m0", originID: "o")) else {
            Issue.record("the oldest was looked at")
            return
        }
        try await fixture.store.append(fixture.message("back", id: "r", retracts: "o"))
        let buried = try await fixture.store.page(juliet, ArchiveQuery(limit: 100)).entries
            .filter { $0.stanza.contains("<retracted ") }
        #expect(buried.count == 1)
    }

    @Test func onlyTheSenderRetracts() async throws {
        let fixture = try await ArchiveFixture("others")
        let id = try await fixture.store.append(fixture.message("mine", id: "m1")).id
        let attempts = [
            fixture.message("x", from: juliet, to: romeo, id: "r1", retracts: "m1"),
            fixture.message("x", from: "tybalt@capulet.lit", to: juliet, id: "r2", retracts: "m1"),
            fixture.message("x", to: "mercutio@verona.lit", id: "r3", retracts: "m1"),
            fixture.message("x", id: "r4", retracts: "m2"), fixture.message("x", retracts: "m1"),
        ]
        for attempt in attempts {
            try await fixture.store.append(attempt)
            #expect(try await fixture.store.stanza(juliet, id)?.stanza.contains("mine") == true)
        }
        // A retraction itself is not taken back: it has to stay.
        let retraction = try await fixture.store.append(fixture.message("x", id: "r5", retracts: "m1")).id
        try await fixture.store.append(fixture.message("x", id: "r6", retracts: "r5"))
        #expect(try await fixture.store.stanza(juliet, retraction)?.stanza.contains("<retract ") == true)
        #expect(try await fixture.store.stanza(juliet, id)?.stanza.contains("mine") == false)
    }
}
