//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

import Testing

@testable import XMPPStorage

@Suite struct ArchiveIDTests {
    @Test func textSortsByTheClockAndComesBack() throws {
        var random = SystemRandomNumberGenerator()
        var ids = [ArchiveID(clock: 0, tail: 0), ArchiveID(clock: (1 << 55) - 1, tail: (1 << 40) - 1)]
        for _ in 0..<500 {
            ids.append(ArchiveID(clock: Int64.random(in: 0..<(1 << 55), using: &random)))
        }
        for id in ids {
            #expect(ArchiveID(id.description) == id)
            #expect(id.description.utf8.count == 19)
        }
        #expect(ids.sorted().map(\.description) == ids.map(\.description).sorted())
    }

    @Test func hasItsFixedForm() {
        let id = ArchiveID(clock: 1_763_785_128_123_456, tail: 31)
        #expect(id.description == "1i44st0b7200000000v")
        #expect(id.milliseconds == 1_763_785_128_123)
    }

    @Test(arguments: [
        "", "1", "0000000000000000000000", "000000000000000000", "00000000000000000000", "0000000000W00000000",
        "0000000000000000000 ", "00000000000000000é", "28482-98726-73623ab", "ZZZZZZZZZZZZZZZZZZZ",
    ])
    func refusesWhatIsNoID(text: String) {
        #expect(ArchiveID(text) == nil)
    }

    @Test func tailsCannotBeGuessed() {
        let tails = Set((0..<1000).map { _ in ArchiveID(clock: 1).tail })
        #expect(tails.count == 1000)
        #expect((tails.max() ?? 0) > 1 << 39)
    }

    @Test func clockNeverGoesBackNorStandsStill() {
        let time = TestClock(5_000_000)
        let clock = ArchiveClock(last: 4_000_000) { time.now }
        #expect(clock.next(arrived: 5000) == 5_000_000)
        #expect(clock.next(arrived: 5000) == 5_000_001)
        // Arrived a little before it is written: that is its time.
        time.now = 6_000_000
        #expect(clock.next(arrived: 5500) == 5_500_000)
        // The system's clock is put back.
        time.now = 1_000_000
        #expect(clock.next(arrived: 1000) == 5_500_001)
        #expect(clock.next(arrived: 1001) == 5_500_002)
        // What is still to come never pulls the clock along.
        #expect(clock.next(arrived: 9_000_000) == 5_500_003)
        #expect(clock.next(arrived: .max) == 5_500_004)
        #expect(clock.next(arrived: .min) == 5_500_005)
    }
}
