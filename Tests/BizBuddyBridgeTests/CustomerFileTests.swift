//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

import BizBuddyCore
import BizBuddyRecords
import BizBuddyStorage
import Synchronization
import Testing
import XMPPClient
import XMPPCore
import XMPPPayloads

@testable import BizBuddyBridge

/// Everything about a customer in one place: told, and deleted.
@Suite struct CustomerFileTests {
    private let office: BackOffice
    private let aim: CanonicalAddress
    private let tom = CanonicalAddress(CustomerAddress("tom@home.example"))

    init() async throws {
        office = try BackOffice(gateways: ["aim.acme.example": "aim"])
        aim = try #require(CanonicalAddress("aim:awesome54"))
        let csv = "address,name,customer\ntom@home.example,Tom,4711\naim:awesome54,Tom on AIM,4711\n"
        _ = try await office.clerk.directory?.importCSV(
            bytes: Array(csv.utf8), canonical: { CanonicalAddress($0)?.key ?? $0.lowercased() })
    }

    private var clerk: Clerk { office.clerk }
    private var store: ServiceStore { office.store }
    private var audit: String { office.audit }

    @Test func readsAddressesAsPeopleWriteThem() {
        #expect(clerk.canonical("Tom@Home.example/phone") == tom)
        #expect(clerk.canonical("xmpp:tom@home.example") == tom)
        #expect(clerk.canonical("aim:Awesome 54") == aim)
        #expect(clerk.canonical("awesome54@aim.acme.example") == aim, "who stands behind a gateway's address")
        #expect(clerk.canonical("home.example") == nil && clerk.canonical("") == nil)
        #expect(clerk.customers(aim).map(\.rawValue) == ["awesome54@aim.acme.example"])
    }

    @Test func gathersEveryAddressOfACustomer() async throws {
        for address in [tom, aim] {
            let reach = try await clerk.reach(of: address)
            #expect(Set(reach.addresses) == [tom, aim], "one customer number")
            #expect(
                Set(reach.customers)
                    == [CustomerAddress("tom@home.example"), CustomerAddress("awesome54@aim.acme.example")])
        }
        let stranger = try await clerk.reach(of: CanonicalAddress(CustomerAddress("uma@home.example")))
        #expect(stranger.customers == [CustomerAddress("uma@home.example")])
        let file = try await clerk.file(of: stranger, state: ServiceState(), store)
        #expect(file.isEmpty && file.summary == "Nothing is kept of xmpp:uma@home.example.")
    }

    @Test func aSupervisorIsToldFirstAndDeletesThen() async throws {
        var harness = try BridgeHarness(supervisors: ["dave@acme.example"])
        try harness.agentComesOnline("dave@acme.example/desk")
        try harness.agentComesOnline()
        try harness.customerWrites("My gizmo is broken")
        harness.find(nil)
        try harness.receive(
            "<message type='chat' from='alice@acme.example/desk' to='support@care.acme.example'><body>accept</body></message>"
        )
        let ask = { (text: String, who: String) in
            "<message type='chat' from='\(who)@acme.example/desk' to='support@care.acme.example'><body>\(text)</body></message>"
        }
        try harness.receive(ask("/erase tom@home.example", "alice"))
        #expect(harness.turn.offices.isEmpty && harness.sent.bodies == ["Only supervisors may do that."])
        try harness.receive(ask("/erase tom@home.example", "dave"))
        #expect(harness.turn.offices.map(\.task) == [.erase("tom@home.example", isConfirmed: false)])
        try harness.receive(ask("/erase tom@home.example yes", "dave"))
        #expect(harness.turn.offices.map(\.task) == [.erase("tom@home.example", isConfirmed: true)])

        try harness.receive("<presence type='subscribe' from='tom@home.example' to='support@acme.example'/>")
        var turn = Turn(now: harness.now)
        let open = harness.core.erase([CustomerAddress("tom@home.example")], &turn)
        #expect(open == [harness.conversation] && turn.closed.isEmpty, "not for the archive")
        #expect(harness.core.service.conversations.isEmpty)
        #expect(turn.subscriptions.map(\.isSubscribed) == [false])
        let sent = turn.outgoing.map(\.stanza)
        #expect(sent.contains { $0.to?.description == "tom@home.example" && $0.type == .unsubscribed })
        #expect(sent.bodies.contains { $0.contains("being deleted") })
    }

    @Test func deletesEverywhereAndWritesThatDown() async throws {
        try await clerk.book?.note("likes tea", by: "alice", about: aim, at: 1)
        _ = try await store.commit(
            ServiceChange(consents: [
                Consent(
                    customer: CustomerAddress("tom@home.example"), contact: ContactAddress("support@acme.example"),
                    purpose: "alerts/gizmo", isGiven: true, text: "?", proof: "m", actor: "tom",
                    at: Instant(milliseconds: 1))
            ]))
        let reach = try await clerk.reach(of: tom)
        let file = try await clerk.file(of: reach, state: ServiceState(), store)
        #expect(file.summary.contains("2 records") && file.summary.contains("1 notes"))
        #expect(file.summary.contains("1 lines about consent"))
        let answer = try await clerk.erase(reach, open: [], store, actor: "dave@acme.example", at: 5)
        #expect(answer.hasPrefix("Deleted: 0 conversations, 2 records, 1 notes, 1 lines about consent. "))
        let after = try await clerk.file(of: try await clerk.reach(of: tom), state: ServiceState(), store)
        #expect(after.isEmpty)
        let subject = try #require(file.person?.id)
        #expect(try await clerk.book?.tombstone(of: subject)?.actor == "dave@acme.example")
        #expect(audit.contains("\"action\":\"erase\"") && audit.contains(subject) && !audit.contains("tom@"))
        await #expect(throws: StoreError.self) {
            try await Clerk().erase(reach, open: [], store, actor: "x", at: 1)
        }
    }

    @Test func aNameIsASuggestionAndNeverMore() async throws {
        var query = RecordQuery(
            addresses: [CanonicalAddress(CustomerAddress("new@home.example"))], contact: "support@acme.example",
            conversation: "c", timeout: .seconds(1))
        let directory = try #require(clerk.directory)
        #expect(try await directory.answer(query).records.isEmpty)
        query.nickname = "TOM"
        let desk = RecordDesk(sources: [directory])
        let found = try #require(await desk.wholeRecord(query))
        #expect(found.customerID.isEmpty && found.fields.isEmpty)
        #expect(found.candidates.map(\.customerID) == ["4711"])
        query.nickname = "To"
        #expect(await desk.wholeRecord(query) == nil, "too short to say anything")
        query.addresses = [tom]
        query.nickname = "Somebody"
        #expect(await desk.wholeRecord(query)?.customerID == "4711")
    }

    @Test func whatLooksLikeACustomerIsAWarningAndNoLink() async throws {
        let directory = try #require(clerk.directory)
        func query(_ address: String, _ nickname: String? = nil) -> RecordQuery {
            var query = RecordQuery(
                addresses: [CanonicalAddress(CustomerAddress(address))], contact: "support@acme.example",
                conversation: "c", timeout: .seconds(1))
            query.nickname = nickname
            return query
        }
        let desk = RecordDesk(sources: [directory])
        let record = try #require(await desk.wholeRecord(query("t0m@home.example")))
        #expect(record.customerID.isEmpty && record.fields.isEmpty && record.candidates.isEmpty)
        #expect(
            record.warnings == ["Careful: this address looks like one of Tom's, customer 4711, and is another."])
        #expect(AgentTexts.record(.found(record)).contains("No record of this customer.\nCareful:"))
        #expect(RecordLookup.found(record).limited(to: .public).record?.warnings.isEmpty == true)
        let named = try #require(await desk.wholeRecord(query("new@home.example", "T\u{43e}m")))
        #expect(named.warnings.first?.hasPrefix("Careful: the name looks like that of Tom, customer 4711") == true)
        #expect(await desk.wholeRecord(query("tom@home.example"))?.warnings.isEmpty == true, "Tom himself")
        #expect(await desk.wholeRecord(query("tom@work.example")) == nil, "another Tom elsewhere")
        var harness = try BridgeHarness()
        try harness.agentComesOnline()
        try harness.customerWrites("My gizmo is broken", from: "t0m@home.example/x")
        let offer = harness.find(record)
        #expect(offer.bodies.contains { $0.contains("Careful: this address looks like") })
        #expect(
            offer.map(\.element.xmlString).contains { $0.contains("var='warning'") || $0.contains("var=\"warning\"") })
    }

    @Test func aSharedAddressShowsPossibilitiesAndNoHistory() async throws {
        var harness = try BridgeHarness()
        try harness.conversationBegins()
        try harness.says("/shared yes", type: "chat")
        let errand = try #require(harness.turn.errands.first)
        #expect(harness.finish(await clerk.run(errand)).bodies.first?.contains("possibilities") == true)
        let customer = CustomerAddress("tom@home.example")
        let query = await clerk.query(ConversationID("c"), customer, ContactAddress("support@acme.example"))
        #expect(query.isShared)
        let directory = try #require(clerk.directory)
        let found = try #require(await RecordDesk(sources: [directory]).wholeRecord(query))
        #expect(found.customerID.isEmpty && found.candidates.map(\.customerID) == ["4711"])
        try harness.says("/shared no", type: "chat")
        _ = await clerk.run(try #require(harness.turn.errands.first))
        #expect(await !clerk.query(ConversationID("c"), customer, ContactAddress("support@acme.example")).isShared)
    }

    @Test func whatACustomerPrefersSteersAlerts() throws {
        var harness = try BridgeHarness()
        try harness.conversationBegins()
        try harness.says("/prefer dnd yes", type: "chat")
        let customer = CustomerAddress("tom@home.example")
        #expect(harness.core.service.holdings(of: [customer]).wishes[customer]?.isUndisturbed == true)
        #expect(harness.turn.errands.map(\.task) == [.prefer("dnd", "yes")])
        try harness.says("/prefer hours whenever", type: "chat")
        #expect(harness.turn.errands.isEmpty && harness.sent.bodies == ["Usage: /prefer hours 9:00-17:30"])
    }

    @Test func aRecordWaitsForTheRoutingServiceAndIsToldOnce() {
        let told = Mutex<[RecordLookup]>([])
        let gate = LookupGate { lookup in told.withLock { $0.append(lookup) } }
        gate.tell(.failed("slow"))
        gate.tell(.notFound)
        #expect(told.withLock { $0 }.isEmpty)
        gate.open()
        #expect(told.withLock { $0 } == [.notFound])
        gate.tell(.failed("later"))
        #expect(told.withLock { $0 } == [.notFound, .failed("later")])
    }

    @Test func theRoutingServiceIsToldWhoIsThere() throws {
        var harness = try BridgeHarness()
        harness.core.configuration.hasRouter = true
        try harness.agentComesOnline()
        try harness.customerWrites("My gizmo is broken")
        let question = try #require(harness.turn.routings[harness.conversation])
        #expect(question.contact == "support@acme.example")
        #expect(question.departments.map(\.id) == ["support"] && question.departments.map(\.open) == [true])
        #expect(question.departments.first?.agents.map(\.id) == ["alice@acme.example"])
        var turn = Turn(now: harness.now)
        harness.core.routed(harness.conversation, .failed("down"), &turn)
        #expect(turn.commands.isEmpty && turn.counts[.routingFailures] == 1, "as if it were not there")
        harness.core.routed(harness.conversation, .advice(RoutingAdvice(priority: 3)), &turn)
        #expect(harness.core.service.conversations[harness.conversation]?.routing.priority == 3)
    }

    @Test func aRecordIsPutIntoTheDirectoryAndTakenFromNobody() async throws {
        var harness = try BridgeHarness(supervisors: ["dave@acme.example"])
        try harness.agentComesOnline("dave@acme.example/desk")
        let form = [
            "customer": "new@home.example", "number": "9", "name": "New One", "fields": "Plan = Gold; x; City=Bern",
        ]
        let inside = form.map { "<field var='\($0.key)'><value>\($0.value)</value></field>" }.joined()
        try harness.receive(
            """
            <iq type='set' id='c1' from='dave@acme.example/desk' to='support@care.acme.example'>\
            <command xmlns='http://jabber.org/protocol/commands' node='urn:switchboard:bizbuddy:1#record-upsert'>\
            <x xmlns='jabber:x:data' type='submit'>\(inside)</x></command></iq>
            """)
        guard case .record(let address, let record)? = harness.turn.offices.first?.task else {
            Issue.record("nothing was asked for")
            return
        }
        #expect(record.fields.map { "\($0.key)=\($0.value)" } == ["plan=Gold", "city=Bern"])
        #expect(try await clerk.put(record, at: address, actor: "dave", at: 1).hasPrefix("There is a record"))
        #expect(try await clerk.directory?.lookup("new@home.example")?.displayName == "New One")
        #expect(try await clerk.put(record, at: address, actor: "dave", at: 2).contains("another now"))
        await #expect(throws: OfficeRefusal.self) {
            try await clerk.put(record, at: "tom@home.example", actor: "dave", at: 3)
        }
        #expect(try await clerk.directory?.lookup("tom@home.example")?.customerID == "4711")
        #expect(audit.contains("\"action\":\"record\"") && !audit.contains("new@home"))
    }

    @Test func consentsAreWrittenDownAndTold() async throws {
        var harness = try BridgeHarness()
        try harness.conversationBegins()
        try harness.says("/consent newsletter yes", type: "chat")
        #expect(harness.sent.bodies == ["Written down: newsletter yes."])
        let consent = try #require(harness.turn.consents.first)
        #expect(consent.purpose == "newsletter" && consent.isGiven && consent.actor == "alice@acme.example")
        _ = try await store.commit(ServiceChange(consents: harness.turn.consents))
        try harness.says("/consent newsletter perhaps", type: "chat")
        #expect(harness.sent.bodies == ["Usage: /consent PURPOSE yes|no"])
        try harness.says("/consents", type: "chat")
        let errand = try #require(harness.turn.errands.first)
        let told = harness.finish(await clerk.run(errand)).bodies.first
        #expect(told?.contains("newsletter: yes, written down by alice@acme.example") == true)
    }

    @Test func aFormAsksAboutTheCustomerAndIsAnsweredWhenThatIsKnown() async throws {
        var harness = try BridgeHarness()
        try harness.conversationBegins()
        func command(_ verb: String, _ fields: [String: String] = [:]) -> String {
            let inside = fields.map { "<field var='\($0.key)'><value>\($0.value)</value></field>" }.joined()
            let form = fields.isEmpty ? "" : "<x xmlns='jabber:x:data' type='submit'>\(inside)</x>"
            return """
                <iq type='set' id='c1' from='alice@acme.example/desk' to='\(harness.room)'>\
                <command xmlns='http://jabber.org/protocol/commands' node='urn:switchboard:bizbuddy:1#\(verb)'>\
                \(form)</command></iq>
                """
        }
        try harness.receive(command("remember", ["text": "likes tea"]))
        #expect(harness.sent.isEmpty, "nothing is said before it is done")
        let errand = try #require(harness.turn.errands.first)
        let answers = harness.finish(await clerk.run(errand))
        let answer = try #require(answers.first?.payload.flatMap { try? AdHocCommand($0) })
        #expect(answers.count == 1 && answers.first?.id == "c1" && answer.status == .completed)
        #expect(answer.notes.map(\.text) == ["Noted, for all who serve this customer."])
        #expect(try await clerk.book?.person(at: tom)?.notes.map(\.text) == ["likes tea"])

        try harness.receive(command("consent", ["purpose": "newsletter", "given": "no"]))
        #expect(harness.turn.consents.map(\.isGiven) == [false] && harness.sent.first?.type == .result)
        try harness.receive(command("history"))
        #expect(harness.turn.errands.map(\.task) == [.history] && harness.sent.isEmpty)
        try harness.receive(command("prefer", ["what": "shoes"]))
        #expect(harness.sent.first?.error == .badRequest)
    }
}
