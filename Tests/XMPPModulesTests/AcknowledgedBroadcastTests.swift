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

@testable import XMPPModules

/// Broadcasts whose sender wants to know who has read them.
@Suite struct AcknowledgedBroadcastTests {
    private static let domain = "broadcast.acme.example"
    private static let urgent = "<priority xmlns='urn:switchboard:broadcast:1' ack='true'>urgent</priority>"

    private func configuration(delays: [Duration] = [.milliseconds(1)]) throws -> ModulesConfiguration {
        try Company.configuration { configuration in
            let support = ["alice", "bob", "carol"].map { $0 + "@acme.example" }
            var announcements = AnnouncementsConfiguration(
                domain: try JID(Self.domain), host: "acme.example",
                senders: Set(try ["alice", "bob"].map { try JID($0 + "@acme.example") }),
                groups: [AccountGroup("Support", accounts: try support.map { try JID($0) })])
            announcements.reportDelays = delays
            configuration.announcements = announcements
        }
    }

    private func report(_ client: ScriptedClient) async throws -> Broadcast.Report {
        let message = try await client.expect("a report") { $0.child("report", Broadcast.namespace) != nil }
        #expect(message["from"] == "support@\(Self.domain)" && message["type"] == "chat")
        return try Broadcast.Report(try #require(message.child("report", Broadcast.namespace)))
    }

    @Test func tellsTheSenderWhoHasReadIt() async throws {
        try await Company.with(configuration()) { server in
            let alice = try await server.client("alice@acme.example/a", isAvailable: true)
            let bob = try await server.client("bob@acme.example/b", isAvailable: true)
            alice.send("<message to='support@\(Self.domain)' id='n1'><body>Fire drill</body>\(Self.urgent)</message>")
            let copy = try await bob.expect("<message id='n1'><body>Fire drill</body></message>")
            #expect(copy.child("markable", DisplayedMarker.namespace) != nil)
            bob.send(
                "<message to='support@\(Self.domain)'><displayed xmlns='urn:xmpp:chat-markers:0' id='n1'/></message>")
            let first = try await report(alice)
            #expect(first.id == "n1" && first.recipients == 2 && first.readCount == 1)
            #expect(first.readers.map(\.jid.description) == ["bob@acme.example"])
            #expect(first.waiting.map(\.description) == ["carol@acme.example"])
            // Carol comes later, and answers in words.
            let carol = try await server.client("carol@acme.example/c")
            carol.send("<presence/>")
            try await carol.expect("<message id='n1'><body>Fire drill</body></message>")
            carol.send("<message to='support@\(Self.domain)' type='chat'><body> OK </body></message>")
            let last = try await report(alice)
            #expect(last.readCount == 2 && last.waiting.isEmpty)
            // An answer more is no broadcast, and no offence.
            carol.send("<message to='support@\(Self.domain)' type='chat'><body>ok</body></message>")
            carol.send("<message to='support@\(Self.domain)' type='chat'><body>What?</body></message>")
            #expect(try await carol.expect("<message type='error'/>").errorCondition == .forbidden)
            #expect(try await carol.settle().filter { $0.name == "message" }.isEmpty)
        }
    }

    @Test func takesAnAnswerToABroadcastForNoBroadcast() async throws {
        try await Company.with(configuration()) { server in
            let alice = try await server.client("alice@acme.example/a", isAvailable: true)
            let bob = try await server.client("bob@acme.example/b", isAvailable: true)
            alice.send("<message to='support@\(Self.domain)' id='n1'><body>Fire drill</body>\(Self.urgent)</message>")
            try await bob.expect("<message id='n1'/>")
            // Bob may broadcast, too.
            let quoted = "&gt; Fire drill\nok"
            bob.send(
                """
                <message to='support@\(Self.domain)'><body>\(quoted)</body>\
                <reply xmlns='urn:xmpp:reply:0' to='support@\(Self.domain)' id='n1'/></message>
                """)
            #expect(try await report(alice).readers.map(\.jid.description) == ["bob@acme.example"])
            #expect(try await bob.settle().filter { $0.name == "message" }.isEmpty)
            // There is nothing left to be acknowledged: now it is meant for all.
            bob.send("<message to='support@\(Self.domain)'><body>ok</body></message>")
            try await alice.expect("<message><body>ok</body></message>")
        }
    }

    @Test func countsNobodyButTheAudience() async throws {
        try await Company.with(configuration()) { server in
            let alice = try await server.client("alice@acme.example/a", isAvailable: true)
            let erin = try await server.client("erin@acme.example/e", isAvailable: true)
            alice.send("<message to='support@\(Self.domain)' id='n1'><body>Fire drill</body>\(Self.urgent)</message>")
            _ = try await alice.settle()
            erin.send(
                "<message to='support@\(Self.domain)'><displayed xmlns='urn:xmpp:chat-markers:0' id='n1'/></message>")
            erin.send("<message to='support@\(Self.domain)' id='e'><body>ok</body></message>")
            #expect(try await erin.expect("<message type='error' id='e'/>").errorCondition == .forbidden)
            let stored = try await BroadcastStore(server.database).list(sender: "alice@acme.example", limit: 5)
            #expect(stored.map(\.read) == [0] && stored.map(\.recipients) == [2])
        }
    }

    @Test func survivesARestart() async throws {
        let database = try XMPPDatabase(inMemory: "restart")
        var setup = TestServer.Setup()
        setup.database = database
        // Nothing is told before the end.
        setup.modules = BuiltinModules.all(try configuration(delays: [.seconds(3600)]))
        try await TestServer.with(setup) { server in
            let alice = try await server.client("alice@acme.example/a", isAvailable: true)
            let bob = try await server.client("bob@acme.example/b", isAvailable: true)
            alice.send("<message to='support@\(Self.domain)'><body>Fire drill</body>\(Self.urgent)</message>")
            let id = try await bob.expect("<message><body>Fire drill</body></message>")["id"]
            bob.send(
                """
                <message to='support@\(Self.domain)'>\
                <displayed xmlns='urn:xmpp:chat-markers:0' id='\(try #require(id))'/></message>
                """)
            _ = try await bob.settle()
        }
        setup.modules = BuiltinModules.all(try configuration())
        try await TestServer.with(setup) { server in
            let alice = try await server.client("alice@acme.example/a")
            alice.send("<presence/>")
            let told = try await report(alice)
            #expect(told.readCount == 1)
            let carol = try await server.client("carol@acme.example/c")
            carol.send("<message to='support@\(Self.domain)'><body>ok</body></message>")
            #expect(try await report(alice).readCount == 2)
        }
    }

    @Test func givesEachBroadcastAnIDOfItsOwn() async throws {
        try await Company.with(configuration()) { server in
            let alice = try await server.client("alice@acme.example/a", isAvailable: true)
            let bob = try await server.client("bob@acme.example/b", isAvailable: true)
            for text in ["one", "two"] {
                alice.send(
                    "<message to='support@\(Self.domain)' id='same'><body>\(text)</body>\(Self.urgent)</message>")
            }
            let first = try await bob.expect("<message><body>one</body></message>")["id"]
            let second = try await bob.expect("<message><body>two</body></message>")["id"]
            #expect(first == "same" && second != "same" && second != nil)
        }
    }

    // MARK: By command

    private func run(
        _ client: ScriptedClient, _ node: String, _ fields: String? = nil
    ) async throws -> XMLElement {
        let form = fields.map { "<x xmlns='jabber:x:data' type='submit'>\($0)</x>" } ?? ""
        return try await client.iq(
            "set", to: "acme.example",
            "<command xmlns='http://jabber.org/protocol/commands' node='\(node)'>\(form)</command>")
    }

    private func field(_ name: String, _ values: String...) -> String {
        "<field var='\(name)'>\(values.map { "<value>\($0)</value>" }.joined())</field>"
    }

    private let announce = "http://jabber.org/protocol/admin#announce"

    @Test func announcesByCommand() async throws {
        try await Company.with(configuration()) { server in
            let alice = try await server.client("alice@acme.example/a", isAvailable: true)
            let bob = try await server.client("bob@acme.example/b", isAvailable: true)
            let form = try await run(alice, announce)
            #expect(
                try form.includes(
                    """
                    <iq><command xmlns='http://jabber.org/protocol/commands' status='executing'>\
                    <x xmlns='jabber:x:data' type='form'><field var='announcement' type='text-multi'>\
                    <required/></field></x></command></iq>
                    """))
            let done = try await run(alice, announce, field("announcement", "Going down", "in 2 minutes"))
            #expect(done.firstChild?["status"] == "completed")
            let copy = try await bob.expect("<message from='online@\(Self.domain)'/>")
            #expect(copy.child("body", Namespace.client)?.text == "Going down\nin 2 minutes")
            #expect(try await server.core.offline.count("carol@acme.example") == 0)
            let erin = try await server.client("erin@acme.example/e")
            #expect(try await run(erin, announce).errorCondition == .forbidden)
            for bad in [
                field("announcement", " "),
                field("announcement", "x") + field("{urn:switchboard:broadcast:1}audience", "nope"),
            ] {
                #expect(try await run(alice, announce, bad).errorCondition == .badRequest)
            }
        }
    }

    @Test func tellsOnDemandWhoHasRead() async throws {
        try await Company.with(configuration(delays: [.seconds(3600)])) { server in
            let alice = try await server.client("alice@acme.example/a", isAvailable: true)
            let bob = try await server.client("bob@acme.example/b", isAvailable: true)
            let node = "urn:switchboard:broadcast:1#report"
            #expect(try await run(alice, node).firstChild?["status"] == "completed")
            _ = try await run(
                alice, announce,
                field("announcement", "Fire drill") + field("{urn:switchboard:broadcast:1}audience", "support")
                    + field("{urn:switchboard:broadcast:1}ack", "1"))
            try await bob.expect("<message from='support@\(Self.domain)'/>")
            bob.send("<message to='support@\(Self.domain)'><body>ok</body></message>")
            _ = try await bob.settle()
            let choice = try await run(alice, node)
            let command = try AdHocCommand(try #require(choice.firstChild))
            let number = try #require(command.form?.field("broadcast")?.options.first)
            #expect(number.label == "Fire drill (1 of 2)")
            let told = try await run(alice, node, field("broadcast", number.value))
            let answer = try AdHocCommand(try #require(told.firstChild))
            #expect(answer.form?.values("read") == ["bob@acme.example"])
            #expect(answer.form?.values("waiting") == ["carol@acme.example"])
            // Nobody else's broadcasts.
            #expect(try await run(bob, node, field("broadcast", number.value)).errorCondition == .badRequest)
        }
    }

    @Test func givesTheMessageOfTheDayOnceToEverybody() async throws {
        try await Company.with(configuration()) { server in
            let admin = "http://jabber.org/protocol/admin"
            let alice = try await server.client("alice@acme.example/a", isAvailable: true)
            let bob = try await server.client("bob@acme.example/b", isAvailable: true)
            #expect(try await run(alice, admin + "#edit-motd").errorCondition == .itemNotFound)
            _ = try await run(alice, admin + "#set-motd", field("motd", "Happy", "birthday"))
            let words = "<message from='all@\(Self.domain)'><body>Happy\nbirthday</body></message>"
            try await bob.expect(words)
            let carol = try await server.client("carol@acme.example/c")
            carol.send("<presence/>")
            try await carol.expect(words)
            let again = try await server.client("carol@acme.example/d")
            #expect(try await again.becomeAvailable().filter { $0.name == "message" }.isEmpty)
            let asked = try await run(alice, admin + "#edit-motd")
            let form = try AdHocCommand(try #require(asked.firstChild)).form
            #expect(form?.values("motd") == ["Happy", "birthday"])
            _ = try await run(alice, admin + "#edit-motd", field("motd", "Happy day"))
            #expect(try await bob.settle().filter { $0.name == "message" }.isEmpty)
            let erin = try await server.client("erin@acme.example/e")
            erin.send("<presence/>")
            try await erin.expect("<message><body>Happy day</body></message>")
            _ = try await run(alice, admin + "#delete-motd")
            #expect(try await StandingMessageStore(server.database).message(of: "acme.example") == nil)
        }
    }
}

@Suite struct ReportScheduleTests {
    private var schedule = ReportSchedule(delays: [.seconds(2), .seconds(60)])

    private func at(_ seconds: Int64) -> Timestamp { Timestamp(milliseconds: seconds * 1000) }

    @Test mutating func collectsWhatComesTogether() {
        #expect(schedule.next == nil)
        schedule.note(1, isComplete: false, now: at(0))
        schedule.note(1, isComplete: false, now: at(1))
        #expect(schedule.next == at(2) && schedule.takeDue(now: at(1)) == [])
        #expect(schedule.takeDue(now: at(2)) == [1])
        // The next time it takes longer, and from then on as long.
        schedule.note(1, isComplete: false, now: at(10))
        #expect(schedule.takeDue(now: at(69)) == [] && schedule.takeDue(now: at(70)) == [1])
        schedule.note(1, isComplete: false, now: at(100))
        #expect(schedule.next == at(160))
    }

    @Test mutating func tellsAtOnceThatAllHaveReadIt() {
        schedule.note(1, isComplete: false, now: at(0))
        schedule.note(2, isComplete: false, now: at(0))
        schedule.note(1, isComplete: true, now: at(1))
        #expect(schedule.takeDue(now: at(1)) == [1])
        schedule.forget(2)
        #expect(schedule.next == nil)
    }
}

@Suite struct BroadcastReplyTests {
    private func reply(_ content: String) throws -> BroadcastReply? {
        BroadcastReply(try Stanza(XMLElement(scripted: "<message from='a@acme.example'>\(content)</message>")))
    }

    @Test func knowsAcknowledgementsFromBroadcasts() throws {
        #expect(try reply("<body>ok</body>") == .ok(id: nil))
        #expect(try reply("<body>\n OK\n</body>") == .ok(id: nil))
        #expect(
            try reply("<body>&gt; Fire\n&gt; drill\nok</body><reply xmlns='urn:xmpp:reply:0' id='i'/>") == .ok(id: "i"))
        #expect(try reply("<displayed xmlns='urn:xmpp:chat-markers:0' id='i'/>") == .displayed(id: "i"))
        #expect(try reply("<composing xmlns='http://jabber.org/protocol/chatstates'/>") == .empty)
        #expect(try reply("<body>okay then</body>") == nil)
        #expect(try reply("<subject>ok</subject><body>ok</body>") == nil)
        #expect(try reply("<subject>News</subject>") == nil)
    }
}
