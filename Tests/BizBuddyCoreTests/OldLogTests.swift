//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

import FoundationEssentials
import Testing

@testable import BizBuddyCore

/// What was written before there were hours, skills, questions and the rest must be read for ever.
@Suite struct OldLogTests {
    private struct Entry: Decodable {
        let at: Instant
        let command: Command
    }

    private static func file(_ name: String) throws -> Data {
        let folder = #filePath.split(separator: "/").dropLast().joined(separator: "/")
        return try Data(contentsOf: URL(filePath: "/\(folder)/Fixtures/\(name)"))
    }

    /// The log up to the moment of the snapshot, and the rest.
    private static func log() throws -> (before: [Entry], after: [Entry]) {
        let lines = String(decoding: try file("log-0.jsonl"), as: UTF8.self).split(separator: "\n")
        let parts = lines.split(separator: "--")
        let entries = try parts.map { part in
            try part.map { try JSONDecoder().decode(Entry.self, from: Data($0.utf8)) }
        }
        return (try #require(entries.first), try #require(entries.last))
    }

    private static func summary(_ state: ServiceState) -> [String] {
        state.conversations.values
            .map { "\($0.id) \($0.department) \($0.agent?.rawValue ?? "-") \($0.transcript.count)" }.sorted()
    }

    @Test func logOfTheFirstVersionReplaysToTheSameConversations() throws {
        let (before, after) = try Self.log()
        var state = ServiceState()
        for entry in before + after {
            _ = state.apply(entry.command, at: entry.at)
        }
        #expect(state.conversations.count == 30)
        #expect(state.waitingCount == 27)
        #expect(Set(state.conversations.values.compactMap { $0.agent?.rawValue }) == ["dave@acme.example"])
        #expect(state.configuration.routing.version == 1, "asked as before")
        #expect(state.configuration.departments.first?.rules == DepartmentRules())
    }

    @Test func snapshotOfTheFirstVersionIsReadAndGoesOn() throws {
        let (before, after) = try Self.log()
        var state = try JSONDecoder().decode(ServiceState.self, from: try Self.file("snapshot-0.json"))
        var replayed = ServiceState()
        for entry in before {
            _ = replayed.apply(entry.command, at: entry.at)
        }
        #expect(Self.summary(state) == Self.summary(replayed))
        #expect(state.waitingCount > 0)
        #expect(state.line(of: DepartmentID("sales")).first == ConversationID("conversation-8"))
        for entry in after {
            _ = state.apply(entry.command, at: entry.at)
            _ = replayed.apply(entry.command, at: entry.at)
        }
        #expect(Self.summary(state) == Self.summary(replayed))
        #expect(state.conversations.count == 30)
    }

    @Test func writesWhatItReads() throws {
        var source = CommandSource(seed: 5)
        var state = ServiceState()
        var now = Instant(milliseconds: 1_795_000_000_000)
        var commands = [Command.configure(CommandSource.configuration(5))]
        for _ in 0..<800 {
            commands.append(source.next(state))
            now = now + .milliseconds(source.random.below(3_000))
            _ = state.apply(commands.last ?? .tick, at: now)
        }
        let data = try JSONEncoder().encode(state)
        var read = try JSONDecoder().decode(ServiceState.self, from: data)
        #expect(read == state)
        #expect(read.derived.lines == state.derived.lines)
        let again = try JSONDecoder().decode([Command].self, from: JSONEncoder().encode(commands))
        #expect(again == commands)
        // What was read goes on as what was never written.
        for _ in 0..<300 {
            let command = source.next(state)
            now = now + .milliseconds(source.random.below(3_000))
            let (here, there) = (state.apply(command, at: now), read.apply(command, at: now))
            #expect(here == there)
        }
        #expect(read == state)
    }
}
