//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

import BizBuddyCore
import Testing
import XMPPCore
import XMPPPayloads

@testable import BizBuddyBridge

/// What a contact shows in words, and in which language first.
@Suite struct ContactPresenceTests {
    private static let support = "support@acme.example"

    /// Languages and texts as they stand there; the first is that of the stanza.
    private func words(_ presence: Stanza?) -> [String] {
        (presence?.content.children("status", Namespace.client) ?? []).enumerated().map { index, status in
            let language = index == 0 ? presence?.content.language : status.language
            return "\(language ?? "-"): \(status.text)"
        }
    }

    private func subscribed(
        _ bridge: inout BridgeHarness, _ customer: String = "tom@home.example", language: String? = nil
    ) throws -> Stanza? {
        let attribute = language.map { " xml:lang='\($0)'" } ?? ""
        return try bridge.receive("<presence type='subscribe'\(attribute) from='\(customer)' to='\(Self.support)'/>")
            .to(customer).last { $0.type == .available }
    }

    private func bridge(_ texts: TextCatalogue.Changes) throws -> BridgeHarness {
        try BridgeHarness(
            contacts: [
                .init(
                    address: try JID(Self.support), name: "Acme Support", departments: [DepartmentID("support")],
                    texts: texts)
            ],
            departments: [
                .init(id: DepartmentID("support"), name: "Support", agents: [try JID("alice@acme.example")])
            ])
    }

    @Test func isToldInEveryLanguage() throws {
        var bridge = try BridgeHarness()
        let shown = try #require(try subscribed(&bridge))
        #expect(words(shown) == ["en: Closed, leave a message", "de: Geschlossen, hinterlassen Sie eine Nachricht"])
        #expect(shown.content.children("status", Namespace.client).first?.language == nil)
        let open = try bridge.agentComesOnline() + bridge.tick(after: .seconds(6))
        #expect(words(open.to("tom@home.example").last) == ["en: Open", "de: Geöffnet"])
    }

    @Test func goesFirstInTheLanguageOfWhoSees() throws {
        var bridge = try BridgeHarness()
        #expect(try words(subscribed(&bridge, language: "de-CH")).map { $0.prefix(3) } == ["de:", "en:"])
        #expect(bridge.turn.subscriptions.map(\.language) == ["de"])
        #expect(try words(subscribed(&bridge, "uma@home.example", language: "fr")).first?.prefix(3) == "en:")
        let open = try bridge.agentComesOnline() + bridge.tick(after: .seconds(6))
        #expect(words(open.to("tom@home.example").last) == ["de: Geöffnet", "en: Open"])
        #expect(words(open.to("uma@home.example").last) == ["en: Open", "de: Geöffnet"])
        let probed = try bridge.receive("<presence type='probe' from='tom@home.example/x' to='\(Self.support)'/>")
        #expect(words(probed.first).first == "de: Geöffnet")
    }

    @Test func followsWhoSpeaksAnotherLanguage() throws {
        var bridge = try BridgeHarness()
        _ = try subscribed(&bridge)
        func says(_ language: String?) throws -> [Stanza] {
            try bridge.receive(
                """
                <message type='chat'\(language.map { " xml:lang='\($0)'" } ?? "") from='tom@home.example/x' \
                to='\(Self.support)'><body>Hallo</body></message>
                """
            ).kind(.presence).from(Self.support).to("tom@home.example")
        }
        #expect(try says("en").isEmpty, "that is how it is shown already")
        #expect(try words(says("de").last).first == "de: Geschlossen, hinterlassen Sie eine Nachricht")
        #expect(bridge.turn.subscriptions.map(\.language) == ["de"])
        #expect(try says("de").isEmpty && says(nil).isEmpty && bridge.turn.subscriptions.isEmpty)
        let stranger = try bridge.receive(
            "<message type='chat' xml:lang='de' from='vic@home.example/x' to='\(Self.support)'><body>Hi</body></message>"
        )
        #expect(stranger.kind(.presence).isEmpty && bridge.turn.subscriptions.isEmpty)
        try bridge.receive("<presence type='unsubscribe' from='tom@home.example' to='\(Self.support)'/>")
        #expect(bridge.core.languages[Self.support]?["tom@home.example"] == nil)
    }

    @Test func hasTheWordsOfTheContact() throws {
        var bridge = try bridge(["": [.statusClosed: "Zzz"], "de": [.statusOpen: "Da!"]])
        #expect(
            try words(subscribed(&bridge)) == ["-: Zzz"], "one text for all languages, and nobody knows which it is")
        let open = try bridge.agentComesOnline() + bridge.tick(after: .seconds(6))
        #expect(words(open.to("tom@home.example").last) == ["en: Open", "de: Da!"])
        var configuration = bridge.core.configuration
        configuration.contacts[0].texts = ["de": [.statusOpen: "Hier!"]]
        var turn = Turn(now: bridge.now)
        bridge.core.configure(configuration, &turn)
        let told = turn.outgoing.map(\.stanza).to("tom@home.example")
        #expect(words(told.last) == ["en: Open", "de: Hier!"], "other words are news")
    }

    @Test func isBounded() throws {
        var texts: TextCatalogue.Changes = [:]
        for number in 0..<200 { texts["x\(number)"] = [.statusClosed: "closed \(number)"] }
        var bridge = try bridge(texts)
        let shown = try #require(try subscribed(&bridge))
        #expect(words(shown).count == 12 && shown.content.xmlString.utf8.count < 2_000)
    }

    @Test func agentsClientsSeeTheSame() throws {
        var bridge = try BridgeHarness()
        let sent = try bridge.receive(
            """
            <presence from='alice@acme.example/desk' to='support@care.acme.example'>\
            <agent-status xmlns='http://jabber.org/protocol/workgroup'/></presence>
            """
        ).to("alice@acme.example/desk").filter {
            $0.child("notify-queue", "http://jabber.org/protocol/workgroup") != nil
        }
        #expect(words(sent.last).map { $0.prefix(3) } == ["en:", "de:"])
    }
}
