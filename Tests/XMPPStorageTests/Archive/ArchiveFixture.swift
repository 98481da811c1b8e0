//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

import Synchronization

@testable import XMPPStorage

/// A clock that stands where a test puts it, in microseconds since 1970.
final class TestClock: Sendable {
    private let value: Mutex<Int64>

    init(_ value: Int64 = 1_763_785_128_123_000) {
        self.value = Mutex(value)
    }

    var now: Int64 {
        get { value.withLock { $0 } }
        set { value.withLock { $0 = newValue } }
    }

    var milliseconds: Int64 { now / 1000 }
}

/// Two people with archives, and messages between them.
struct ArchiveFixture {
    static let romeo = "romeo@montague.lit"
    static let juliet = "juliet@capulet.lit"

    let database: XMPPDatabase
    let store: ArchiveStore
    let clock: TestClock

    init(_ label: String, clock: TestClock = TestClock()) async throws {
        try await self.init(try XMPPDatabase(inMemory: label, clock: { clock.now }), clock: clock)
    }

    init(_ database: XMPPDatabase, clock: TestClock) async throws {
        self.database = database
        self.clock = clock
        store = ArchiveStore(database)
        for account in [Self.romeo, Self.juliet] where try await !AccountStore(database).exists(account) {
            try await AccountStore(database).create(account, credentials: [], created: 1)
        }
    }

    /// A message that goes from one to the other, into both archives.
    func message(
        _ body: String, from sender: String = romeo, resource: String = "orchard", to addressee: String = juliet,
        at: String? = "balcony", id: String? = nil, originID: String? = nil, retracts: String? = nil
    ) -> NewArchiveEntry {
        let attributes = id.map { " id='\($0)'" } ?? ""
        let origin = originID.map { "<origin-id xmlns='urn:xmpp:sid:0' id='\($0)'/>" } ?? ""
        let retract = retracts.map { "<retract xmlns='urn:xmpp:message-retract:1' id='\($0)'/>" } ?? ""
        let to = addressee + (at.map { "/" + $0 } ?? "")
        let stanza =
            "<message xmlns='jabber:client' from='\(sender)/\(resource)' to='\(to)'\(attributes)>"
            + "<body>\(body)</body>\(origin)\(retract)</message>"
        var owners = [NewArchiveEntry.Owner(account: sender, peer: addressee, resource: at, isOutgoing: true)]
        if sender != addressee {
            owners.append(
                NewArchiveEntry.Owner(account: addressee, peer: sender, resource: resource, isOutgoing: false))
        }
        return NewArchiveEntry(
            stanza: stanza, owners: owners, sender: sender, body: body, originID: originID, messageID: id,
            arrived: clock.milliseconds,
            retraction: retracts.map {
                NewArchiveEntry.Retraction(
                    id: $0, tombstone: "<retracted xmlns='urn:xmpp:message-retract:1' id='\(id ?? "")'/>")
            })
    }

    /// Rows of a table.
    func rows(_ table: String) async throws -> Int {
        try await database.read { try $0.row("SELECT COUNT(*) AS number FROM \(table)")?.value("number") ?? 0 }
    }
}
