//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

/// What a department shows the world: nothing about people, nothing exact about the line. In words it is a contact's
/// affair, and the language's.
package struct DepartmentStatus: Hashable, Sendable, Codable {
    package enum State: String, Hashable, Sendable, Codable {
        case open
        /// Served, with a long wait.
        case busy
        /// Nobody is on duty, or outside the hours.
        case closed
    }

    package let department: DepartmentID
    package let name: String
    package let contacts: [ContactAddress]
    package let state: State
    /// For somebody who wrote now; nil while closed.
    package let wait: WaitBucket?
    /// When it opens again, if that is known.
    package let reopens: Instant?

    package init(
        department: DepartmentID, name: String, contacts: [ContactAddress], state: State, wait: WaitBucket?,
        reopens: Instant?
    ) {
        self.department = department
        self.name = name
        self.contacts = contacts
        self.state = state
        self.wait = wait
        self.reopens = reopens
    }
}

/// A wait in minutes, as coarse as customers are told.
package enum WaitBucket: String, Hashable, Comparable, Sendable, Codable, CaseIterable {
    case underOne = "<1"
    case upToThree = "1-3"
    case upToFive = "3-5"
    case upToTen = "5-10"
    case upToTwenty = "10-20"
    case overTwenty = ">20"

    /// Share of a boundary by which an estimate must pass it before the bucket moves.
    private static let hysteresisPercent = 10

    /// First second that no longer belongs to the bucket.
    private var end: Int {
        switch self {
        case .underOne: 60
        case .upToThree: 180
        case .upToFive: 300
        case .upToTen: 600
        case .upToTwenty: 1200
        case .overTwenty: .max
        }
    }

    /// First second that belongs to the bucket.
    private var start: Int {
        Self.allCases.last { $0.end < end }?.end ?? 0
    }

    package init(seconds: Int) {
        self = Self.allCases.first { seconds < $0.end } ?? .overTwenty
    }

    /// Stays in the previous bucket while the estimate is only a little outside of it.
    package init(seconds: Int, previous: WaitBucket?) {
        let plain = WaitBucket(seconds: seconds)
        guard let previous, plain != previous else {
            self = plain
            return
        }
        // A boundary in use is at most 1200, so nothing overflows.
        let isBarelyOver = plain > previous && seconds < previous.end + previous.end * Self.hysteresisPercent / 100
        let isBarelyUnder =
            plain < previous && seconds >= previous.start - previous.start * Self.hysteresisPercent / 100
        self = isBarelyOver || isBarelyUnder ? previous : plain
    }

    package static func < (left: Self, right: Self) -> Bool {
        left.end < right.end
    }
}
