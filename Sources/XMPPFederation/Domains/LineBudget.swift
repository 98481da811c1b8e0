//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

internal import NIOCore
internal import Synchronization

/// How much is told in the log of those who have come by themselves: so many lines a minute, so that nobody fills a disk
/// with them, or hides among them.
final class LineBudget: Sendable {
    /// In any minute.
    static let lines = 300

    private struct State {
        var begun: NIODeadline?
        var written = 0
        var leftOut = 0
    }

    private let state = Mutex(State())

    /// Whether a line may be written; and how many were left out in the minute before, to be told once.
    func take(now: NIODeadline) -> (isWritten: Bool, leftOut: Int) {
        state.withLock { state in
            var leftOut = 0
            if state.begun.map({ now - $0 >= .minutes(1) }) ?? true {
                leftOut = state.leftOut
                state = State(begun: now)
            }
            guard state.written < Self.lines else {
                state.leftOut += 1
                return (false, leftOut)
            }
            state.written += 1
            return (true, leftOut)
        }
    }
}
