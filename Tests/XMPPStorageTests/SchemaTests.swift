//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

import Testing

@testable import XMPPStorage

@Suite struct SchemaTests {
    let folder: TemporaryFolder
    let path: String

    init() throws {
        folder = try TemporaryFolder()
        path = folder.file("xmpp.sqlite")
    }

    @Test func releasedMigrationsNeverChange() {
        #expect(SchemaV1.sql == SchemaV1Fixture.schema)
        // Of later ones only this is kept. A change of theirs is a migration of its own.
        #expect(fingerprint(SchemaV2.parts) == 7_254_514_751_824_068_714)
        #expect(fingerprint(SchemaV3.parts) == 4_401_033_264_584_929_278)
    }

    /// FNV-1a of 64 bits (RFC 9923).
    private func fingerprint(_ parts: [String]) -> UInt64 {
        parts.joined(separator: "\n").utf8.reduce(0xCBF2_9CE4_8422_2325) { ($0 ^ UInt64($1)) &* 0x100_0000_01B3 }
    }

    @Test func opensADatabaseOfVersionOneWithAllItsRows() async throws {
        try DatabaseFile.execute(SchemaV1Fixture.script, onFile: path, check: true)
        let database = try XMPPDatabase(path: path)
        let romeo = "romeo@montague.lit"
        let quota = StorageQuota(stanzas: 10, bytes: 1000)
        let accounts = AccountStore(database)
        #expect(try await accounts.account(romeo)?.created == 1_700_000_000_000)
        #expect(try await accounts.account("tybalt@capulet.lit")?.isDisabled == true)
        #expect(
            try await accounts.credentials(romeo) == [
                StoredCredential(
                    mechanism: "SCRAM-SHA-256", salt: [1, 2], iterations: 10_000, storedKey: [3, 4], serverKey: [5, 6])
            ])
        let juliet = StoredRosterItem(
            contact: "juliet@capulet.lit", name: "Juliet", groups: ["Lovers"], subscription: .both, approved: true)
        let rosters = RosterStore(database)
        #expect(try await rosters.load(romeo) == StoredRoster(version: 12, items: [juliet]))
        #expect(
            try await rosters.changes(romeo, since: 11)
                == .differences(
                    version: 12, [RosterDifference(version: 12, change: .remove(contact: "rosaline@capulet.lit"))]))
        #expect(try await rosters.update(romeo, .put(juliet)) == 13)
        let offline = try await OfflineStore(database, quota: quota).load(romeo, limit: 10)
        #expect(offline.map(\.id) == [41])
        #expect(offline.map(\.kind) == [1])
        #expect(try await VCardStore(database).vCard(of: romeo) == "<vCard/>")
        #expect(
            try await PresenceStateStore(database).state(of: romeo)
                == StoredPresenceState(
                    stateID: "lunch", since: 1_700_000_000_003, returnAt: 1_700_000_003_600, isExplicit: true))
        #expect(
            try await LastSeenStore(database).lastSeen(romeo) == LastSeen(stamp: 1_700_000_000_004, status: "gone"))
        let outbox = DelegationOutbox(database, quota: quota)
        #expect(try await outbox.pending("bridge", limit: 10).map(\.id) == [77])
        let next = NewOutboxStanza(component: "bridge", address: "support@acme.example", stanza: "<m/>", stamp: 1)
        #expect(try await outbox.append(next) == 78)
        #expect(try await !ComponentInbox(database).insertIfNew("bridge", id: "a1", stamp: 1))
        #expect(try await MetaStore(database).value(for: "secret") == [0xCA, 0xFE])
        let archive = ArchiveStore(database)
        #expect(try await archive.preferences(romeo) == ArchivePreferences())
        #expect(try await archive.metadata(romeo) == nil)
        let message = NewArchiveEntry(
            stanza: "<message xmlns='jabber:client'><body>hi</body></message>",
            owners: [.init(account: romeo, peer: "juliet@capulet.lit", isOutgoing: true)], sender: romeo, body: "hi",
            arrived: 1)
        let id = try await archive.append(message).id
        #expect(try await archive.page(romeo, ArchiveQuery(text: "hi", limit: 1)).entries.map(\.id) == [id])
        await database.close()
    }

    @Test func opensADatabaseOfVersionTwo() async throws {
        let second = SchemaV2.parts.joined(separator: ";\n") + ";\nINSERT INTO grdb_migrations VALUES ('v2');"
        try DatabaseFile.execute(SchemaV1Fixture.script + second, onFile: path, check: true)
        let database = try XMPPDatabase(path: path)
        #expect(try await AccountStore(database).account("romeo@montague.lit") != nil)
        let outbox = FederationOutbox(
            database, quota: StorageQuota(stanzas: 1, bytes: 100), total: StorageQuota(stanzas: 1, bytes: 100))
        let new = NewFederationStanza(local: "montague.lit", remote: "capulet.lit", stanza: "<m/>", stamp: 1)
        #expect(try await outbox.append(new) == 1)
        await database.close()
    }

    @Test func opensADatabaseOfVersionThree() async throws {
        let later =
            (SchemaV2.parts + SchemaV3.parts).joined(separator: ";\n")
                + """
                ;
                INSERT INTO grdb_migrations VALUES ('v2'), ('v3');
                DELETE FROM offline;
                INSERT INTO offline (id, account, stamp, kind, bytes, stanza, archive_id, archive_tail) VALUES
                    (101, 'romeo@montague.lit', 3000, 0, 64, '', 2000500, 1),
                    (102, 'romeo@montague.lit', 2000, 0, 4, '<a/>', NULL, NULL),
                    (103, 'romeo@montague.lit', 4000, 0, 4, '<b/>', NULL, NULL);
                """
        try DatabaseFile.execute(SchemaV1Fixture.script + later, onFile: path, check: true)
        let database = try XMPPDatabase(path: path)
        let store = OfflineStore(database, quota: StorageQuota(stanzas: 10, bytes: 1000))
        let rows = try await store.load("romeo@montague.lit", limit: 9)
        #expect(rows.map(\.id) == [102, 101, 103])
        await database.close()
    }

    /// Rows that refer to archives were counted as messages before.
    @Test func opensADatabaseOfVersionFour() async throws {
        let later = (SchemaV2.parts + SchemaV3.parts + SchemaV4.parts).joined(separator: ";\n")
        let rows = """
            INSERT INTO grdb_migrations VALUES ('v2'), ('v3'), ('v4');
            DELETE FROM offline;
            DELETE FROM offline_usage;
            INSERT INTO offline (account, stamp, kind, bytes, stanza, archive_id, archive_tail) VALUES
                ('romeo@montague.lit', 1, 0, 4, '<a/>', NULL, NULL), ('romeo@montague.lit', 1, 0, 64, '', 7, 1),
                ('juliet@capulet.lit', 1, 0, 64, '', 7, 1);
            INSERT INTO offline_usage VALUES
                ('romeo@montague.lit', 2, 68), ('juliet@capulet.lit', 1, 64), ('tybalt@capulet.lit', 1, 1);
            INSERT INTO sm_session (key, id, account, resource, seconds, interested, carbons, archive, directed)
                VALUES (1, 'id', 'romeo@montague.lit', 'orchard', 600, 1, 1, 1, '');
            INSERT INTO sm_counter VALUES (1, 5, 6, 7, '');
            INSERT INTO sm_queue VALUES (1, 3, '<m/>', NULL, 9);
            """
        try DatabaseFile.execute(SchemaV1Fixture.script + later + ";\n" + rows, onFile: path, check: true)
        let database = try XMPPDatabase(path: path)
        let store = OfflineStore(database, quota: StorageQuota(stanzas: 9, bytes: 900))
        #expect(try await store.usage("romeo@montague.lit") == StorageUsage(stanzas: 1, bytes: 4))
        #expect(try await store.usage("juliet@capulet.lit") == StorageUsage(stanzas: 0, bytes: 0))
        for (account, count) in [("romeo@montague.lit", 2), ("juliet@capulet.lit", 1), ("tybalt@capulet.lit", 0)] {
            #expect(try await store.count(account) == count)
            try await store.delete(account, store.load(account, limit: 9).map(\.id))
            #expect(try await store.count(account) == 0)
        }
        let sessions = SessionStore(database)
        #expect(try await sessions.all().map(\.counters.handled) == [5])
        #expect(
            try await sessions.queue(of: 1, limit: 9)
                == [StoredQueueEntry(ordinal: 3, stanza: "<m/>", archiveID: nil, arrived: 9)])
        await database.close()
    }

    @Test func refusesADatabaseOfANewerProgram() async throws {
        await (try XMPPDatabase(path: path)).close()
        try DatabaseFile.execute("INSERT INTO grdb_migrations VALUES ('v98'), ('v99')", onFile: path, check: true)
        let error = #expect(throws: StorageError.newerSchema(unknownMigrations: ["v98", "v99"])) {
            try XMPPDatabase(path: path)
        }
        #expect(error?.description.contains("v98, v99") == true)
    }

    @Test func unknownSubscriptionInAFileIsAnErrorAndNoTrap() async throws {
        try DatabaseFile.execute(
            SchemaV1Fixture.script
                + "UPDATE roster_item SET subscription = 'remove', groups = 'x' WHERE removed = 0;",
            onFile: path, check: true)
        let database = try XMPPDatabase(path: path)
        await #expect(throws: StorageError.self) { try await RosterStore(database).load("romeo@montague.lit") }
        await database.close()
    }
}
