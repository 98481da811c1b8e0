//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

import BizBuddyCore
import BizBuddyStorage
import FoundationEssentials
import XMPPCore

/// What the commands do with the embedded customer directory.
struct CustomerAdministration: Sendable {
    private let database: String

    init(_ configuration: SwitchboardConfiguration) throws(CommandFailure) {
        guard let path = configuration.bridge?.records.embedded else {
            throw CommandFailure("The configuration has no embedded customer directory. Set bridge.records.embedded.")
        }
        database = path
    }

    /// Imports a CSV file into the directory, which is made if it is not there.
    func importFile(
        _ file: String, columns: CustomerColumns = CustomerColumns(), dryRun: Bool
    ) async throws -> ImportReport {
        try FileManager.default.createDirectory(
            atPath: ConfigurationText.folder(of: database), withIntermediateDirectories: true)
        let directory = try CustomerDirectory(path: database)
        let report = try await directory.importCSV(
            path: file, columns: columns, dryRun: dryRun, canonical: Self.canonical)
        try directory.close()
        return report
    }

    /// The bare address as this server spells it, or the name in another network with its scheme (`aim:awesome54`); nil if
    /// it is none.
    static func canonical(_ address: String) -> String? {
        if let foreign = CanonicalAddress(address), foreign.scheme != "xmpp" { return foreign.key }
        guard let address = try? JID(address), !address.isDomain else { return nil }
        return address.bareString
    }

    /// For people: bad rows as `file:line: reason`, then a line that sums up.
    static func text(_ report: ImportReport, file: String, dryRun: Bool) -> String {
        let errors = report.errors.map { "\(file):\($0.line): \($0.reason)" }
        let verb = dryRun ? "would be " : ""
        let summary =
            "\(report.rows) rows: \(report.inserted) \(verb)inserted, \(report.updated) \(verb)updated, "
            + "\(report.unchanged) unchanged, \(report.failed) left out"
        return (errors + [summary]).joined(separator: "\n")
    }

    static func json(_ report: ImportReport) throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        return String(decoding: try encoder.encode(report), as: UTF8.self)
    }
}
