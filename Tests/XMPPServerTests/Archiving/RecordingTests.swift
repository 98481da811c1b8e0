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

/// Recorded before delivered, delivered before acknowledged.
@Suite struct RecordingTests {
    private static let alice = "alice@acme.example"
    private static let bob = "bob@acme.example"

    private static func withoutArchives(_ configuration: inout ServerConfiguration) {
        configuration.archive.isEnabled = false
    }

    private static func withSmallMailboxes(_ configuration: inout ServerConfiguration) {
        configuration.limits.offlineMessages = 1
    }

    private func archive(_ account: String, _ server: TestServer) async throws -> [StoredArchiveEntry] {
        try await server.core.archive.after(account, nil, limit: 1000)
    }

    private func archiveID(_ message: XMLElement, by account: String) -> String? {
        let marks = message.children("stanza-id", StanzaID.namespace).filter { $0["by"] == account }
        return marks.count == 1 ? marks.first?["id"] : nil
    }

    @Test func aMessageIsInBothArchivesUnderOneName() async throws {
        try await TestServer.with { server in
            let bob = try await server.client("\(Self.bob)/desk", isAvailable: true)
            let alice = try await server.client("\(Self.alice)/desk")
            alice.send("<message to='\(Self.bob)' type='chat' id='m'><body>hello</body></message>")
            let id = archiveID(try await bob.expect("<message id='m'/>"), by: Self.bob)
            let sent = try await archive(Self.alice, server)
            let received = try await archive(Self.bob, server)
            #expect(sent.map(\.id.description) == [id] && received.map(\.id.description) == [id])
            #expect(sent.map(\.isOutgoing) == [true] && received.map(\.isOutgoing) == [false])
        }
    }

    @Test func keepsTheOrderOfOneSender() async throws {
        try await TestServer.with { server in
            let bob = try await server.client("\(Self.bob)/desk", isAvailable: true)
            let alice = try await server.client("\(Self.alice)/desk")
            var text = ""
            for id in 0..<300 {
                // Chat states are in no archive, requests are something else altogether.
                let content =
                    id.isMultiple(of: 7)
                    ? "<composing xmlns='http://jabber.org/protocol/chatstates'/>" : "<body>\(id)</body>"
                text += "<message to='\(Self.bob)' type='chat' id='\(id)'>\(content)</message>"
                if id.isMultiple(of: 50) {
                    text += "<iq type='get' id='i\(id)' to='\(Self.bob)/desk'><q xmlns='t'/></iq>"
                }
            }
            alice.send(text)
            _ = try await bob.expect("<message id='299'/>")
            let got = try await bob.settle()
            #expect(got.filter { $0.name == "message" }.map { $0["id"] } == (0..<299).map { "\($0)" })
            for (index, element) in got.enumerated() where element.name == "iq" {
                #expect(element["id"] == "i" + (got[index - 1]["id"] ?? ""))
            }
            #expect(try await archive(Self.bob, server).count == 300 - 43)
        }
    }

    @Test func countsWhatIsDelivered() async throws {
        try await TestServer.with { server in
            let bob = try await server.client("\(Self.bob)/desk", isAvailable: true)
            let alice = try await server.client("\(Self.alice)/desk")
            try await alice.enableAcknowledgements()
            for id in 0..<20 { alice.send("<message to='\(Self.bob)' type='chat' id='\(id)'><body>x</body></message>") }
            #expect(try await alice.handledByServer() == 20)
            #expect(try await archive(Self.bob, server).count == 20)
            _ = try await bob.expect("<message id='19'/>")
        }
    }

    @Test func whatCannotBeWrittenIsRefusedAndReachesNobody() async throws {
        try await TestServer.with { server in
            let bob = try await server.client("\(Self.bob)/desk", isAvailable: true)
            let alice = try await server.client("\(Self.alice)/desk")
            try await alice.enableAcknowledgements()
            try await server.database.limitSize(pages: 1)
            let text = String(repeating: "x", count: 100_000)
            for id in 0..<3 {
                alice.send("<message to='\(Self.bob)' type='chat' id='\(id)'><body>\(text)</body></message>")
            }
            for id in 0..<3 {
                try await alice.expect(
                    """
                    <message type='error' id='\(id)' from='\(Self.bob)'><error type='wait'>
                    <resource-constraint xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error></message>
                    """)
            }
            #expect(try await alice.handledByServer() == 3)
            #expect(try await bob.settle().isEmpty)
            #expect(try await archive(Self.bob, server).isEmpty)
        }
    }

    @Test func whatComesAgainIsNotDeliveredAgain() async throws {
        try await TestServer.with { server in
            let bob = try await server.client("\(Self.bob)/desk", isAvailable: true)
            let alice = try await server.client("\(Self.alice)/desk")
            let message = """
                <message to='\(Self.bob)' type='chat' id='m'><body>hello</body>\
                <origin-id xmlns='urn:xmpp:sid:0' id='o1'/></message>
                """
            alice.send(message + message)
            _ = try await alice.settle()
            #expect(try await bob.settle().count == 1)
            #expect(try await archive(Self.bob, server).count == 1)
        }
    }

    /// XEP-0198 §5: a client that sends again says since when it has been trying.
    @Test func whatComesAgainDelayedIsNotDeliveredAgain() async throws {
        try await TestServer.with { server in
            let bob = try await server.client("\(Self.bob)/desk", isAvailable: true)
            let alice = try await server.client("\(Self.alice)/desk")
            for delay in ["", "<delay xmlns='urn:xmpp:delay' stamp='2026-11-22T12:00:00Z'/>"] {
                alice.send(
                    """
                    <message to='\(Self.bob)' type='chat' id='m'><body>hello</body>\
                    <origin-id xmlns='urn:xmpp:sid:0' id='o1'/>\(delay)</message>
                    """)
            }
            _ = try await alice.settle()
            #expect(try await bob.settle().count == 1)
            #expect(try await archive(Self.bob, server).count == 1)
        }
    }

    @Test func preferencesOfEachSideHold() async throws {
        try await TestServer.with { server in
            try await server.core.archive.setPreferences(
                ArchivePreferences(default: .always, never: [Self.bob]), of: Self.alice)
            try await server.core.archive.setPreferences(ArchivePreferences(default: .roster), of: Self.bob)
            let bob = try await server.client("\(Self.bob)/desk", isAvailable: true)
            let alice = try await server.client("\(Self.alice)/desk")
            let carol = try await server.client("carol@acme.example/desk")
            for client in [alice, carol] {
                client.send("<message to='\(Self.bob)' type='chat' id='m'><body>hello</body></message>")
                #expect(archiveID(try await bob.expect("<message id='m'/>"), by: Self.bob) == nil)
            }
            #expect(try await archive(Self.alice, server).isEmpty)
            #expect(try await archive(Self.bob, server).isEmpty, "nobody is in his roster")
            #expect(try await archive("carol@acme.example", server).count == 1)
        }
    }

    @Test func withoutArchivesNothingIsWritten() async throws {
        try await TestServer.with(configure: Self.withoutArchives) { server in
            let bob = try await server.client("\(Self.bob)/desk", isAvailable: true)
            let alice = try await server.client("\(Self.alice)/desk")
            let before = server.database.statistics.operations
            for id in 0..<10 { alice.send("<message to='\(Self.bob)' type='chat' id='\(id)'><body>x</body></message>") }
            let last = try await bob.expect("<message id='9'/>")
            #expect(last.child("stanza-id", StanzaID.namespace) == nil)
            #expect(server.database.statistics.operations == before)
            #expect(try await archive(Self.bob, server).isEmpty)
        }
    }

    @Test func aNoteToOneselfIsThereOnce() async throws {
        try await TestServer.with { server in
            let alice = try await server.client("\(Self.alice)/desk", isAvailable: true)
            alice.send("<message to='\(Self.alice)' type='chat' id='note'><body>milk</body></message>")
            let id = archiveID(try await alice.expect("<message id='note'/>"), by: Self.alice)
            #expect(try await archive(Self.alice, server).map(\.id.description) == [id])
        }
    }

    @Test func groupchatAndHeadlinesAreInNoArchive() async throws {
        try await TestServer.with { server in
            let bob = try await server.client("\(Self.bob)/desk", isAvailable: true)
            let alice = try await server.client("\(Self.alice)/desk")
            alice.send("<message to='\(Self.bob)/desk' type='groupchat' id='g'><body>x</body></message>")
            alice.send("<message to='\(Self.bob)' type='headline' id='h'><body>x</body></message>")
            _ = try await bob.expect("<message id='h'/>")
            #expect(try await archive(Self.bob, server).isEmpty)
            #expect(try await archive(Self.alice, server).isEmpty)
        }
    }

    // MARK: Offline

    @Test func whatWaitsComesWithItsNameAndTime() async throws {
        try await TestServer.with { server in
            let alice = try await server.client("\(Self.alice)/desk")
            for id in 0..<5 { alice.send("<message to='\(Self.bob)' type='chat' id='\(id)'><body>x</body></message>") }
            _ = try await alice.settle()
            let archived = try await archive(Self.bob, server).map(\.id.description)
            #expect(archived.count == 5)
            let rows = try await server.core.offline.load(Self.bob, limit: 10)
            #expect(rows.compactMap(\.archiveID).map(\.description) == archived)
            let bob = try await server.client("\(Self.bob)/desk")
            bob.send("<presence/>")
            _ = try await bob.expect("<message id='4'/>")
            let got = try await bob.settle().filter { $0.name == "message" }
            #expect(got.map { $0["id"] } == ["0", "1", "2", "3"])
            #expect(got.map { archiveID($0, by: Self.bob) } == archived.dropLast())
            #expect(got.allSatisfy { $0.child("delay", "urn:xmpp:delay") != nil })
            try await server.eventually("an empty store") { try await server.core.offline.count(Self.bob) == 0 }
        }
    }

    @Test func whoReadsTheArchiveGetsNothingTwice() async throws {
        try await TestServer.with { server in
            let alice = try await server.client("\(Self.alice)/desk")
            alice.send("<message to='\(Self.bob)' type='chat' id='early'><body>x</body></message>")
            alice.send(
                """
                <message to='\(Self.bob)' type='chat' id='off-record'><body>x</body>\
                <no-permanent-store xmlns='urn:xmpp:hints'/></message>
                """)
            _ = try await alice.settle()
            let bob = try await server.client("\(Self.bob)/desk")
            let session = try #require(server.core.accounts.online(bob.jid)?.session("desk")?.handle)
            server.core.sessionUsesArchive(session)
            // This one the query of before did not find.
            alice.send("<message to='\(Self.bob)' type='chat' id='late'><body>x</body></message>")
            _ = try await alice.settle()
            bob.send("<presence/>")
            _ = try await bob.expect("<message id='late'/>")
            let got = try await bob.settle().filter { $0.name == "message" }
            #expect(got.map { $0["id"] } == ["off-record"])
            try await server.eventually("an empty store") { try await server.core.offline.count(Self.bob) == 0 }
        }
    }

    @Test func aFullMailboxLosesNothingThatIsArchived() async throws {
        try await TestServer.with(configure: Self.withSmallMailboxes) { server in
            let alice = try await server.client("\(Self.alice)/desk")
            for id in 0..<3 { alice.send("<message to='\(Self.bob)' type='chat' id='\(id)'><body>x</body></message>") }
            #expect(try await alice.settle().isEmpty)
            #expect(try await server.core.offline.count(Self.bob) == 3)
            #expect(try await archive(Self.bob, server).count == 3)
            // A client that reads no archive is given all of it.
            let bob = try await server.client("\(Self.bob)/desk")
            bob.send("<presence/>")
            try await bob.expect("<message id='2'/>")
            #expect(bob.received().filter { $0.name == "message" }.map { $0["id"] } == ["0", "1"])
        }
    }

    @Test func whatADeadSessionHadNotTakenWaitsAsAReference() async throws {
        try await TestServer.with { server in
            let bob = try await server.client("\(Self.bob)/desk")
            try await bob.enableAcknowledgements()
            bob.send("<presence/>")
            _ = try await bob.settle()
            let alice = try await server.client("\(Self.alice)/desk")
            alice.send("<message to='\(Self.bob)' type='chat' id='m'><body>x</body></message>")
            _ = try await bob.expect("<message id='m'/>")
            await bob.kill()
            try await server.eventually("the message to wait") { try await server.core.offline.count(Self.bob) == 1 }
            let row = try await server.core.offline.load(Self.bob, limit: 1).first
            #expect(row?.archiveID == (try await archive(Self.bob, server).first?.id))
            #expect(try await alice.settle().isEmpty, "nothing is lost, so nothing is bounced")
        }
    }

    @Test func whatAnotherSessionHasHadDoesNotComeAgain() async throws {
        try await TestServer.with { server in
            let phone = try await server.client("\(Self.bob)/phone")
            try await phone.enableAcknowledgements()
            phone.send("<presence/>")
            _ = try await phone.settle()
            let desk = try await server.client("\(Self.bob)/desk", isAvailable: true)
            let alice = try await server.client("\(Self.alice)/desk")
            alice.send("<message to='\(Self.bob)' type='chat' id='m'><body>x</body></message>")
            _ = try await desk.expect("<message id='m'/>")
            _ = try await phone.expect("<message id='m'/>")
            await phone.kill()
            try await server.eventually("the phone to be gone") {
                server.core.accounts.online(phone.jid)?.session("phone") == nil
            }
            try await desk.expect("<presence type='unavailable' from='\(Self.bob)/phone'/>")
            #expect(try await !desk.settle().contains { $0.name == "message" })
            #expect(try await server.core.offline.count(Self.bob) == 0)
        }
    }

    // MARK: Those who watch

    private struct Watcher: ServerModule {
        let id = "watcher"
        let arrivals = Watched<[MessageArrival]>([])

        func register(in registrar: inout ModuleRegistrar) {
            registrar.observeMessages { [arrivals] arrival, _ in arrivals.change { $0.append(arrival) } }
        }
    }

    @Test func watchersLearnOfMessages() async throws {
        let watcher = Watcher()
        try await TestServer.with(modules: [watcher]) { server in
            let alice = try await server.client("\(Self.alice)/desk")
            alice.send("<message to='\(Self.bob)' type='chat' id='offline'><body>x</body></message>")
            _ = try await alice.settle()
            let bob = try await server.client("\(Self.bob)/desk", isAvailable: true)
            alice.send("<message to='\(Self.bob)' type='chat' id='online'><body>x</body></message>")
            alice.send(
                "<message to='\(Self.bob)' type='chat'><gone xmlns='http://jabber.org/protocol/chatstates'/></message>")
            _ = try await bob.expect("<message id='online'/>")
            _ = try await alice.settle()
            let arrivals = watcher.arrivals.value
            #expect(arrivals.map(\.message.id) == ["offline", "online"])
            #expect(arrivals.allSatisfy { $0.archiveID != nil && $0.account.description == Self.bob })
        }
    }
}
