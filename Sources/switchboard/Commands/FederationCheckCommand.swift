//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

import ArgumentParser
import FoundationEssentials
import Logging
import NIOPosix
import XMPPCore
import XMPPFederation

/// `switchboard federation check DOMAIN`: walks the way to another server and says where it ends.
struct FederationCheckCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "check",
        abstract: "Walk DNS, TCP, TLS, certificate and log-in of another server, and say how to mend what fails.",
        discussion: """
            Goes the same way as this server would, with its configuration and certificate, but from a connection of its own. \
            Whether the other server calls back (dialback) can only be seen from the running server. Ends with 1 if something fails.
            """)

    @OptionGroup var option: ConfigurationOption

    @Argument(help: "The domain of the other server.")
    var domain: String

    @Option(name: .customLong("from"), help: "The host of this server in whose name to ask; by default the first.")
    var host: String?

    @Flag(help: "Write the findings as JSON.")
    var json = false

    func validate() throws {
        guard let address = try? JID(domain), address.isDomain else {
            throw ValidationError("\"\(domain)\" is no domain.")
        }
    }

    func run() async throws {
        let configuration = try option.load(for: .any)
        let address = try JID(domain)
        guard let local = host ?? configuration.hosts.names.first, configuration.hosts[local] != nil else {
            throw CommandFailure("\(host ?? "A host") is not configured. Name one of: \(configuration.hosts.names)")
        }
        guard configuration.hosts[address.domain] == nil else {
            throw CommandFailure("\(address.domain) is a host of this server.")
        }
        let check = try FederationComposition.check(configuration, from: local)
        let report = try await check.run(address.domain, on: MultiThreadedEventLoopGroup.singleton.next())
        print(json ? try Self.json(report) : report.text)
        if !report.isOK { throw ExitCode.failure }
    }

    static func json(_ report: CheckReport) throws -> String {
        struct Step: Encodable {
            let stage: String
            let outcome: String
            let detail: String
            let remedy: String?
        }
        struct Output: Encodable {
            let domain: String
            let ok: Bool
            let steps: [Step]
        }
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        let output = Output(
            domain: report.domain, ok: report.isOK,
            steps: report.steps.map {
                Step(stage: $0.stage.rawValue, outcome: $0.outcome.rawValue, detail: $0.detail, remedy: $0.remedy)
            })
        return String(decoding: try encoder.encode(output), as: UTF8.self)
    }
}
