//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

import ArgumentParser
import BizBuddyStorage

/// `switchboard customers`: the embedded customer directory.
struct CustomersCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "customers", abstract: "Customers' records, and what is kept of customers.",
        subcommands: [Import.self, Export.self])

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
