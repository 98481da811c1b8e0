//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

import BizBuddyCore
import BizBuddyRecords
import BizBuddyStorage
import FoundationEssentials
import XMPPCore
import XMPPTLS

@testable import BizBuddyBridge

/// Everything that is known of customers, in files of a folder of its own that goes with it.
final class BackOffice: Sendable {
    let folder = FileManager.default.temporaryDirectory.path + "/office-\(UInt64.random(in: 0 ... .max))"
    let store: ServiceStore
    let book: CustomerBook
    let clerk: Clerk

    init(_ sources: [any RecordSource] = [], gateways: [String: String] = [:]) throws {
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        store = try ServiceStore(path: folder + "/bridge.sqlite")
        book = try CustomerBook(path: folder + "/people.sqlite") { "p-\(SecureRandom.hexToken())" }
        var clerk = Clerk(
            records: RecordDesk(sources: sources + [NoteSource(book), HistorySource(store, gateways: gateways)]),
            audit: try AuditLog(path: folder + "/audit.log") { Hexadecimal.encode(HashFunction.sha256.digest($0)) },
            book: book, gateways: gateways)
        clerk.directory = try CustomerDirectory(path: folder + "/customers.sqlite")
        self.clerk = clerk
    }

    deinit {
        try? FileManager.default.removeItem(atPath: folder)
    }

    func bytes(of file: String) -> String {
        FileManager.default.contents(atPath: folder + "/" + file).map { String(decoding: $0, as: UTF8.self) } ?? ""
    }

    var audit: String { bytes(of: "audit.log") }

    /// Does what the last turn wants done, and what follows from it.
    func finish(_ harness: inout BridgeHarness) async -> [Stanza] {
        var stanzas: [Stanza] = []
        for errand in harness.turn.errands { stanzas += harness.finish(await clerk.run(errand)) }
        return stanzas
    }
}

/// A source that knows Tom, and nobody else.
struct TomsSource: RecordSource {
    let name = "crm"
    let record: CustomerRecord

    func answer(_ query: RecordQuery) async throws -> RecordAnswer {
        let isTom = query.addresses.contains { $0.description == "xmpp:tom@home.example" }
        return RecordAnswer(records: isTom ? [record] : [])
    }
}
