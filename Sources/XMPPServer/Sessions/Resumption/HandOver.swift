//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

internal import NIOCore

/// A connection asks for a session (XEP-0198 §5). Whoever holds the session answers, exactly once.
struct HandOver: Sendable {
    enum Answer: Sendable {
        /// The session is the asker's now.
        case state(ResumableState)
        /// The client says that it has more than it was sent; the session stays where it is.
        case tooHigh(OutboundQueue.TooHigh)
        /// There is no such session any more.
        case gone
    }

    /// The id that the session was given when it was made resumable.
    let id: String
    /// What the client has had.
    let handled: UInt32
    let resources: LoopResources
    let asker: NIOLoopBound<any LinkedSession>
    let answer: @Sendable (Answer) -> Void
}
