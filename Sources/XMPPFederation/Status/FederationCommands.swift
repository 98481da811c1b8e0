//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

internal import NIOCore
internal import NIOPosix
internal import Synchronization
package import XMPPCore
internal import XMPPPayloads
package import XMPPServer

/// What administrators can ask about other servers from their clients (XEP-0050): the same as on the command line.
package struct FederationCommands: Sendable {
    /// Checks a domain in the name of a host of ours.
    package typealias Check = @Sendable (_ domain: String, _ local: String) async throws -> CheckReport

    private static let namespace = "urn:switchboard:federation:1"
    private static let formType = namespace

    private let administrators: [String: Set<JID>]
    private let report: @Sendable () async throws -> FederationReport
    private let check: Check
    private let running = RunningChecks()

    /// - administrators: by host.
    package init(
        administrators: [String: Set<JID>], report: @escaping @Sendable () async throws -> FederationReport,
        check: @escaping Check
    ) {
        self.administrators = administrators.mapValues { Set($0.map(\.bare)) }
        self.report = report
        self.check = check
    }

    package var commands: [ServerCommand] {
        [
            ServerCommand(
                node: Self.namespace + "#status", name: "Show other servers", isAllowed: isAllowed
            ) { _, _ in
                .finished(Self.result(try await report().text), notes: [])
            },
            ServerCommand(
                node: Self.namespace + "#check", name: "Check the way to another server", isAllowed: isAllowed
            ) { request, server in
                guard let form = request.form else { return .form(Self.form) }
                guard let domain = form["domain"].flatMap({ try? JID($0) }), domain.isDomain,
                    !server.isOwn(domain.domain)
                else {
                    throw StanzaError(
                        .badRequest, text: "Name the domain of another server.",
                        application: AdHocCommand.Fault.badPayload.element)
                }
                let report = try await running.alone { try await check(domain.domain, request.host.domain) }
                return .finished(Self.result(report.text), notes: [])
            },
        ]
    }

    private var isAllowed: @Sendable (JID, JID, ServerCore) -> Bool {
        { [administrators] from, host, _ in administrators[host.domain]?.contains(from.bare) == true }
    }

    private static let form = DataForm(
        .form, formType: formType, title: "Check the way to another server", instructions: ["Which one?"],
        fields: [.init("domain", kind: .textSingle, label: "Domain", isRequired: true)])

    private static func result(_ text: String) -> DataForm {
        DataForm(
            .result, formType: formType,
            fields: [
                .init(
                    "report", kind: .textMulti, label: "Report",
                    values: text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init))
            ])
    }
}

/// One check at a time: each makes a connection.
private final class RunningChecks: Sendable {
    private let isRunning = Atomic(false)

    func alone<Value>(_ body: () async throws -> Value) async throws -> Value {
        guard isRunning.compareExchange(expected: false, desired: true, ordering: .acquiringAndReleasing).exchanged
        else { throw StanzaError(.resourceConstraint, text: "Another check is being made.") }
        defer { isRunning.store(false, ordering: .releasing) }
        return try await body()
    }
}
