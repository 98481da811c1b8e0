//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

import Testing
import XMPPServer

@Suite struct TakenMarksTests {
    @Test func knowsAMarkAgain() {
        let marks = TakenMarks(sender: "s2s a b", limit: 10, known: ["old"])
        #expect(marks.insert("new"))
        #expect(!marks.insert("new"))
        #expect(!marks.insert("old"))
    }

    @Test func forgetsTheOldestBeyondItsBound() {
        let marks = TakenMarks(sender: "s2s a b", limit: 3, known: ["0", "1"])
        #expect(marks.insert("2"))
        #expect(marks.insert("3"))
        #expect(!marks.insert("1"))
        #expect(marks.insert("0"))
        #expect(marks.insert("1"))
    }

    @Test func saysWhetherAnyHasCome() {
        let marks = TakenMarks(sender: "s2s a b", limit: 3, known: ["0"])
        #expect(!marks.takeChanged())
        #expect(!marks.insert("0"))
        #expect(!marks.takeChanged())
        #expect(marks.insert("1"))
        #expect(marks.takeChanged())
        #expect(!marks.takeChanged())
    }
}
