//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

import Synchronization

/// Tells without a look at the disk that a stanza has not been dealt with before, which is nearly always so. Ids that may
/// have been are looked up all the same: only hashes are kept, and more of them than ids on disk.
final class ProcessedStanzas: Sendable {
    private struct State {
        /// Until what is on disk has been read, nothing is known.
        var isComplete = false
        var latest: Set<Int> = []
        var earlier: Set<Int> = []
    }

    private let state = Mutex(State())

    /// Begins with the ids on disk.
    func begin(_ ids: some Sequence<String>) {
        state.withLock { state in
            state = State(isComplete: true, latest: Set(ids.map(\.hashValue)))
        }
    }

    func insert(_ ids: [String]) {
        guard !ids.isEmpty else { return }
        state.withLock { state in
            if state.latest.count >= Limits.processedStanzas {
                state.earlier = state.latest
                state.latest = []
            }
            state.latest.formUnion(ids.map(\.hashValue))
        }
    }

    /// False if it is certain that the id is new.
    func mayContain(_ id: String) -> Bool {
        state.withLock { state in
            !state.isComplete || state.latest.contains(id.hashValue) || state.earlier.contains(id.hashValue)
        }
    }
}
