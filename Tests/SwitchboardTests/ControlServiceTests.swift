//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

import FoundationEssentials
import Logging
import ServiceLifecycle
import Testing

@testable import XMPPFederation
@testable import switchboard

/// One after the other: each looks for its socket as fast as it can.
@Suite(.serialized) struct ControlServiceTests {
    private let quiet = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }

    /// A folder with a service that answers, until `body` is done.
    private func with(
        _ answers: [String: ControlService.Answer], _ body: (DataFolder) async throws -> Void
    ) async throws {
        let folder = DataFolder(path: "/tmp/sbcontrol-" + Secret.random().value.prefix(12))
        try FileManager.default.createDirectory(atPath: folder.path, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder.path) }
        let group = ServiceGroup(
            configuration: ServiceGroupConfiguration(
                services: [.init(service: ControlService(folder, answers: answers, log: quiet))], logger: quiet))
        try await withThrowingTaskGroup(of: Void.self) { tasks in
            tasks.addTask { try await group.run() }
            let clock = ContinuousClock()
            let deadline = clock.now + .seconds(120)
            while !FileManager.default.fileExists(atPath: ControlService.path(folder)), clock.now < deadline {
                await Task.yield()
            }
            try await body(folder)
            await group.triggerGracefulShutdown()
            try await tasks.waitForAll()
        }
        #expect(!FileManager.default.fileExists(atPath: ControlService.path(folder)))
    }

    @Test func answersQuestions() async throws {
        let long = String(repeating: "line\n", count: 100_000)
        try await with(["one": { "first\nsecond" }, "long": { long }]) { folder in
            let one = try await ControlClient.ask("one", folder)
            #expect(one == "first\nsecond")
            let all = try await ControlClient.ask("long", folder)
            #expect(all == long)
        }
    }

    @Test func tellsWhatWentWrong() async throws {
        try await with(["bad": { throw CommandFailure("no luck") }]) { folder in
            await #expect(throws: CommandFailure("no luck")) { try await ControlClient.ask("bad", folder) }
            await #expect(throws: CommandFailure("This server does not know that question.")) {
                try await ControlClient.ask("what", folder)
            }
        }
    }

    @Test func isForItsOwnerAlone() async throws {
        try await with([:]) { folder in
            let attributes = try FileManager.default.attributesOfItem(atPath: ControlService.path(folder))
            #expect(attributes[.posixPermissions] as? Int == 0o600)
        }
    }

    @Test func endsWithWhoeverAsksTooMuch() async throws {
        try await with(["x": { "y" }]) { folder in
            await #expect(throws: (any Error).self) {
                try await ControlClient.ask(String(repeating: "x", count: 5000), folder)
            }
            let answer = try await ControlClient.ask("x", folder)
            #expect(answer == "y")
        }
    }

    @Test func saysThatNobodyIsThere() async throws {
        let folder = DataFolder(path: "/tmp/sbcontrol-nobody")
        await #expect(throws: CommandFailure.self) { try await ControlClient.ask("x", folder) }
    }
}

@Suite struct FederationStatusCommandTests {
    private let report = FederationReport(
        ways: [
            .init(
                pair: DomainPair(local: "acme.example", remote: "a.example"), state: .unreachable, waiting: 2,
                unacknowledged: 1, failure: "connection: refused", retriesAt: 0)
        ], incoming: [(domain: "b.example", streams: 1)],
        stored: [.init(domain: "a.example", stanzas: 3, bytes: 300)],
        storedInAll: .init(domain: "", stanzas: 3, bytes: 300))

    @Test func writesLines() {
        #expect(
            report.text == """
                a.example  unreachable  from acme.example, 2 waiting, 1 on their way
                    connection: refused
                b.example  1 stream to us
                a.example  3 on disk, 300 bytes
                In all 3 stanzas on disk, 300 bytes
                """)
    }

    @Test func writesJSON() throws {
        struct Output: Decodable {
            struct Way: Decodable {
                var domain: String
                var state: String
                var failure: String?
                var retries: String?
            }
            struct Stored: Decodable {
                var stanzas: Int
            }
            var ways: [Way]
            var storedInAll: Stored
        }
        let text = try FederationStatusCommand.json(report)
        let output = try JSONDecoder().decode(Output.self, from: Data(text.utf8))
        #expect(output.ways.map(\.domain) == ["a.example"])
        #expect(output.ways.first?.state == "unreachable")
        #expect(output.ways.first?.failure == "connection: refused")
        #expect(output.ways.first?.retries == "1970-01-01T00:00:00Z")
        #expect(output.storedInAll.stanzas == 3)
    }

    @Test func writesWhatWasChecked() {
        let steps = [
            CheckStep(.dns, .ok, "found"), CheckStep(.tls, .note, "old\u{1B}[31m", remedy: "Renew it"),
            CheckStep(.certificate, .failed, "wrong", remedy: "Mend it"),
        ]
        #expect(
            CheckReport(domain: "a.example", steps: steps).text == """
                good   dns: found
                note   tls: old [31m
                       Renew it.
                ERROR  certificate: wrong
                       Mend it.
                a.example cannot be reached: see what stands at ERROR.
                """)
        #expect(CheckReport(domain: "a.example", steps: [steps[0]]).isOK)
    }
}
