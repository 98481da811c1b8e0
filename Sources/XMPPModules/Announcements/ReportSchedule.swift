//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

internal import XMPPCore

/// When senders are told who has read their broadcasts. The first word comes soon; after that the more often they have
/// been told, the longer acknowledgements are collected.
struct ReportSchedule {
    private struct Entry {
        var due: Timestamp?
        /// Reports since the start of the program.
        var reports = 0
    }

    private let delays: [Int64]
    /// By the broadcast's number.
    private var entries: [Int64: Entry] = [:]

    /// `delays` before the first report, the second, and so on; the last one goes on.
    init(delays: [Duration]) {
        self.delays = delays.map { $0.components.seconds * 1000 + $0.components.attoseconds / 1_000_000_000_000_000 }
    }

    /// There is something to tell; with `isComplete` there is nothing more to come.
    mutating func note(_ number: Int64, isComplete: Bool, now: Timestamp) {
        var entry = entries[number] ?? Entry()
        if isComplete {
            entry.due = now
        } else if entry.due == nil {
            let delay = entry.reports < delays.count ? delays[entry.reports] : delays.last ?? 0
            entry.due = Timestamp(milliseconds: now.milliseconds + delay)
        }
        entries[number] = entry
    }

    /// Those whose time has come, which count as told.
    mutating func takeDue(now: Timestamp) -> [Int64] {
        let due = entries.filter { $0.value.due.map { $0 <= now } ?? false }.map(\.key).sorted()
        for number in due {
            entries[number]?.due = nil
            entries[number]?.reports += 1
        }
        return due
    }

    mutating func forget(_ number: Int64) {
        entries[number] = nil
    }

    /// When the next report is due.
    var next: Timestamp? { entries.values.compactMap(\.due).min() }
}
