//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

/// How long to wait before the next attempt: doubling from `first` to `last`, each shortened by up to half at random so
/// that many clients of one server do not come back at the same moment.
package struct Backoff: Sendable {
    package let first: Duration
    package let last: Duration
    private var next: Duration

    /// - Parameters:
    ///   - first: greatest length of the first pause.
    ///   - last: greatest length of any pause.
    package init(first: Duration = .milliseconds(250), last: Duration = .seconds(30)) {
        self.first = first
        self.last = max(first, last)
        next = first
    }

    /// The next pause. `jitter` is drawn from 0 to 1.
    package mutating func pause(jitter: Double) -> Duration {
        let full = next
        next = min(last, full * 2)
        return full * (0.5 + 0.5 * min(max(jitter, 0), 1))
    }

    /// The pause after a success is the first one again.
    package mutating func reset() {
        next = first
    }
}
