//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

import BizBuddyCore
import BizBuddyStorage
import Foundation

/// Our own table of customers, which serves as somebody else's.
struct ForeignFile: Sendable {
    static let question = """
        SELECT nullif(id, 'none') AS customer_id, nullif(display_name, '-') AS name, 'Gold' AS plan, 3 AS "open orders",
               x'00ff' AS photo, char(1, 10) || 'n' AS note, NULL AS missing, '' AS empty
        FROM customers WHERE address = :value OR :value = 'family@home.example' AND address LIKE 'family%'
        """

    let folder: TemporaryFolder

    init() async throws {
        folder = try TemporaryFolder()
        let directory = try CustomerDirectory(path: folder.file("crm.sqlite"))
        let rows = """
            address,name,customer
            tom@home.example,Tom,4711
            family1@home.example,-,1
            family2@home.example,Una,2
            nobody@home.example,Nobody,none

            """
        _ = try await directory.importCSV(bytes: Array(rows.utf8))
        try directory.close()
    }

    func lookup(_ address: String, _ question: String = question) async throws -> [CustomerRecord] {
        try await SQLDirectory(name: "crm", path: folder.file("crm.sqlite"), query: question)
            .lookup([CanonicalAddress(CustomerAddress(address))])
    }

    func fails(_ address: String, _ question: String) async -> Bool {
        do {
            _ = try await lookup(address, question)
            return false
        } catch {
            return true
        }
    }
}
