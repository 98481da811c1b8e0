//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

import Testing
import XMPPCore
import XMPPPayloads
import XMPPServer
import XMPPStorage
import XMPPTestKit
import XMPPXML

@testable import XMPPModules

/// What a client sees of its archive.
@Suite struct ArchiveModuleTests {
    private static let alice = "alice@acme.example"
    private static let bob = "bob@acme.example"

    /// An answer: the results in the order they came, and the end.
    private struct Answer {
        var results: [MAM.Result]
        var fin: MAM.Fin

        var bodies: [String] { results.map { $0.message.child("body", Namespace.client)?.text ?? "-" } }
        var ids: [String] { results.map(\.id) }
    }

    private func ask(_ client: ScriptedClient, _ query: MAM.Query = MAM.Query()) async throws -> Answer {
        _ = client.received()
        let iq = try await client.iq("set", to: nil, query.element.xmlString)
        try #require(iq["type"] == "result", "\(iq)")
        let results = try client.received().filter { $0.name == "message" }.map { message in
            #expect(message["from"] == client.jid.bareString && message["to"] == client.jid.description)
            return try MAM.Result(try #require(message.child("result", MAM.namespace)))
        }
        return Answer(results: results, fin: try MAM.Fin(try #require(iq.firstChild)))
    }

    private func form(_ fields: [(String, [String])]) -> DataForm {
        DataForm(.submit, formType: MAM.namespace, fields: fields.map { .init($0.0, values: $0.1) })
    }

    /// Puts messages between alice and bob into the archives; from alice where the text begins with "a".
    private func fill(_ server: TestServer, _ texts: [String]) async throws -> [ArchiveID] {
        var ids: [ArchiveID] = []
        for text in texts {
            let (from, to) = text.hasPrefix("a") ? (Self.alice, Self.bob) : (Self.bob, Self.alice)
            let stanza = Stanza(.message, .chat, id: "m", from: try JID(from + "/a&b"), to: try JID(to + "/x")) {
                XMLElement("body", Namespace.client, text: text)
            }
            let owners = [
                NewArchiveEntry.Owner(account: from, peer: to, resource: "x", isOutgoing: true),
                NewArchiveEntry.Owner(account: to, peer: from, resource: "a&b", isOutgoing: false),
            ]
            let entry = NewArchiveEntry(
                stanza: String(decoding: stanza.xmlBytes, as: UTF8.self), owners: owners, sender: from, body: text,
                arrived: Timestamp.now().milliseconds)
            ids.append(try await server.core.archive.append(entry).id)
        }
        return ids
    }

    // MARK: - Queries

    @Test func answersInOrderBeforeTheEnd() async throws {
        try await Company.with { server in
            let texts = ["a1", "b2 <&> 'x' \"y\" 🌹", "a3\n4"]
            let ids = try await fill(server, texts)
            let alice = try await server.client(Self.alice)
            let answer = try await ask(alice, MAM.Query(queryID: "f<2>7"))
            #expect(answer.bodies == texts)
            #expect(answer.ids == ids.map(\.description))
            #expect(answer.results.allSatisfy { $0.queryID == "f<2>7" })
            #expect(answer.results.map(\.stamp.milliseconds) == ids.map(\.milliseconds))
            #expect(answer.results[0].message["from"] == "alice@acme.example/a&b")
            #expect(answer.results[0].message["type"] == "chat")
            #expect(
                answer.fin
                    == MAM.Fin(
                        isComplete: true,
                        page: ResultSet(
                            first: ids[0].description, firstIndex: 0, last: ids[2].description, count: 3)))
        }
    }

    @Test func emptyArchiveHasAnEndOnly() async throws {
        try await Company.with { server in
            let carol = try await server.client("carol@acme.example")
            let answer = try await ask(carol)
            #expect(answer.results.isEmpty)
            #expect(answer.fin == MAM.Fin(isComplete: true, page: ResultSet(count: 0)))
            let metadata = try await carol.iq("get", to: nil, MAM.Metadata().element.xmlString)
            #expect(metadata.firstChild == MAM.Metadata().element)
        }
    }

    @Test func pagesForwardBackwardAndFlipped() async throws {
        try await Company.with { server in
            let ids = try await fill(server, (0..<7).map { "a\($0)" }).map(\.description)
            let bob = try await server.client(Self.bob)
            let first = try await ask(bob, MAM.Query(page: ResultSetRequest(maximum: 3)))
            #expect(first.ids == Array(ids[..<3]))
            #expect(!first.fin.isComplete)
            let second = try await ask(bob, MAM.Query(page: ResultSetRequest(maximum: 3, after: first.fin.page.last)))
            #expect(second.ids == Array(ids[3..<6]))
            let last = try await ask(bob, MAM.Query(page: ResultSetRequest(maximum: 3, before: "")))
            #expect(last.ids == Array(ids[4...]))
            #expect(last.fin.page.firstIndex == 4)
            let before = try await ask(
                bob, MAM.Query(page: ResultSetRequest(maximum: 5, before: last.fin.page.first), flipsPage: true))
            #expect(before.ids == ids[..<4].reversed())
            #expect(before.fin.isComplete)
            #expect(before.fin.page.first == ids[0] && before.fin.page.last == ids[3])
            let count = try await ask(bob, MAM.Query(page: ResultSetRequest(maximum: 0)))
            #expect(count.results.isEmpty)
            #expect(count.fin.page == ResultSet(count: 7))
        }
    }

    @Test func filtersByEveryField() async throws {
        try await Company.with { server in
            let ids = try await fill(server, ["a0 sun", "b1 moon", "a2 moon", "b3 sun"])
            let alice = try await server.client(Self.alice)
            func bodies(_ fields: [(String, [String])]) async throws -> [String] {
                try await ask(alice, MAM.Query(form: form(fields))).bodies.map { String($0.prefix(2)) }
            }
            #expect(try await bodies([("with", [Self.bob])]) == ["a0", "b1", "a2", "b3"])
            #expect(try await bodies([("with", [Self.bob + "/a&b"])]) == ["b1", "b3"])
            #expect(try await bodies([("with", ["carol@acme.example"])]) == [])
            #expect(try await bodies([("with", [Self.alice])]) == [])
            #expect(try await bodies([("after-id", [ids[1].description])]) == ["a2", "b3"])
            #expect(try await bodies([("before-id", [ids[1].description])]) == ["a0"])
            #expect(try await bodies([("ids", [ids[3].description, ids[0].description])]) == ["a0", "b3"])
            let future = Timestamp(milliseconds: Timestamp.now().milliseconds + 60_000).description
            #expect(try await bodies([("start", [future])]) == [])
            #expect(try await bodies([("end", [future]), ("include-groupchat", ["true"])]).count == 4)
            let start = Timestamp(milliseconds: ids[0].milliseconds).description
            #expect(try await bodies([("start", [start])]).count == 4)
            #expect(try await bodies([("{urn:xmpp:fulltext:0}fulltext", ["Moon"])]) == ["b1", "a2"])
            #expect(try await bodies([("{urn:xmpp:fulltext:0}fulltext", [""])]).count == 4)
        }
    }

    @Test func refusesWhatItMust() async throws {
        try await Company.with { server in
            let ids = try await fill(server, ["a0"])
            let alice = try await server.client(Self.alice)
            func condition(_ query: MAM.Query, to: String? = nil) async throws -> StanzaError.Condition? {
                try await alice.iq("set", to: to, query.element.xmlString).errorCondition
            }
            let unknown = String(ids[0].description.dropLast()) + (ids[0].description.hasSuffix("0") ? "1" : "0")
            for id in [unknown, "28482-98726-73623"] {
                for query in [
                    MAM.Query(page: ResultSetRequest(after: id)), MAM.Query(page: ResultSetRequest(before: id)),
                    MAM.Query(form: form([("after-id", [id])])), MAM.Query(form: form([("before-id", [id])])),
                    MAM.Query(form: form([("ids", [ids[0].description, id])])),
                ] {
                    #expect(try await condition(query) == .itemNotFound, "\(query)")
                }
            }
            #expect(try await condition(MAM.Query(node: "x")) == .itemNotFound)
            #expect(try await condition(MAM.Query(form: form([("{x}y", ["1"])]))) == .featureNotImplemented)
            #expect(try await condition(MAM.Query(form: form([("start", ["now"])]))) == .badRequest)
            #expect(try await condition(MAM.Query(form: form([("with", ["a@b@c"])]))) == .jidMalformed)
            #expect(try await condition(MAM.Query(form: DataForm(.submit, formType: "x"))) == .badRequest)
            #expect(try await condition(MAM.Query(page: ResultSetRequest(index: 1))) == .featureNotImplemented)
            let both = ResultSetRequest(after: ids[0].description, before: ids[0].description)
            #expect(try await condition(MAM.Query(page: both)) == .badRequest)
            // Somebody else's archive, there or not.
            for address in [Self.bob, "nobody@acme.example"] {
                #expect(try await condition(MAM.Query(), to: address) == .forbidden)
                for payload in ["<query xmlns='urn:xmpp:mam:2'/>", "<metadata xmlns='urn:xmpp:mam:2'/>"] {
                    #expect(try await alice.iq("get", to: address, payload).errorCondition == .forbidden)
                }
                #expect(
                    try await alice.iq("set", to: address, "<prefs xmlns='urn:xmpp:mam:2' default='never'/>")
                        .errorCondition == .forbidden)
            }
            #expect(alice.received().isEmpty)
        }
    }

    @Test func pageIsBoundedInMessagesAndBytes() async throws {
        try await Company.with { server in
            _ = try await fill(server, (0..<300).map { "a\($0)" })
            let alice = try await server.client(Self.alice)
            #expect(try await ask(alice).results.count == 50)
            #expect(try await ask(alice, MAM.Query(page: ResultSetRequest(maximum: 100_000))).results.count == 250)
            let large = try await fill(server, (0..<8).map { _ in "b" + String(repeating: "x", count: 200_000) })
            let bob = try await server.client(Self.bob)
            var seen: [String] = []
            var query = MAM.Query(form: form([("after-id", [large[0].description])]), page: ResultSetRequest())
            for _ in 0..<7 {
                let answer = try await ask(bob, query)
                seen += answer.ids
                if answer.fin.isComplete { break }
                #expect(answer.results.count == 5)
                query.page?.after = answer.fin.page.last
            }
            #expect(seen == large.dropFirst().map(\.description))
        }
    }

    @Test func tellsTheFormAndTheEnds() async throws {
        try await Company.with { server in
            let ids = try await fill(server, ["a0", "b1", "a2"])
            let alice = try await server.client(Self.alice)
            let query = try await alice.iq("get", to: Self.alice, "<query xmlns='urn:xmpp:mam:2'/>")
            let x = try #require(query.firstChild?.child("x", DataForm.namespace))
            let form = try DataForm(x)
            #expect(form.kind == .form && form.formType == MAM.namespace)
            #expect(form.field("with")?.kind == .jidSingle)
            #expect(form.field("ids")?.kind == .listMulti)
            #expect(form.fields.map(\.isRequired).contains(true) == false)
            #expect(Set(form.fields.compactMap(\.name)).count == 9)
            // XEP-0313, example 13.
            let list = x.children("field", DataForm.namespace).first { $0["var"] == "ids" }
            let validate = try #require(list?.child("validate", "http://jabber.org/protocol/xdata-validate"))
            #expect(validate.child("open", "http://jabber.org/protocol/xdata-validate") != nil)
            let answer = try await alice.iq("get", to: nil, "<metadata xmlns='urn:xmpp:mam:2'/>")
            let metadata = try MAM.Metadata(try #require(answer.firstChild))
            #expect(metadata.start?.id == ids[0].description)
            #expect(metadata.end == .init(ids[2].description, Timestamp(milliseconds: ids[2].milliseconds)))
        }
    }

    @Test func announcesItselfAtTheAccount() async throws {
        try await Company.with { server in
            let alice = try await server.client(Self.alice)
            let answer = try await alice.iq("get", to: Self.alice, DiscoveryInfo().element.xmlString)
            let info = try DiscoveryInfo(try #require(answer.firstChild))
            for feature in [
                "urn:xmpp:mam:2", "urn:xmpp:mam:2#extended", "urn:xmpp:fulltext:0", "urn:xmpp:sid:0",
                "http://jabber.org/protocol/rsm",
                "urn:xmpp:message-retract:1", "urn:xmpp:message-retract:1#tombstone",
            ] {
                #expect(info.features.contains(feature), "\(feature)")
            }
        }
    }

    @Test func queryMarksItsSession() async throws {
        try await Company.with { server in
            let alice = try await server.client(Self.alice)
            func usesArchive() -> Bool? { server.core.accounts.online(alice.jid)?.sessions.first?.usesArchive }
            #expect(usesArchive() == false)
            _ = try await alice.iq("get", to: nil, "<metadata xmlns='urn:xmpp:mam:2'/>")
            #expect(usesArchive() == false)
            _ = try await ask(alice)
            #expect(usesArchive() == true)
        }
    }

    @Test func unreadResultsOfALostSessionGoNowhereElse() async throws {
        try await Company.with { server in
            _ = try await fill(server, ["a0", "a1"])
            let first = try await server.client(Self.bob)
            let second = try await server.client(Self.bob)
            try await second.becomeAvailable()
            try await first.enableAcknowledgements()
            #expect(try await ask(first).results.count == 2)
            await first.kill()
            try await server.eventually("the end of the session") {
                server.core.accounts.online(second.jid)?.sessions.count == 1
            }
            #expect(try await second.settle().isEmpty)
            #expect(try await server.core.offline.count(Self.bob) == 0)
        }
    }

    // MARK: - Preferences

    @Test func preferencesAreToldSetAndKnownToTheServer() async throws {
        try await Company.with { server in
            let alice = try await server.client(Self.alice)
            let jid = try JID(Self.alice)
            func preferences() async throws -> XMLElement? {
                try await alice.iq("get", to: nil, "<prefs xmlns='urn:xmpp:mam:2'/>").firstChild
            }
            #expect(try await preferences() == MAM.Preferences(default: .always).element)
            #expect(try await server.core.profiles.load(jid, server: server.core).archive == ArchivePreferences())
            let wanted = MAM.Preferences(
                default: .roster, always: [try JID(Self.bob)], never: [try JID("carol@acme.example/home")])
            let answer = try await alice.iq("set", to: nil, wanted.element.xmlString)
            #expect(answer.firstChild == wanted.element)
            #expect(try await preferences() == wanted.element)
            let profile = try await server.core.profiles.load(jid, server: server.core)
            #expect(
                profile.archive
                    == ArchivePreferences(default: .roster, always: [Self.bob], never: ["carol@acme.example/home"]))
            for bad in ["<prefs xmlns='urn:xmpp:mam:2'/>", "<prefs xmlns='urn:xmpp:mam:2' default='x'/>"] {
                #expect(try await alice.iq("set", to: nil, bad).errorCondition == .badRequest)
            }
            let many = MAM.Preferences(
                default: .always, never: try (0...ArchiveModule.preferredAddresses).map { try JID("u\($0)@x.example") })
            #expect(try await alice.iq("set", to: nil, many.element.xmlString).errorCondition == .policyViolation)
            #expect(try await preferences() == wanted.element)
        }
    }

    @Test func hostWithoutArchivesAnswersNothing() async throws {
        var setup = TestServer.Setup()
        setup.modules = [ArchiveModule(), DiscoModule(SoftwareConfiguration(name: "x", version: "1"), commands: [])]
        setup.configure = { $0.hosts["acme.example"]?.hasArchives = false }
        try await TestServer.with(setup) { server in
            let alice = try await server.client(Self.alice)
            for (client, hasArchive) in [(alice, false), (try await server.client("dave@home.example"), true)] {
                let answer = try await client.iq("get", to: client.jid.bareString, DiscoveryInfo().element.xmlString)
                let info = try DiscoveryInfo(try #require(answer.firstChild))
                #expect(info.features.contains(MAM.namespace) == hasArchive)
            }
            #expect(
                try await alice.iq("set", to: nil, MAM.Query().element.xmlString).errorCondition
                    == .featureNotImplemented)
            let dave = try await server.client("dave@home.example")
            #expect(try await ask(dave).fin.isComplete)
        }
    }

    // MARK: - Maintenance

    @Test func oldMessagesGoWhileTheServerRuns() async throws {
        var setup = TestServer.Setup()
        setup.modules = [ArchiveModule()]
        let database = try XMPPDatabase(inMemory: "old", clock: { 1_500_000_000_000_000 })
        setup.database = database
        try await AccountStore(database).create(Self.alice, credentials: [], created: 1)
        let old = NewArchiveEntry(
            stanza: "<message xmlns='jabber:client'/>",
            owners: [.init(account: Self.alice, peer: Self.bob, isOutgoing: true)], sender: Self.alice,
            arrived: 1_400_000_000_000)
        try await ArchiveStore(database).append(old)
        setup.configure = { $0.archive.retention.days = 365 }
        try await TestServer.with(setup) { server in
            try await server.eventually("an empty archive") {
                try await server.core.archive.usage(Self.alice).stanzas == 0
            }
        }
    }
}
