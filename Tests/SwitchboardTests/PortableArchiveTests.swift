//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

import Foundation
import Testing
import XMPPCore
import XMPPStorage

@testable import switchboard

/// Archives and what waits of them, out of a store and into another (XEP-0227).
@Suite struct PortableArchiveTests {
    private let configuration: SwitchboardConfiguration
    private let folder: URL
    private let source: XMPPDatabase
    private let target: XMPPDatabase
    private let alice = "alice@acme.example"
    private let bob = "bob@acme.example"
    private let quota = StorageQuota(stanzas: 100, bytes: 1_000_000)

    init() async throws {
        configuration = try ConfigurationFixture.load(
            """
            hosts:
              acme.example: {certificate: a.pem, key: a.key}
            authentication: {scram_iterations: 4096}
            """)
        folder = FileManager.default.temporaryDirectory.appending(path: "portable-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        source = try XMPPDatabase(inMemory: "archive source")
        target = try XMPPDatabase(inMemory: "archive target")
        for account in [alice, bob] {
            try await AccountStore(source).create(account, credentials: [], created: 1)
        }
    }

    private func export(_ database: XMPPDatabase) async throws -> String {
        var text = ""
        _ = try await AccountExport(configuration, database: database).write(hosts: ["acme.example"]) { text += $0 }
        return text
    }

    private func take(_ text: String) async throws -> AccountImport.Outcome {
        let file = folder.appending(path: "export.xml")
        try text.write(to: file, atomically: true, encoding: .utf8)
        return try await AccountImport(configuration, database: target, now: 77).read(file.path)
    }

    private func message(_ body: String) -> String {
        """
        <message xmlns='jabber:client' from='\(bob)/b' to='\(alice)' type='chat' id='m'><body>\(body)</body>\
        <delay xmlns='urn:xmpp:delay' from='elsewhere.example' stamp='2020-01-01T00:00:00Z'/></message>
        """
    }

    /// A message that both have in their archives.
    private func archive(_ body: String, at time: Int64) async throws -> ArchiveID {
        try await ArchiveStore(source).append(
            NewArchiveEntry(
                stanza: message(body),
                owners: [
                    .init(account: alice, peer: bob, resource: "b", isOutgoing: false),
                    .init(account: bob, peer: alice, isOutgoing: true),
                ], sender: bob, body: body, arrived: time)
        ).id
    }

    private func keep(_ content: NewOfflineStanza.Content, at time: Int64) async throws {
        try await OfflineStore(source, quota: quota).append(
            NewOfflineStanza(account: alice, content: content, stamp: time))
    }

    @Test func whatWaitsStaysAMessageOfTheArchive() async throws {
        _ = try await archive("read", at: 1000)
        // The same words twice, in one millisecond.
        let twins = [try await archive("twice", at: 2000), try await archive("twice", at: 2000)]
        for twin in twins { try await keep(.archived(twin), at: 2000) }
        try await keep(.stanza(message("archived nowhere")), at: 3000)
        let last = try await archive("last", at: 4000)
        try await keep(.archived(last), at: 4000)
        let text = try await export(source)
        let outcome = try await take(text)
        #expect(outcome.offlineMessages == 4 && outcome.archivedMessages == 8)
        let archived = try await ArchiveStore(target).after(alice, nil, limit: 10)
        #expect(archived.map(\.id.milliseconds) == [1000, 2000, 2000, 4000])
        let store = OfflineStore(target, quota: quota)
        let waiting = try await store.load(alice, limit: 10)
        #expect(waiting.map(\.archiveID) == [archived[1].id, archived[2].id, nil, archived[3].id])
        #expect(
            waiting.map(\.stanza) == [message("twice"), message("twice"), message("archived nowhere"), message("last")])
        #expect(waiting.map(\.stamp) == [2000, 2000, 3000, 4000])
        #expect(try await store.usage(alice).stanzas == 1)
    }

    @Test func whatHasLeftTheArchiveIsPassedOver() async throws {
        try await keep(.archived(try #require(ArchiveID("0000000000000000001"))), at: 1000)
        #expect(try await !export(source).contains("offline-messages"))
        try await keep(.stanza(message("archived nowhere")), at: 2000)
        let text = try await export(source)
        #expect(try await take(text).offlineMessages == 1)
    }

    /// A name that another server gave, of a message that has not come along.
    @Test func whatIsInNoArchiveWaitsByItself() async throws {
        let outcome = try await take(
            """
            <server-data xmlns='urn:xmpp:pie:0'><host jid='acme.example'><user name='alice' password='pass word'>\
            <offline-messages><message xmlns='jabber:client' from='\(bob)' to='\(alice)'><body>hi</body>\
            <stanza-id xmlns='urn:xmpp:sid:0' by='\(alice)' id='17'/>\
            <delay xmlns='urn:xmpp:delay' from='acme.example' stamp='2026-11-22T08:31:48Z'/></message>\
            </offline-messages></user></host></server-data>
            """)
        #expect(outcome.offlineMessages == 1 && outcome.problems == [])
        let waiting = try await OfflineStore(target, quota: quota).load(alice, limit: 10)
        #expect(waiting.map(\.archiveID) == [nil])
        #expect(
            waiting.map(\.stanza) == [
                "<message xmlns='jabber:client' from='\(bob)' to='\(alice)'><body>hi</body></message>"
            ])
    }

    @Test func preferencesComeAlong() async throws {
        let wanted = ArchivePreferences(default: .never, always: [bob], never: ["eve@far.example/x"])
        try await ArchiveStore(source).setPreferences(wanted, of: alice)
        let text = try await export(source)
        #expect(text.ranges(of: "<prefs ").count == 1, "who has set none has none")
        _ = try await take(text)
        #expect(try await ArchiveStore(target).preferences(alice) == wanted)
        #expect(try await ArchiveStore(target).preferences(bob) == ArchivePreferences())
    }

    @Test(arguments: [
        "/>", "><always/><never/></prefs>", " default='sometimes'/>",
        " default='never'><always><jid>@</jid></always></prefs>",
    ])
    func tellsOfPreferencesThatAreNone(_ rest: String) async throws {
        let element = "<prefs xmlns='urn:xmpp:mam:2'" + rest
        let outcome = try await take(
            "<server-data xmlns='urn:xmpp:pie:0'><host jid='acme.example'><user name='alice' password='pass word'>"
                + element + "</user></host></server-data>")
        #expect(outcome.problems == ["What \(alice) wants to have archived cannot be taken."])
        #expect(try await ArchiveStore(target).preferences(alice) == ArchivePreferences())
    }
}
