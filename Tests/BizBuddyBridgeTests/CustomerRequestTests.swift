//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

import BizBuddyCore
import BizBuddyRecords
import BizBuddyStorage
import Logging
import Testing
import XMPPCore
import XMPPPayloads

@testable import BizBuddyBridge

/// What customers ask for about their own data, and two customer numbers that a code would join.
@Suite struct CustomerRequestTests {
    private let office: BackOffice

    init() async throws {
        office = try BackOffice()
        let csv =
            "address,name,customer,plan,born\ntom@home.example,Tom,4711,Gold,1970\numa@home.example,Uma,4822,Silver,1980\n"
        _ = try await office.clerk.directory?.importCSV(bytes: Array(csv.utf8), canonical: { $0.lowercased() })
    }

    private func harness() throws -> BridgeHarness {
        var harness = try BridgeHarness(supervisors: ["dave@acme.example"])
        try harness.agentComesOnline("dave@acme.example/desk")
        return harness
    }

    @Test(arguments: [("/export", "export", "a copy"), ("/erase", "erase", "to delete")])
    func isKeptUntilASupervisorSeesToIt(_ text: String, _ kind: String, _ words: String) async throws {
        var harness = try harness()
        #expect(try harness.customerWrites(text).isEmpty && harness.turn.commands.isEmpty)
        let sent = await office.finish(&harness)
        #expect(sent.to("tom@home.example").bodies.first?.contains(words) == true)
        let told = try #require(sent.to("dave@acme.example").bodies.first)
        #expect(told.contains("tom@home.example") && told.contains("/\(kind) tom@home.example"))
        #expect(office.audit.contains("\"action\":\"request\",") && office.audit.contains("\"detail\":\"\(kind)\""))
        #expect(!office.audit.contains("tom@"))
        try harness.customerWrites(text.uppercased())
        #expect(await office.finish(&harness).to("dave@acme.example").isEmpty, "asked once")
        let list = try await office.clerk.requestList()
        #expect(list.hasSuffix("tom@home.example: /\(kind) tom@home.example"))
        for (command, task) in [
            ("/requests", OfficeTask.requests),
            ("/export tom@home.example", .export("tom@home.example", isConfirmed: false)),
            ("/decline tom@home.example erase", .decline("tom@home.example", .erase)),
        ] {
            try harness.customerWrites(command, from: "dave@acme.example/desk", to: "support@care.acme.example")
            #expect(harness.turn.offices.map(\.task) == [task])
        }
    }

    @Test func aBlockedCustomerMayAskForTheOwnData() async throws {
        var harness = try harness()
        try harness.conversationBegins()
        try harness.says("/block rude", type: "chat")
        #expect(try harness.customerWrites("/link").first?.error == .forbidden)
        try harness.customerWrites("/erase")
        #expect(harness.turn.errands.map(\.task) == [.request(.erase)])
    }

    @Test func nothingIsPromisedThatCannotBeKept() async throws {
        var harness = try harness()
        try harness.customerWrites("/erase")
        let errand = try #require(harness.turn.errands.first)
        let sent = harness.finish(await Clerk().run(errand))
        #expect(sent.bodies == ["That could not be done now. Please try again later."])
    }

    @Test func theCopyHasWhatIsKeptAndNoAgents() async throws {
        var harness = try harness()
        try harness.conversationBegins()
        try harness.says("It leaves today", type: "chat")
        try harness.says("/note he is angry", type: "chat")
        try harness.customerWrites("/export")
        _ = await office.finish(&harness)
        let tom = CanonicalAddress(CustomerAddress("tom@home.example"))
        try await office.book.note("likes tea", by: "alice@acme.example", about: tom, at: 1)
        try await office.book.prefer("language", "de", about: tom, at: 1)
        let reach = try await office.clerk.reach(of: tom)
        let file = try await office.clerk.file(of: reach, state: harness.core.service, office.store)
        #expect(file.summary.contains("1 requests about it"))
        var clerk = office.clerk
        clerk.records.classes = ["born": .sensitive]
        let german = CustomerCopy(
            file, classes: [:], harness.core.configuration, TextCatalogue().texts(language: "de", contact: nil))
        let lines = german.parts.joined().split(separator: "\n")
        #expect(lines.first == "Das heben wir über Sie auf:" && lines.contains("Sprache: de"))
        let dave = AgentID("dave@acme.example")
        let results = try await clerk.copies(reach, file, harness.core.configuration, actor: dave, at: 9)
        #expect(office.audit.contains("sent to the customer"))
        let result = try #require(results.first)
        let sent = harness.finish(result)
        let text = sent.to("tom@home.example").bodies.joined()
        for words in [
            "This is what we keep of you:", "Tom, 4711", "Plan: Gold", "Language: de", "You: My gizmo",
            "Support: It leaves",
        ] {
            #expect(text.contains(words), "\(words)")
        }
        for words in ["1970", "angry", "tea", "alice"] { #expect(!text.contains(words), "\(words)") }
        #expect(harness.turn.errands.map(\.task) == [.settle(.export)], "done when that is on disk")
        _ = await office.finish(&harness)
        #expect(try await office.book.requests().isEmpty)
        await #expect(throws: OfficeRefusal.self) {
            try await clerk.copies(reach, file, harness.core.configuration, actor: dave, at: 9)
        }
    }

    @Test func whoIsDeletedIsToldAndNothingStays() async throws {
        var harness = try harness()
        try harness.customerWrites("/erase")
        _ = await office.finish(&harness)
        let reach = try await office.clerk.reach(of: CanonicalAddress(CustomerAddress("tom@home.example")))
        let told = try await office.clerk.awaitingErasure(reach, actor: "dave@acme.example", at: 5)
        _ = try await office.clerk.erase(reach, open: [], office.store, actor: "dave@acme.example", at: 5)
        #expect(try await office.book.requests().isEmpty)
        #expect(!office.bytes(of: "people.sqlite-wal").contains("tom@home.example"))
        let result = try #require(told.first)
        #expect(harness.finish(result).to("tom@home.example").bodies == ["What we kept of you has been deleted."])
        #expect(harness.turn.outgoing.allSatisfy { $0.row == nil }, "and is kept nowhere on its way")
    }

    @Test func aSupervisorMaySayNo() async throws {
        var harness = try harness()
        try harness.customerWrites("/erase")
        _ = await office.finish(&harness)
        let reach = try await office.clerk.reach(of: CanonicalAddress(CustomerAddress("tom@home.example")))
        let dave = AgentID("dave@acme.example")
        await #expect(throws: OfficeRefusal.self) {
            try await office.clerk.decline(.export, reach, actor: dave, at: 5)
        }
        let result = try #require(try await office.clerk.decline(.erase, reach, actor: dave, at: 5).first)
        #expect(harness.finish(result).to("tom@home.example").bodies.first?.hasPrefix("We cannot do") == true)
        #expect(office.audit.contains("erase declined"))
        #expect(try await office.clerk.requestList().hasPrefix("No customer"))
    }

    @Test func theRunningServiceDoesAllThat() async throws {
        // Without a server to speak to: what is asked from inside needs none.
        let harness = try BridgeHarness(supervisors: ["dave@acme.example"])
        let bridge = Bridge(
            configuration: harness.core.configuration, store: office.store, clerk: office.clerk,
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await bridge.run() }
            #expect(try await bridge.ask(.requests).hasPrefix("No customer"))
            await #expect(throws: OfficeRefusal.self) { try await bridge.ask(.export("nobody", isConfirmed: true)) }
            #expect(
                try await bridge.ask(.export("tom@home.example", isConfirmed: false)).contains(
                    "1 records of the embedded directory"))
            await #expect(throws: OfficeRefusal.self) {
                try await bridge.ask(.export("tom@home.example", isConfirmed: true))
            }
            await #expect(throws: OfficeRefusal.self) { try await bridge.ask(.decline("tom@home.example", .erase)) }
            bridge.stop()
            try await group.waitForAll()
        }
    }

    // MARK: Two customer numbers

    private func desk() throws -> BackOffice {
        let directory = try #require(office.clerk.directory)
        return try BackOffice([directory])
    }

    @Test func aCodeJoinsNoTwoNumbers() async throws {
        let office = try desk()
        var harness = try harness()
        try harness.conversationBegins()
        try harness.customerWrites("/link", from: "uma@home.example/x")
        let note = try #require(await office.finish(&harness).bodies.first)
        let code = String(try #require(note.firstMatch(of: /\d{6}/)?.output))
        try harness.customerWrites("/link \(code)")
        let sent = await office.finish(&harness)
        #expect(sent.to("tom@home.example").bodies.first?.hasPrefix("We know these two addresses") == true)
        let told = try #require(sent.to("alice@acme.example").bodies.first)
        #expect(told.contains("4711") && told.contains("4822") && told.contains("/link xmpp:uma@home.example yes"))
        #expect(office.audit.contains("two customer numbers"))
        let uma = CanonicalAddress(CustomerAddress("uma@home.example"))
        #expect(try await office.book.addresses(with: uma) == [uma])
        try harness.customerWrites("/link \(code)")
        #expect(await office.finish(&harness).bodies.first?.hasPrefix("This code is not good") == true, "good once")
    }

    @Test func anAgentIsAskedTwice() async throws {
        let office = try desk()
        var harness = try harness()
        try harness.conversationBegins()
        try harness.says("/link uma@home.example", type: "chat")
        let asked = await office.finish(&harness).bodies
        #expect(asked.first?.contains("customer 4711") == true && asked.first?.contains("4822") == true)
        let uma = CanonicalAddress(CustomerAddress("uma@home.example"))
        #expect(try await office.book.addresses(with: uma) == [uma])
        try harness.says("/link uma@home.example yes", type: "chat")
        #expect(await office.finish(&harness).bodies.first?.contains("same customer now") == true)
        #expect(try await office.book.addresses(with: uma).count == 2)
    }
}
