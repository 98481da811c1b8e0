//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

import BizBuddyCore
import BizBuddyStorage
import Foundation
import Testing

@Suite struct SQLDirectoryTests {
    private let file: ForeignFile

    init() async throws { file = try await ForeignFile() }

    @Test func readsARowAsARecord() async throws {
        let record = try #require(try await file.lookup("tom@home.example").first)
        #expect(record.customerID == "4711" && record.displayName == "Tom" && record.source == "crm")
        #expect(record.fields.map(\.key) == ["plan", "open_orders", "note"], "no picture")
        #expect(record.fields.map(\.value) == ["Gold", "3", "  n"], "no control characters")
        #expect(record.fields.map(\.label) == ["Plan", "Open orders", "Note"])
    }

    @Test func findsNobodyAndSeveral() async throws {
        #expect(try await file.lookup("wendy@home.example").isEmpty)
        #expect(try await file.lookup("nobody@home.example").isEmpty, "a customer has a number")
        #expect(try await file.lookup("family@home.example").map(\.displayName) == ["1", "Una"])
        #expect(try await file.lookup("' OR 1=1 --").isEmpty)
        let all = "SELECT a.address || b.address AS customer_id FROM customers a, customers b WHERE :domain <> ''"
        #expect(try await file.lookup("x@home.example", all).count == 5)
    }
}
