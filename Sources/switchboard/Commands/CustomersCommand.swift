//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

import ArgumentParser
import BizBuddyBridge
import BizBuddyStorage

/// `switchboard customers`: the embedded customer directory.
struct CustomersCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "customers", abstract: "Customers' records, and what is kept of customers.",
        subcommands: [Import.self, Export.self, Erase.self])

    struct Export: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "export", abstract: "Write everything that is kept of a customer, as JSON.",
            discussion: "From all addresses that are known to be the customer's. The audit log says that it was done.")

        @Argument(help: "An address of the customer: tom@home.example, or aim:awesome54.") var address: String
        @OptionGroup var option: ConfigurationOption

        func run() async throws {
            print(try CustomerAdministration.json(await CustomerAdministration.export(address, option.load(for: .any))))
        }
    }

    struct Erase: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "erase", abstract: "Say what is kept of a customer; with --yes delete it.",
            discussion: """
                From all addresses that are known to be the customer's: conversations, records of the embedded directory, notes, wishes for \
                alerts, consents, blocks. What remains is a name in the audit log that means nothing, and figures. The running service is \
                asked to do it; if none runs, it is done at once.
                """)

        @Argument(help: "An address of the customer: tom@home.example, or aim:awesome54.") var address: String
        @Flag(help: "Delete it, for good.") var yes = false
        @OptionGroup var option: ConfigurationOption

        func run() async throws {
            let configuration = try option.load(for: .any)
            guard yes else {
                let file = try await CustomerAdministration.file(of: address, configuration)
                return print(file.isEmpty ? file.summary : "\(file.summary)\nWith --yes it is deleted.")
            }
            print(try await CustomerAdministration.erase(address, configuration))
        }
    }

    struct Import: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "import", abstract: "Import customers from a CSV file.",
            discussion: """
                The first line names the columns: address, name, customer, and any others. Rows of known addresses are replaced. Bad rows \
                are reported and left out; the command then ends with 1. Columns of other names are named by options. Names in other \
                networks are written with their scheme: aim:awesome54, tel:+14155550123.
                """)

        @Argument(help: "The CSV file (UTF-8).", completion: .file(extensions: ["csv"])) var file: String
        @Option(help: "The column of customers' addresses.") var addressColumn = "address"
        @Option(help: "The column of customers' names.") var nameColumn = "name"
        @Option(help: "The column of customers' numbers.") var customerColumn = "customer"
        @Flag(help: "Check the file and say what would be done.") var dryRun = false
        @Flag(help: "Write the report as JSON.") var json = false
        @OptionGroup var option: ConfigurationOption

        func run() async throws {
            var columns = CustomerColumns()
            columns.address = addressColumn
            columns.displayName = nameColumn
            columns.customerID = customerColumn
            let report = try await CustomerAdministration(option.load(for: .any)).importFile(
                file, columns: columns, dryRun: dryRun)
            let text =
                json
                ? try CustomerAdministration.json(report)
                : CustomerAdministration.text(report, file: file, dryRun: dryRun)
            print(text)
            if report.failed > 0 { throw ExitCode.failure }
        }
    }
}
