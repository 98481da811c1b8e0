//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

import BizBuddyCore
import BizBuddyStorage
import Foundation
import GRDB
import Testing

@Suite struct CustomerDirectoryTests {
    private let folder: TemporaryFolder
    private let directory: CustomerDirectory

    init() throws {
        folder = try TemporaryFolder()
        directory = try CustomerDirectory(path: folder.file("customers.sqlite"))
    }

    private static let header = "address,name,customer,plan,open orders\n"
    private static let tom = "tom@home.example,Tom Customer,4711,Gold,3\n"

    private func importing(
        _ text: String, columns: CustomerColumns = CustomerColumns(), dryRun: Bool = false
    ) async throws -> ImportReport {
        try await directory.importCSV(bytes: Array(text.utf8), columns: columns, dryRun: dryRun)
    }

    @Test func findsWhoLooksAlikeInFilesOfBefore() async throws {
        _ = try await importing(Self.header + Self.tom + "t0m@home.example,Tony,4712,,0\n")
        let path = folder.file("customers.sqlite")
        try directory.close()
        let database = try DatabaseQueue(path: path)
        try await database.write { database in
            try database.execute(sql: "UPDATE customers SET skeleton = NULL, name_skeleton = NULL")
        }
        try database.close()
        let directory = try CustomerDirectory(path: path)
        let (records, found) = try await directory.find(["T0M@home.example"], name: "T0ny")
        #expect(records.isEmpty)
        #expect(found.map(\.customerID) == ["4711", "4712", "4712"] && found.map(\.isAddress) == [true, true, false])
        #expect(try await directory.find(["tim@home.example"], name: "Tim").1.isEmpty)
        #expect(try await directory.find(["tim@home.example"], name: "tony").1.isEmpty, "that is the name")
        try directory.close()
    }

    @Test func findsWhatWasImported() async throws {
        let report = try await importing(Self.header + Self.tom + "uma@home.example,Uma,4822,,0\n")
        #expect(report.rows == 2 && report.inserted == 2 && report.failed == 0)
        let record = try #require(try await directory.lookup("tom@home.example"))
        #expect(
            record
                == CustomerRecord(
                    customerID: "4711", displayName: "Tom Customer", source: "directory", match: .exact,
                    fields: [
                        CustomerRecord.Field(key: "plan", label: "Plan", value: "Gold"),
                        CustomerRecord.Field(key: "open_orders", label: "Open orders", value: "3"),
                    ]))
        #expect(try await directory.lookup("uma@home.example")?.fields.map(\.key) == ["open_orders"])
        #expect(try await directory.lookup("wendy@home.example") == nil)
    }

    @Test func updatesByAddressAndLeavesTheRest() async throws {
        _ = try await importing(Self.header + Self.tom + "uma@home.example,Uma,4822,Silver,0\n")
        let report = try await importing(
            "name,plan,Customer,ADDRESS\nTom C.,Basic,4711,Tom@Home.Example\nVic,Gold,5033,vic@home.example\n")
        #expect(report.updated == 1 && report.inserted == 1 && report.unchanged == 0)
        #expect(try await directory.lookup("tom@home.example")?.displayName == "Tom C.")
        #expect(try await directory.lookup("uma@home.example") != nil)
        #expect(try await directory.count() == 3)
    }

    @Test func countsWhatIsThereAlready() async throws {
        _ = try await importing(Self.header + Self.tom)
        let report = try await importing(Self.header + Self.tom)
        #expect(report.unchanged == 1 && report.updated == 0 && report.inserted == 0)
    }

    @Test func dryRunChangesNothing() async throws {
        let report = try await importing(Self.header + Self.tom, dryRun: true)
        #expect(report.inserted == 1)
        #expect(try await directory.count() == 0)
    }

    @Test func reportsBadRowsAndImportsTheGood() async throws {
        let report = try await importing(
            Self.header + Self.tom + "no address,X,1,,\n" + "a@b,X,1\n" + "c@d,,1,,\n" + "e@f,X,,,\n"
                + "\"x\"y,X,1,,\n" + "tom@home.example,Again,1,,\n" + "last@home.example,Last,9,,\n")
        #expect(report.rows == 8 && report.inserted == 2 && report.failed == 6)
        #expect(report.errors.map(\.line) == [3, 4, 5, 6, 7, 8])
        #expect(report.errors[1].reason == "3 columns where the header has 5")
        #expect(report.errors[5].reason == "tom@home.example is in line 2 already")
        #expect(try await directory.lookup("tom@home.example")?.displayName == "Tom Customer")
    }

    @Test(arguments: [
        ("", ImportError.noHeader), ("address,name\n", .missingColumn("customer")),
        ("name,customer\n", .missingColumn("address")), ("address,name,customer,Plan,plan\n", .duplicateColumn("plan")),
    ])
    func refusesBadHeaders(text: String, expected: ImportError) async throws {
        await #expect(throws: expected) {
            try await importing(text)
        }
    }

    @Test func mapsColumns() async throws {
        var columns = CustomerColumns()
        columns.address = "JID"
        columns.displayName = "Full Name"
        columns.customerID = "number"
        columns.labels = ["plan": "Tariff"]
        _ = try await importing("jid;full name;Number;plan\ntom@home.example;Tom;1;Gold\n", columns: columns)
        let record = try #require(try await directory.lookup("tom@home.example"))
        #expect(record.fields == [CustomerRecord.Field(key: "plan", label: "Tariff", value: "Gold")])
    }

    @Test(
        arguments: [
            ("Tom@Home.Example", "tom@home.example"), (" tom@home.example ", "tom@home.example"), ("tom", nil),
            ("@home.example", nil), ("tom@", nil), ("a@b@c", nil), ("tom@home.example/phone", nil), ("a b@c", nil),
            ("", nil),
        ] as [(String, String?)])
    func readsPlainAddresses(text: String, expected: String?) {
        #expect(CustomerDirectory.plainAddress(text) == expected)
    }

    @Test func takesTheCallersIdeaOfAnAddress() async throws {
        let report = try await directory.importCSV(
            bytes: Array((Self.header + Self.tom).utf8), canonical: { "sip:" + $0 })
        #expect(report.inserted == 1)
        #expect(try await directory.lookup("sip:tom@home.example") != nil)
    }

    @Test func readsFiles() async throws {
        let path = folder.file("customers.csv")
        try Data((Self.header + Self.tom).utf8).write(to: URL(fileURLWithPath: path))
        #expect(try await directory.importCSV(path: path).inserted == 1)
        await #expect(throws: ImportError.unreadable(folder.file("none.csv"))) {
            try await directory.importCSV(path: folder.file("none.csv"))
        }
    }

    @Test func knowsTheDemoCustomers() async throws {
        let path = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().appendingPathComponent("config/demo-customers.csv").path
        let report = try await directory.importCSV(path: path)
        #expect(report.inserted == 3 && report.failed == 0)
        let record = try #require(try await directory.lookup("tom@home.example"))
        #expect(record.displayName == "Tom Customer" && record.customerID == "4711")
        #expect(record.fields.first == CustomerRecord.Field(key: "plan", label: "Plan", value: "Gold"))
        #expect(try await directory.lookup("wendy@home.example") == nil)
        #expect(try await directory.lookup("xena@home.example") == nil)
    }

    @Test func looksUpWhileAnotherProcessImports() async throws {
        _ = try await importing(Self.header + Self.tom)
        let other = try CustomerDirectory(path: folder.file("customers.sqlite"))
        var text = Self.header
        for number in 0..<5_000 {
            text += "c\(number)@home.example,Customer \(number),\(number),Basic,0\n"
        }
        let bytes = Array(text.utf8)
        async let report = other.importCSV(bytes: bytes)
        #expect(try await directory.lookup("tom@home.example") != nil)
        #expect(try await report.inserted == 5_000)
        #expect(try await directory.lookup("c4999@home.example")?.customerID == "4999")
    }

    @Test func backsUp() async throws {
        _ = try await importing(Self.header + Self.tom)
        try await directory.backup(to: folder.file("copy.sqlite"))
        let copy = try CustomerDirectory(path: folder.file("copy.sqlite"))
        #expect(try await copy.lookup("tom@home.example")?.customerID == "4711")
    }
}
