//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

import Testing
import XMPPCore

@Suite struct DateTimeTests {
    @Test(
        arguments: [
            ("1970-01-01T00:00:00Z", 0),
            ("1969-07-21T02:56:15Z", -14_159_025_000),
            ("1969-07-20T21:56:15-05:00", -14_159_025_000),
            ("2026-11-22T12:00:00Z", 1_795_348_800_000),
            ("2026-11-22T12:00:00.123Z", 1_795_348_800_123),
            ("2026-11-22T12:00:00.5Z", 1_795_348_800_500),
            ("2026-11-22T12:00:00.123999999999Z", 1_795_348_800_123),
            ("2026-11-22T13:30:00+01:30", 1_795_348_800_000),
            ("2026-11-22T12:00:00+00:00", 1_795_348_800_000),
            ("2026-11-22T12:00:00-00:00", 1_795_348_800_000),
            ("2026-11-23T02:00:00+14:00", 1_795_348_800_000),
            ("2000-02-29T00:00:00Z", 951_782_400_000),
            ("2024-02-29T23:59:59Z", 1_709_251_199_000),
            ("2024-03-01T00:00:00Z", 1_709_251_200_000),
            ("2024-02-29T24:00:00Z", 1_709_251_200_000),
            ("1600-02-29T00:00:00Z", -11_670_998_400_000),
            ("0001-01-01T00:00:00Z", -62_135_596_800_000),
            ("9999-12-31T23:59:59.999Z", 253_402_300_799_999),
        ] as [(String, Int64)])
    func readsDateTime(_ text: String, _ milliseconds: Int64) {
        #expect(Timestamp(text)?.milliseconds == milliseconds)
    }

    @Test(arguments: [
        "", "2026", "2026-11-22", "2026-11-22T12:00:00", "2026-11-22 12:00:00Z", "2026-11-22T12:00Z",
        "20261122T12:00:00",
        "2026-11-22T12:00:00.Z", "2026-11-22T12:00:00,5Z", "2026-11-22T12:00:00z", "2026-11-22t12:00:00Z",
        "2026-11-22T12:00:00Z ", " 2026-11-22T12:00:00Z", "2026-11-22T12:00:00ZZ", "2026-11-22T12:00:00+1:00",
        "2026-11-22T12:00:00+0100", "2026-11-22T12:00:00+01", "2026-11-22T12:00:00+01:60", "2026-11-22T12:00:00+14:01",
        "2026-11-22T12:00:00-99:00", "2026-00-22T12:00:00Z", "2026-13-22T12:00:00Z", "2026-11-00T12:00:00Z",
        "2026-11-31T12:00:00Z", "2026-02-29T12:00:00Z", "1900-02-29T12:00:00Z", "2024-02-30T12:00:00Z",
        "2026-11-22T24:00:01Z", "2026-11-22T25:00:00Z", "2026-11-22T12:60:00Z", "2026-11-22T12:00:60Z",
        "0000-01-01T00:00:00Z", "-026-11-22T12:00:00Z", "12026-11-22T12:00:00Z", "2026-11-22T12:00:0\u{661}Z",
        "+026-11-22T12:00:00Z", "2026-11-22T-1:00:00Z",
    ])
    func rejectsMalformedDateTime(_ text: String) {
        #expect(Timestamp(text) == nil)
    }

    @Test(
        arguments: [
            (0, "1970-01-01T00:00:00Z"), (1, "1970-01-01T00:00:00.001Z"), (-1, "1969-12-31T23:59:59.999Z"),
            (1_795_348_800_120, "2026-11-22T12:00:00.120Z"), (951_782_400_000, "2000-02-29T00:00:00Z"),
            (Int64.min, "0001-01-01T00:00:00Z"), (Int64.max, "9999-12-31T23:59:59.999Z"),
        ] as [(Int64, String)])
    func writesDateTime(_ milliseconds: Int64, _ text: String) {
        #expect(Timestamp(milliseconds: milliseconds).description == text)
    }

    /// Each day of four centuries and then some, so each leap rule.
    @Test func comesBackFromItsText() {
        var count = 0
        for day in Int64(-150_000)...150_000 {
            let moment = Timestamp(milliseconds: day * 86_400_000 + 43_200_001)
            if Timestamp(moment.description) == moment { count += 1 }
        }
        #expect(count == 300_001)
    }

    @Test func isOrderedByTime() {
        let early = Timestamp(milliseconds: 1)
        #expect(early < Timestamp(milliseconds: 2))
        // After this was written, and before the year 3000.
        #expect(Timestamp.now() > Timestamp(milliseconds: 1_700_000_000_000))
        #expect(Timestamp.now() < Timestamp(milliseconds: 32_503_680_000_000))
    }
}
