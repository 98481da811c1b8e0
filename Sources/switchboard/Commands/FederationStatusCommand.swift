//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

import ArgumentParser
import FoundationEssentials
import XMPPCore
import XMPPFederation

/// `switchboard federation status`: how things stand with other servers, as the running server sees it.
struct FederationStatusCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "status",
        abstract: "List the ways to other servers: state, what waits, the last failure, and what lies on disk.",
        discussion: "Asks the running server, so it has to be run by the same user on the same machine.")

    @OptionGroup var option: ConfigurationOption

    @Flag(help: "Write it as JSON.")
    var json = false

    /// What the server is asked.
    static let question = "federation status"
    static let jsonQuestion = "federation status json"

    func run() async throws {
        let configuration = try option.load(for: .any)
        guard configuration.federation.isEnabled else {
            throw CommandFailure("This server does not speak with others: see federation.enabled.")
        }
        print(try await ControlClient.ask(json ? Self.jsonQuestion : Self.question, configuration.data))
    }

    static func json(_ report: FederationReport) throws -> String {
        struct Way: Encodable {
            let domain: String
            let from: String
            let state: String
            let waiting: Int
            let unacknowledged: Int
            let failure: String?
            let retries: String?
        }
        struct Incoming: Encodable {
            let domain: String
            let streams: Int
        }
        struct Stored: Encodable {
            let domain: String?
            let stanzas: Int
            let bytes: Int
        }
        struct Output: Encodable {
            let ways: [Way]
            let incoming: [Incoming]
            let stored: [Stored]
            let storedInAll: Stored
        }
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        let output = Output(
            ways: report.ways.map { way in
                Way(
                    domain: way.pair.remote, from: way.pair.local, state: way.state.rawValue, waiting: way.waiting,
                    unacknowledged: way.unacknowledged, failure: way.failure,
                    retries: way.retriesAt.map { Timestamp(milliseconds: $0).description })
            },
            incoming: report.incoming.map { Incoming(domain: $0.domain, streams: $0.streams) },
            stored: report.stored.map { Stored(domain: $0.domain, stanzas: $0.stanzas, bytes: $0.bytes) },
            storedInAll: Stored(
                domain: nil, stanzas: report.storedInAll.stanzas, bytes: report.storedInAll.bytes))
        return String(decoding: try encoder.encode(output), as: UTF8.self)
    }
}
