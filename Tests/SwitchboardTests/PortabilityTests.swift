//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

import Foundation
import Testing
import XMPPCore
import XMPPSASL
import XMPPStorage
import XMPPTLS

@testable import switchboard

/// Accounts out of a store and into another (XEP-0227).
@Suite struct PortabilityTests {
    private let configuration: SwitchboardConfiguration
    private let folder: URL
    private let alice = "alice@acme.example"
    private let bob = "bob@acme.example"

    init() throws {
        configuration = try ConfigurationFixture.load(
            """
            hosts:
              acme.example: {certificate: a.pem, key: a.key}
              home.example: {certificate: a.pem, key: a.key}
            authentication: {scram_iterations: 4096}
            """)
        folder = FileManager.default.temporaryDirectory.appending(path: "portability-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    }

    private func quota() -> StorageQuota { StorageQuota(stanzas: 100, bytes: 1_000_000) }

    /// A store with an account that has something of everything.
    private func filled() async throws -> XMPPDatabase {
        let database = try XMPPDatabase(inMemory: "source")
        let accounts = AccountAdministration(configuration, database: database)
        for name in [alice, bob, "tom@home.example"] {
            try await accounts.add(accounts.address(name), password: "correct horse", created: 5000)
        }
        try await AccountStore(database).setDisabled(true, of: bob)
        try await RosterStore(database).update([
            RosterMutation(
                account: alice,
                .put(
                    StoredRosterItem(
                        contact: bob, name: "Bob <&> 'Co'", groups: ["Friends", "Work & Play"], subscription: .both,
                        approved: true))),
            RosterMutation(account: alice, .put(StoredRosterItem(contact: "x@far.example", ask: true))),
            RosterMutation(
                account: alice,
                .put(
                    StoredRosterItem(
                        contact: "new@far.example", pendingIn: true,
                        subscribeStanza:
                            "<presence xmlns='jabber:client' from='new@far.example' to='\(alice)' type='subscribe'/>"))),
        ])
        try await VCardStore(database).set("<vCard xmlns='vcard-temp'><FN>Alice</FN></vCard>", of: alice)
        try await PrivateXMLStore(database, quota: quota()).set(
            [PrivateXMLEntry(name: "a", namespace: "urn:a", xml: "<a xmlns='urn:a'>1</a><a xmlns='urn:a'>2</a>")],
            of: alice)
        try await database.write {
            try BlockingStore(database).block(["spam@far.example", "far.example"], of: alice, limit: 10, in: $0)
        }
        for number in 1...3 {
            try await OfflineStore(database, quota: quota()).append(
                NewOfflineStanza(
                    account: alice, stanza: message("waiting \(number)", id: "o\(number)"), stamp: Int64(number) * 1000)
            )
            try await ArchiveStore(database).append(
                NewArchiveEntry(
                    stanza: message("archived \(number)", id: "a\(number)"),
                    owners: [.init(account: alice, peer: bob, resource: "b", isOutgoing: false)], sender: bob,
                    body: "archived \(number)", arrived: Int64(number) * 1000))
        }
        return database
    }

    private func message(_ body: String, id: String) -> String {
        "<message xmlns='jabber:client' from='\(bob)/b' to='\(alice)' type='chat' id='\(id)'><body>\(body)</body></message>"
    }

    private func export(_ database: XMPPDatabase, hosts: [String]? = nil, only: String? = nil) async throws -> String {
        var text = ""
        _ = try await AccountExport(configuration, database: database).write(
            hosts: hosts ?? configuration.hosts.names, only: try only.map { try JID($0) }
        ) { text += $0 }
        return text
    }

    private func file(_ text: String, name: String = "export.xml") throws -> String {
        let path = folder.appending(path: name)
        try FileManager.default.createDirectory(
            at: path.deletingLastPathComponent(), withIntermediateDirectories: true)
        try text.write(to: path, atomically: true, encoding: .utf8)
        return path.path
    }

    private func take(_ text: String, into database: XMPPDatabase?) async throws -> AccountImport.Outcome {
        try await AccountImport(configuration, database: database, now: 77).read(try file(text))
    }

    private func verifies(_ database: XMPPDatabase, _ account: String, _ password: String) async throws -> Bool {
        let stored = try await AccountStore(database).loginCredentials(account).credentials
        guard let first = stored.first, let hash = SASLMechanism(rawValue: first.mechanism)?.hash else { return false }
        let keys = SCRAMCredentials.derive(
            password: password, hash: hash, salt: first.salt, iterations: first.iterations)
        return keys.storedKey == first.storedKey && keys.serverKey == first.serverKey
    }

    @Test func takesEverythingAlong() async throws {
        let source = try await filled()
        let target = try XMPPDatabase(inMemory: "target")
        let text = try await export(source)
        let outcome = try await take(text, into: target)
        #expect(outcome.problems == [])
        #expect(outcome.accounts == 3 && outcome.contacts == 2)
        #expect(outcome.offlineMessages == 3 && outcome.archivedMessages == 3)
        #expect(try await AccountStore(target).credentials(alice) == AccountStore(source).credentials(alice))
        #expect(try await verifies(target, alice, "correct horse"))
        #expect(try await AccountStore(target).account(bob)?.isDisabled == true)
        let roster = try await RosterStore(target).load(alice).items
        let before = try await RosterStore(source).load(alice).items
        #expect(roster.filter { !$0.pendingIn } == before.filter { !$0.pendingIn })
        let request = try #require(roster.first { $0.pendingIn })
        #expect(request.contact == "new@far.example" && request.subscribeStanza?.contains("type='subscribe'") == true)
        #expect(try await VCardStore(target).vCard(of: alice) == VCardStore(source).vCard(of: alice))
        #expect(
            try await PrivateXMLStore(target, quota: quota()).all(of: alice)
                == PrivateXMLStore(source, quota: quota()).all(of: alice))
        #expect(try await BlockingStore(target).list(alice).sorted() == ["far.example", "spam@far.example"])
        let offline = try await OfflineStore(target, quota: quota()).load(alice, limit: 10)
        #expect(offline.map(\.stamp) == [1000, 2000, 3000])
        #expect(offline.allSatisfy { !$0.stanza.contains("delay") && $0.stanza.contains("waiting") })
        let archive = try await ArchiveStore(target).after(alice, nil, limit: 10)
        #expect(archive.map(\.id.milliseconds) == [1000, 2000, 3000])
        #expect(zip(archive, 1...3).allSatisfy { $0.stanza.contains("archived \($1)") && !$0.isOutgoing })
        // What comes out again goes in and out unchanged, but for the archive's ids and the day the account was made.
        func lasting(_ text: String) throws -> String {
            let changing = try Regex("( id='[0-9a-v]{19}')|(created='[^']*')")
            return text.replacing(changing, with: "")
        }
        let again = try await export(target)
        let third = try XMPPDatabase(inMemory: "third")
        #expect(try await take(again, into: third).problems == [])
        let last = try await export(third)
        #expect(try lasting(last) == lasting(again))
    }

    @Test func exportsOneAccountOrOneHost() async throws {
        let source = try await filled()
        let one = try await export(source, hosts: ["acme.example"], only: alice)
        #expect(one.contains("<user name='alice'>") && !one.contains("<user name='bob'>"))
        let home = try await export(source, hosts: ["home.example"])
        #expect(home.contains("<user name='tom'>") && !home.contains("alice"))
        await #expect(throws: CommandFailure("There is no account nobody@acme.example.")) {
            try await export(source, hosts: ["acme.example"], only: "nobody@acme.example")
        }
    }

    @Test func changesNothingOnlyToTell() async throws {
        let text = try await export(try await filled())
        let outcome = try await take(text, into: nil)
        #expect(outcome.accounts == 3 && outcome.offlineMessages == 3 && outcome.archivedMessages == 3)
    }

    @Test func leavesOutWhatIsThereAndWhatItDoesNotKnow() async throws {
        let target = try XMPPDatabase(inMemory: "target")
        let accounts = AccountAdministration(configuration, database: target)
        try await accounts.add(accounts.address(alice), password: "battery staple")
        let outcome = try await take(
            """
            <server-data xmlns='urn:xmpp:pie:0'><host jid='other.example'><user name='x'/></host>
            <host jid='ACME.example'>
              <user name='Alice' password='new password'><query xmlns='jabber:iq:roster'><item jid='x@y.example'/></query></user>
              <user name='not @ name'/>
              <user name='carol' password='pass word'><fancy xmlns='urn:fancy'/>
                <query xmlns='jabber:iq:roster'><item jid='@'/><item jid='x@y.example' subscription='odd'/></query>
                <offline-messages><message xmlns='jabber:client'><body>from nobody</body></message></offline-messages>
                <scram-credentials xmlns='urn:xmpp:pie:0#scram' mechanism='SCRAM-MD5'/>
              </user>
              <user name='erin'><fancy xmlns='urn:fancy'/></user>
            </host></server-data>
            """, into: target)
        #expect(outcome.accounts == 2)
        #expect(
            outcome.problems == [
                "other.example is no host of this server: its accounts are left out.",
                "alice@acme.example exists already: left out.",
                "not @ name cannot be a name at acme.example: left out.",
                "<fancy xmlns='urn:fancy'/> is not known here and left out.",
                "A contact of carol@acme.example has no address that could be taken.",
                "A waiting message of carol@acme.example cannot be taken.",
                "Credentials of carol@acme.example for SCRAM-MD5 cannot be taken.",
                "erin@acme.example has no password that could be taken: set one with \"switchboard user passwd\".",
            ])
        #expect(try await verifies(target, alice, "battery staple"))
        #expect(try await RosterStore(target).load(alice).items.isEmpty)
        #expect(try await verifies(target, "carol@acme.example", "pass word"))
        #expect(try await RosterStore(target).load("carol@acme.example").items.map(\.subscription) == [.none])
        #expect(try await AccountStore(target).exists("erin@acme.example"))
    }

    @Test func beginsAnInterruptedAccountAnew() async throws {
        let target = try XMPPDatabase(inMemory: "target")
        let start =
            "<server-data xmlns='urn:xmpp:pie:0'><host jid='acme.example'><user name='carol' password='pass word'>"
        let roster = "<query xmlns='jabber:iq:roster'><item jid='x@y.example'/></query>"
        await #expect(throws: (any Error).self) { try await take(start + roster + "<broken", into: target) }
        #expect(try await AccountStore(target).loginCredentials("carol@acme.example").credentials.isEmpty)
        let outcome = try await take(start + "</user></host></server-data>", into: target)
        #expect(outcome.accounts == 1 && outcome.problems == [])
        #expect(try await RosterStore(target).load("carol@acme.example").items.isEmpty)
        #expect(try await verifies(target, "carol@acme.example", "pass word"))
    }

    /// The form in which ejabberd 23.01 writes it: files that include others, keys in base64 twice, privacy lists.
    @Test func readsWhatEjabberdWrites() async throws {
        let keys = SCRAMCredentials.derive(password: "pencil", hash: .sha1, iterations: 4096)
        func twice(_ bytes: [UInt8]) -> String { Base64.encode(Array(Base64.encode(bytes).utf8)) }
        _ = try file(
            """
            <?xml version='1.0' encoding='UTF-8'?><host xmlns='urn:xmpp:pie:0' xmlns:xi='http://www.w3.org/2001/XInclude' \
            jid='acme.example'><user name='alice'><scram-credentials xmlns='urn:xmpp:pie:0#scram' mechanism='SCRAM-SHA-1'>\
            <iter-count>4096</iter-count><salt>\(twice(keys.salt))</salt><server-key>\(twice(keys.serverKey))</server-key>\
            <stored-key>\(twice(keys.storedKey))</stored-key></scram-credentials>\
            <query xmlns='jabber:iq:privacy'><default name='Blocked contacts'/><list name='Blocked contacts'>\
            <item value='spam@far.example' type='jid' order='0' action='deny'/></list></query>\
            <query xmlns='jabber:iq:roster'><item ask='subscribe' subscription='none' name='Bob &amp; Co' \
            jid='bob@acme.example'><group>Friends</group></item></query>\
            <presence to='alice@acme.example' from='tom@home.example' type='subscribe' xmlns='jabber:client'/>\
            <offline-messages><message xml:lang='en' to='alice@acme.example' from='bob@acme.example/a' type='chat' id='m1' \
            xmlns='jabber:client'><archived by='alice@acme.example' id='17' xmlns='urn:xmpp:mam:tmp'/>\
            <stanza-id by='alice@acme.example' id='17' xmlns='urn:xmpp:sid:0'/><delay from='acme.example' \
            stamp='2026-11-22T08:31:48.136869Z' xmlns='urn:xmpp:delay'>Offline storage</delay><body>waiting 1</body></message>\
            </offline-messages></user></host>
            """, name: "dump/20261122_acme_example.xml")
        let main = try file(
            """
            <?xml version='1.0' encoding='UTF-8'?><server-data xmlns='urn:xmpp:pie:0' \
            xmlns:xi='http://www.w3.org/2001/XInclude'><xi:include href='20261122_acme_example.xml'/></server-data>
            """, name: "dump/20261122.xml")
        let target = try XMPPDatabase(inMemory: "target")
        let outcome = try await AccountImport(configuration, database: target, now: 77).read(main)
        #expect(outcome.problems == [] && outcome.accounts == 1)
        #expect(try await verifies(target, alice, "pencil"))
        #expect(try await BlockingStore(target).list(alice) == ["spam@far.example"])
        let items = try await RosterStore(target).load(alice).items
        #expect(items.map(\.contact) == ["bob@acme.example", "tom@home.example"])
        #expect(items.map(\.ask) == [true, false] && items.map(\.pendingIn) == [false, true])
        let offline = try await OfflineStore(target, quota: quota()).load(alice, limit: 10)
        #expect(offline.count == 1 && offline.first?.stamp == 1_795_336_308_136)
        for part in ["archived", "stanza-id", "delay"] { #expect(offline.first?.stanza.contains(part) == false) }
    }

    @Test(arguments: [
        "../secret.xml", "/etc/passwd", "file:///etc/passwd", "http://far.example/x.xml", "a/../../x.xml",
        "%2e%2e/x.xml",
        "missing.xml",
    ])
    func includesNothingFromElsewhere(_ href: String) async throws {
        let path = try file(
            """
            <server-data xmlns='urn:xmpp:pie:0' xmlns:xi='http://www.w3.org/2001/XInclude'><xi:include href='\(href)'/>\
            </server-data>
            """, name: "self.xml")
        let importer = AccountImport(configuration, database: nil)
        await #expect(throws: (any Error).self) { try await importer.read(path) }
    }

    @Test func refusesOtherFiles() async throws {
        for text in [
            "<html/>", "<user xmlns='urn:xmpp:pie:0' name='x'/>", "",
            "<server-data xmlns='urn:xmpp:pie:0'><host/></server-data>",
        ] {
            await #expect(throws: (any Error).self, "\(text)") { try await take(text, into: nil) }
        }
    }

    @Test func writesFilesForTheOwnerOnly() throws {
        let path = folder.appending(path: "secret.xml").path
        try "old and longer".write(toFile: path, atomically: false, encoding: .utf8)
        try FileManager.default.setAttributes([.posixPermissions: 0o644], ofItemAtPath: path)
        let file = try PrivateFile(path)
        try file.write("new")
        try file.close()
        #expect(try String(contentsOfFile: path, encoding: .utf8) == "new")
        let mode = try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? NSNumber
        #expect(mode?.intValue == 0o600)
        #expect(throws: CommandFailure.self) { try PrivateFile(folder.path + "/none/such") }
    }
}
