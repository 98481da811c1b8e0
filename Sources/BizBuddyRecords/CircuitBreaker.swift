//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

/// Stops asking what does not answer: after some failures in a row it is left alone for a while, then one question
/// decides.
struct CircuitBreaker: Sendable {
    private enum State {
        case closed(failures: Int)
        case open(until: ContinuousClock.Instant)
        /// One question is out.
        case probing
    }

    /// Failures in a row that open it.
    static let threshold = 5
    static let pause: Duration = .seconds(30)

    private var state = State.closed(failures: 0)

    /// Whether to ask now. Who asks must tell how it went.
    mutating func admits(at now: ContinuousClock.Instant) -> Bool {
        switch state {
        case .closed: return true
        case .open(let until) where until <= now:
            state = .probing
            return true
        case .open, .probing: return false
        }
    }

    mutating func succeeded() {
        state = .closed(failures: 0)
    }

    mutating func failed(at now: ContinuousClock.Instant) {
        switch state {
        case .closed(let failures) where failures + 1 < Self.threshold: state = .closed(failures: failures + 1)
        case .closed, .probing: state = .open(until: now + Self.pause)
        // A question from before it opened.
        case .open: break
        }
    }
}
