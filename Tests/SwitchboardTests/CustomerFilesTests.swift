//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

import BizBuddyBridge
import BizBuddyCore
import BizBuddyStorage
import Foundation
import Logging
import ServiceLifecycle
import Testing

@testable import switchboard

/// What is kept of customers, told and deleted from the command line.
@Suite struct CustomerFilesTests {
    private let folder: String
    private let configuration: SwitchboardConfiguration

    init() throws {
        folder = try ConfigurationFixture.temporaryFolder()
        configuration = try ConfigurationFixture.load(
            ConfigurationFixture.minimal + """
                bridge:
                  domain: care.acme.example
                  departments: {}
                  records: {gateways: {aim.acme.example: {scheme: aim}}}
                """, environment: ["SWITCHBOARD_DATA": folder])
    }

    @Test(arguments: [(800, 700), (80, 70), (0, 0)])
    func whatIsKnownIsToldBeforeTheOfferGoesOut(_ deadline: Int, _ told: Int) throws {
        let configuration = try ConfigurationFixture.load(
            ConfigurationFixture.minimal + """
                bridge:
                  domain: care.acme.example
                  departments: {}
                  lookup_deadline_milliseconds: \(deadline)
                """)
        #expect(configuration.bridge?.softDeadline == .milliseconds(told))
    }

    private var tom: CanonicalAddress { CanonicalAddress(CustomerAddress("tom@home.example")) }

    /// tom has two addresses, a note, a consent, an open conversation and a closed one.
    private func prepare() async throws {
        let csv = folder + "/customers.csv"
        try "address,name,customer\ntom@home.example,Tom Customer,4711\naim:Awesome 54,Tom on AIM,4711\n"
            .write(toFile: csv, atomically: true, encoding: .utf8)
        #expect(try await CustomerAdministration(configuration).importFile(csv, dryRun: false).inserted == 2)
        let book = try CustomerBook(path: folder + "/people.sqlite") { "p-\(UUID().uuidString)" }
        let aim = try #require(CanonicalAddress("aim:awesome54"))
        try await book.note("likes tea", by: "alice", about: tom, at: 1)
        #expect(try await book.link(tom, with: aim, trust: .agent, evidence: "", actor: "alice", at: 2) == .linked)
        try book.close()

        let store = try ServiceStore(path: try #require(configuration.bridge?.storage))
        var state = try await store.load()
        let contact = ContactAddress("support@acme.example")
        let alice = AgentID("alice@acme.example")
        let now = Instant(milliseconds: 1_700_000_000_000)
        var commands: [Command] = [
            .configure(
                ServiceConfiguration(departments: [
                    DepartmentConfiguration(
                        id: DepartmentID("support"), name: "Support", contacts: [contact], agents: [alice])
                ])),
            .agentPresence(
                agent: alice, resource: "desk", state: AgentResource(state: "available", takesCustomers: true)),
        ]
        func text(_ text: String, _ customer: String, _ id: String) -> Command {
            .customerMessage(
                customer: CustomerAddress(customer), contact: contact, text: text, externalID: id, nickname: nil,
                newConversation: ConversationID(id))
        }
        commands += [
            text("the first matter", "tom@home.example", "one"),
            .lookupFinished(conversation: ConversationID("one"), result: .notFound),
            .acceptOffer(agent: alice, conversation: nil),
            .close(agent: alice, conversation: ConversationID("one"), disposition: nil),
            text("the second matter", "awesome54@aim.acme.example", "two"),
        ]
        var change = ServiceChange()
        for command in commands {
            for case .conversationClosed(let closed) in state.apply(command, at: now) { change.closed.append(closed) }
            change.events.append(RecordedCommand(command, at: now))
        }
        change.consents = [
            Consent(
                customer: CustomerAddress("tom@home.example"), contact: contact, purpose: "alerts/gizmo",
                isGiven: true, text: "?", proof: "m", actor: "tom@home.example", at: now)
        ]
        _ = try await store.commit(change)
        try store.close()
    }

    private func isOnDisk(_ text: String) throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: folder).filter { name in
            guard name != "customers.csv", let bytes = FileManager.default.contents(atPath: folder + "/" + name) else {
                return false
            }
            return bytes.firstRange(of: Data(text.utf8)) != nil
        }
    }

    @Test func writesWhatIsKeptOfACustomerAndThatItWasDone() async throws {
        defer { try? FileManager.default.removeItem(atPath: folder) }
        try await prepare()
        for address in ["Tom@Home.example", "aim:awesome54", "awesome54@aim.acme.example"] {
            let export = try await CustomerAdministration.export(address, configuration)
            #expect(Set(export.addresses) == ["xmpp:tom@home.example", "aim:awesome54"])
            #expect(Set(export.records.map(\.displayName)) == ["Tom Customer", "Tom on AIM"])
            #expect(export.person?.notes.map(\.text) == ["likes tea"])
            #expect(export.conversations.map(\.id.rawValue) == ["one"])
            #expect(export.held.conversations.map(\.id.rawValue) == ["two"], "of the other network")
            #expect(export.consents.map(\.purpose) == ["alerts/gizmo"])
            #expect(try CustomerAdministration.json(export).contains("the second matter"))
        }
        let stranger = try await CustomerAdministration.export("wendy@home.example", configuration)
        #expect(stranger.isEmpty)
        await #expect(throws: CommandFailure.self) { try await CustomerAdministration.export("nobody", configuration) }

        let audit = configuration.bridge?.privacy.audit ?? ""
        let verdict = try AuditAdministration.verdict(audit, head: nil)
        #expect(verdict.entries == 4 && verdict.problem == nil)
        #expect(try AuditAdministration.verdict(audit, head: verdict.head).problem == nil)
        #expect(try AuditAdministration.verdict(audit, head: "0123").problem != nil)
        #expect(try !String(contentsOfFile: audit, encoding: .utf8).contains("tom@"))
    }

    @Test func deletesACustomerWhileNothingRuns() async throws {
        defer { try? FileManager.default.removeItem(atPath: folder) }
        try await prepare()
        let before = try await CustomerAdministration.file(of: "aim:awesome54", configuration)
        #expect(before.summary.contains("1 open conversations") && before.summary.contains("2 records"))
        #expect(try await CustomerAdministration.file(of: "aim:awesome54", configuration) == before, "only told")
        let answer = try await CustomerAdministration.erase("aim:awesome54", configuration)
        #expect(answer.hasPrefix("Deleted: 2 conversations, 2 records, 1 notes, 1 lines about consent."))
        #expect(try await CustomerAdministration.file(of: "tom@home.example", configuration).isEmpty)
        for text in ["the first matter", "the second matter", "likes tea", "Tom on AIM", "awesome54", "tom@home.ex"] {
            #expect(try isOnDisk(text) == [], "\(text)")
        }
        let subject = try #require(before.person?.id)
        await #expect(throws: CommandFailure.self) {
            try await CustomerAdministration.file(of: subject, configuration)
        }
        let verdict = try AuditAdministration.verdict(configuration.bridge?.privacy.audit ?? "", head: nil)
        #expect(verdict.entries == 2 && verdict.problem == nil)
    }

    @Test func asksTheServiceThatRuns() async throws {
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let quiet = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        let data = DataFolder(path: "/tmp/sboffice-" + Secret.random().value.prefix(12))
        try FileManager.default.createDirectory(atPath: data.path, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: data.path) }
        #expect(try await ControlClient.askIfRunning(BridgeOffice.erase("a@b"), data, .bridge) == nil)
        let service = ControlService(
            data, .bridge,
            tasks: [
                "erase": { "gone: \($0)" },
                "publish": { $0.contains("\"text\":\"a b\\nc\"") ? "told" : $0 },
            ], log: quiet)
        let group = ServiceGroup(
            configuration: ServiceGroupConfiguration(services: [.init(service: service)], logger: quiet))
        try await withThrowingTaskGroup(of: Void.self) { tasks in
            tasks.addTask { try await group.run() }
            while !FileManager.default.fileExists(atPath: ControlService.path(data, .bridge)) { await Task.yield() }
            #expect(
                try await ControlClient.askIfRunning(BridgeOffice.erase("aim:a b"), data, .bridge) == "gone: aim:a b")
            #expect(
                try await ControlClient.askIfRunning(BridgeOffice.publish("gizmo", "a b\nc"), data, .bridge) == "told")
            await #expect(throws: CommandFailure.self) {
                try await ControlClient.askIfRunning("something else", data, .bridge)
            }
            await group.triggerGracefulShutdown()
            try await tasks.waitForAll()
        }
        let long = DataFolder(path: "/tmp/" + String(repeating: "x", count: 120))
        await #expect(throws: CommandFailure.self) { try await ControlClient.askIfRunning("erase", long, .bridge) }
    }
}
