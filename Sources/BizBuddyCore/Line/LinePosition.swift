//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

/// What decides who stands before whom: who was given back by an agent, then the priority, then who came first.
struct LinePosition: Hashable, Comparable, Sendable {
    let isReturned: Bool
    /// More is earlier.
    let priority: Int
    /// Unique in the service.
    let sequence: Int

    static func < (left: Self, right: Self) -> Bool {
        if left.isReturned != right.isReturned { return left.isReturned }
        if left.priority != right.priority { return left.priority > right.priority }
        return left.sequence < right.sequence
    }
}
