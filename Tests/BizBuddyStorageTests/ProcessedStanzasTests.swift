//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

import Testing

@testable import BizBuddyStorage

/// What tells without the disk that a stanza is new.
@Suite struct ProcessedStanzasTests {
    @Test func knowsNothingBeforeItHasReadWhatIsThere() {
        let stanzas = ProcessedStanzas()
        #expect(stanzas.mayContain("a"))
        stanzas.begin(["a", "b"])
        #expect(stanzas.mayContain("a") && stanzas.mayContain("b") && !stanzas.mayContain("c"))
        stanzas.insert(["c"])
        #expect(stanzas.mayContain("c"))
    }

    @Test func remembersAtLeastWhatIsOnDiskAndStaysBounded() {
        let stanzas = ProcessedStanzas()
        stanzas.begin([])
        let count = Limits.processedStanzas
        for number in 0..<count * 2 { stanzas.insert(["s\(number)"]) }
        #expect((count..<count * 2).allSatisfy { stanzas.mayContain("s\($0)") })
        for number in count * 2..<count * 4 { stanzas.insert(["s\(number)"]) }
        #expect((0..<count).allSatisfy { !stanzas.mayContain("s\($0)") }, "what is old is forgotten")
    }

    @Test func anIDIsKnownInTheProcessThatWroteItAndInTheNext() async throws {
        let folder = try TemporaryFolder()
        let store = try ServiceStore(path: folder.file("care.sqlite"))
        _ = try await store.load()
        _ = try await store.commit(ServiceChange(processedStanzaIDs: ["one"]))
        #expect(try await store.isProcessed("one"))
        #expect(try await !store.isProcessed("two"))
        try store.close()
        let next = try ServiceStore(path: folder.file("care.sqlite"))
        #expect(try await next.isProcessed("one"), "before anything is loaded, too")
        _ = try await next.load()
        #expect(try await next.isProcessed("one"))
        #expect(try await !next.isProcessed("two"))
    }
}
