//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

import BizBuddyCore
import BizBuddyStorage
import Foundation
import Testing

/// What becomes of questions that are none.
@Suite struct SQLQuestionTests {
    private let file: ForeignFile

    init() async throws { file = try await ForeignFile() }

    @Test func changesNothing() async throws {
        for question in ["DELETE FROM customers", "UPDATE customers SET id = 'x'", "CREATE TABLE x (y)"] {
            #expect(await file.fails("tom@home.example", question), "\(question)")
        }
        #expect(try await file.lookup("tom@home.example").first?.customerID == "4711")
    }

    @Test func endsAQuestionWithoutEnd() async throws {
        let endless = """
            WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n)
            SELECT max(i) AS customer_id FROM n WHERE :value <> ''
            """
        let file = file
        let search = Task { await file.fails("tom@home.example", endless) }
        search.cancel()
        #expect(await search.value)
        try FileManager.default.removeItem(atPath: file.folder.file("crm.sqlite"))
        #expect(await file.fails("tom@home.example", ForeignFile.question), "there is no file")
    }
}
