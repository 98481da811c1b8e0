//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

import BizBuddyCore
import BizBuddyStorage
import Foundation
import Testing

/// Frequent questions as files.
@Suite struct FAQTests {
    private static func folder(_ files: [String: String]) throws -> TemporaryFolder {
        let folder = try TemporaryFolder()
        for (name, text) in files {
            try Data(text.utf8).write(to: URL(filePath: folder.file(name)))
        }
        return folder
    }

    private static let files = [
        "opening.md": "# When are you open?\n\nEvery working day from 9 to 17.\n",
        "return.md": "Some words before.\n# How do I return a gizmo?\n\nSend the gizmo back within 30 days.\n",
        "return.de.md": "# Wie gebe ich ein Gizmo zurück?\n\nSchicken Sie das Gizmo innerhalb von 30 Tagen zurück.\n",
        "empty.md": "no heading", "notes.txt": "# When are you open?\nnever",
    ]

    @Test func findsWhatFits() async throws {
        let folder = try Self.folder(Self.files)
        let index = try FAQIndex(folder: folder.path)
        #expect(try await index.count() == 3)
        let found = try await index.answer(to: "How can I return my gizmo?", language: "en")
        #expect(found?.id == "return" && found?.title == "How do I return a gizmo?")
        #expect(found?.text == "Send the gizmo back within 30 days.")
        #expect(
            try await index.answer(to: "Wie gebe ich mein Gizmo zurück?", language: "de-CH")?.id
                == "return.de")
        #expect(try await index.answer(to: "Wie kann ich mein Ding zurück senden?", language: "en") == nil)
    }

    @Test(arguments: [
        "", "???", "My invoice of last month shows another amount than the order", "\"; DROP TABLE faq; --",
        "NEAR(gizmo return) AND title:*",
    ])
    func findsNothingWhereNothingFits(question: String) async throws {
        let folder = try Self.folder(Self.files.filter { $0.key == "opening.md" })
        let index = try FAQIndex(folder: folder.path)
        #expect(try await index.answer(to: question, language: nil) == nil)
    }

    @Test func readsAgain() async throws {
        let folder = try Self.folder([:])
        let index = try FAQIndex(folder: folder.path)
        #expect(try await index.answer(to: "When are you open?", language: nil) == nil)
        try Data("# When are you open?\nAlways.".utf8).write(to: URL(filePath: folder.file("opening.md")))
        try index.reload()
        #expect(try await index.answer(to: "When are you open?", language: nil)?.text == "Always.")
        #expect(throws: StoreError.self) { try FAQIndex(folder: folder.file("missing")) }
    }
}
