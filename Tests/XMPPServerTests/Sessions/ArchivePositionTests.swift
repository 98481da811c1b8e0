//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

import Testing
import XMPPStorage

@testable import XMPPServer

@Suite struct ArchivePositionTests {
    private let slack = ArchivePosition.slack

    /// A name of the archive's with this value of its clock.
    private func id(_ clock: Int64) throws -> ArchiveID {
        let digits = String(clock, radix: 32)
        let text = String(repeating: "0", count: 11 - digits.count) + digits + "00000000"
        return try #require(ArchiveID(text))
    }

    @Test func knowsWhatWasAcknowledgedOutOfOrder() throws {
        var position = ArchivePosition(0)
        try position.acknowledge(id(30))
        try position.acknowledge(id(10))
        #expect(try position.includes(id(30)))
        #expect(try position.includes(id(10)))
        #expect(try !position.includes(id(20)))
    }

    @Test func staysBehindWhatWaits() throws {
        var position = ArchivePosition(0)
        try position.acknowledge(id(slack * 3))
        position.advance(now: slack * 10, first: slack * 4)
        #expect(position.position == slack * 3)
        #expect(position.recent.isEmpty)
        #expect(try position.includes(id(slack * 3)))
        position.advance(now: slack * 10, first: nil)
        #expect(position.position == slack * 9)
    }

    @Test func neverGoesBack() throws {
        var position = ArchivePosition(slack * 5)
        position.advance(now: slack, first: nil)
        position.advance(now: slack * 20, first: slack)
        #expect(position.position == slack * 5)
        try position.acknowledge(id(slack))
        #expect(position.recent.isEmpty)
    }

    /// What was committed just before the session began, and given to it: that alone, not all that came after it.
    @Test func waitsForWhatIsOlderThanTheSession() throws {
        var position = ArchivePosition(100)
        try position.expect(id(90))
        try position.expect(id(90))
        try position.expect(id(110))
        #expect(position.position == 100 && position.start == 89)
        #expect(try !position.includes(id(90)))
        #expect(try position.includes(id(95)))
        #expect(try !position.includes(id(110)))
        position.advance(now: slack * 3, first: nil)
        // Over a crash, too.
        var again = ArchivePosition(position.position, recent: position.recent)
        #expect(again == position)
        #expect(try !again.includes(id(90)))
        try again.acknowledge(id(90))
        #expect(again.recent.isEmpty && again.start == again.position)
        #expect(try again.includes(id(90)))
    }

    @Test func waitsForAllWhereManyAreOlder() throws {
        var position = ArchivePosition(100_000)
        for clock in 1...Int64(ArchivePosition.listed + 1) { try position.expect(id(clock * 10)) }
        #expect(position.position == 9 && position.recent.isEmpty)
        #expect(try !position.includes(id(10)))
        #expect(try position.includes(id(9)))
    }

    /// A busy client's list is cut from behind, but not into what waits.
    @Test func listsABoundedNumber() throws {
        var position = ArchivePosition(0)
        let count = Int64(ArchivePosition.listed * 2)
        for clock in 1...count { try position.acknowledge(id(clock)) }
        position.advance(now: slack, first: nil)
        #expect(position.recent.count == ArchivePosition.listed)
        #expect(position.position == count - Int64(ArchivePosition.listed))
        for clock in 1...count { #expect(try position.includes(id(clock))) }

        var waiting = ArchivePosition(0)
        for clock in 1...count { try waiting.acknowledge(id(clock + 100)) }
        waiting.advance(now: slack, first: 50)
        #expect(waiting.position == 49)
        #expect(try !waiting.includes(id(50)))
    }
}
