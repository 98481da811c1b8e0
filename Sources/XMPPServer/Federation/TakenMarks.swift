//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

internal import DequeModule
internal import Synchronization

/// The marks of the messages that another server of ours has sent to a domain of ours lately.
package final class TakenMarks: Sendable {
    private struct State {
        var ids: Set<String> = []
        var order: Deque<String> = []
        var hasChanged = false
    }

    /// Under which name they are remembered on disk.
    package let sender: String
    private let limit: Int
    private let state: Mutex<State>

    /// - known: what is remembered from before the start, oldest first.
    /// - limit: how many are remembered: more than may be on their way at a time.
    package init(sender: String, limit: Int, known: [String] = []) {
        self.sender = sender
        self.limit = max(1, limit)
        state = Mutex(State())
        for id in known { _ = insert(id) }
        _ = takeChanged()
    }

    /// Remembers a mark; false if it was known.
    package func insert(_ id: String) -> Bool {
        state.withLock { state in
            guard state.ids.insert(id).inserted else { return false }
            state.order.append(id)
            state.hasChanged = true
            if state.order.count > limit, let oldest = state.order.popFirst() { state.ids.remove(oldest) }
            return true
        }
    }

    /// Whether any has come since this was asked last.
    package func takeChanged() -> Bool {
        state.withLock { state in
            defer { state.hasChanged = false }
            return state.hasChanged
        }
    }
}

/// A message's mark, and those that it is to be compared with.
package struct RemoteMark: Sendable {
    let marks: TakenMarks
    let id: String

    package init(_ id: String, among marks: TakenMarks) {
        self.id = id
        self.marks = marks
    }

    /// To be called when the message is begun: false if it has been before.
    func begin() -> Bool { marks.insert(id) }

    var stored: OnceMark { OnceMark(sender: marks.sender, id: id) }
}
