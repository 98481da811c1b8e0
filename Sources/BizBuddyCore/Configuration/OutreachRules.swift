//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

/// What the company tells customers of its own accord, and what it asks them afterwards.
package struct OutreachRules: Hashable, Sendable, Codable, Defaulted {
    /// What customers may ask to be told about: by the word they type, what it is.
    package var topics: [String: String] = [:]
    /// Whether there are answers to frequent questions to look among.
    package var offersAnswers = false
    /// Alerts that one customer gets in a day; what is more is left out.
    package var alertsPerDay = 3
    /// Minutes of the day between which alerts wait for the end: first and last, over midnight if the last is smaller.
    package var quietFrom: Int?
    package var quietTo: Int?
    /// Where those minutes are told.
    package var zone = ZoneOffsets.utc

    package init() {}

    static var former: Self { Self() }

    /// The end of the quiet hours that a moment lies in; nil if it lies in none.
    func quietEnd(at moment: Instant) -> Instant? {
        guard let quietFrom, let quietTo, quietFrom != quietTo else { return nil }
        let (_, minute) = zone.local(moment)
        let isQuiet =
            quietFrom < quietTo
            ? (quietFrom..<quietTo).contains(minute) : minute >= quietFrom || minute < quietTo
        guard isQuiet else { return nil }
        let left = (quietTo - minute + 1_440) % 1_440
        let start = moment.milliseconds - moment.milliseconds % 60_000
        return Instant(milliseconds: start + Int64(left) * 60_000)
    }
}
