//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

import ArgumentParser
import BizBuddyStorage
import FoundationEssentials

/// `switchboard audit`: who looked at what of customers.
struct AuditCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "audit", abstract: "Look at the log of who saw, exported and deleted what of customers.",
        subcommands: [Verify.self])

    struct Verify: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "verify", abstract: "Check that nothing in the audit log has been changed.",
            discussion: """
                Each line holds the hash of the one before it. Note the last hash elsewhere: a log that was rewritten as a whole shows by \
                it only (--head). Ends with 1 if the log is not as it was written.
                """)

        @Option(help: "A hash noted earlier, which must be in the log.") var head: String?
        @Flag(help: "Write the verdict as JSON.") var json = false
        @OptionGroup var option: ConfigurationOption

        func run() async throws {
            guard let bridge = try option.load(for: .any).bridge else {
                throw CommandFailure("The configuration has no section \"bridge\".")
            }
            let verdict = try AuditAdministration.verdict(bridge.privacy.audit, head: head)
            print(json ? try AuditAdministration.json(verdict) : AuditAdministration.text(verdict))
            if verdict.problem != nil { throw ExitCode.failure }
        }
    }
}

/// What the command does with the log.
enum AuditAdministration {
    static func verdict(_ path: String, head: String?) throws -> AuditVerdict {
        guard FileManager.default.fileExists(atPath: path) else {
            throw CommandFailure("There is no audit log at \(path) yet.")
        }
        return try AuditLog.verdict(path: path, containing: head, digest: AuditLog.digest)
    }

    static func text(_ verdict: AuditVerdict) -> String {
        if let problem = verdict.problem { return "The audit log is not as it was written: \(problem)." }
        return "\(verdict.entries) lines, all as they were written. The last hash is \(verdict.head)"
    }

    static func json(_ verdict: AuditVerdict) throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys]
        return String(decoding: try encoder.encode(verdict), as: UTF8.self)
    }
}
