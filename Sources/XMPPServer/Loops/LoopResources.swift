//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

package import NIOCore
package import XMPPCore
package import XMPPXML

/// A connection that is looked at from time to time.
package protocol TimedSession: AnyObject {
    /// Checks deadlines; called every few seconds on the session's loop.
    func tick(_ now: NIODeadline)
    /// Ends the stream, with an error or by the server's own wish.
    func close(_ error: StreamError?)
    /// Cuts the connection.
    func abort()
    /// It is still needed while others end: at a stop somebody else closes it, last of all.
    var outlivesOthers: Bool { get }
}

extension TimedSession {
    package var outlivesOthers: Bool { false }
}

/// What the connections of one event loop share: parsers, and one timer for all instead of one each.
package final class LoopResources: Sendable {
    /// How often deadlines are checked.
    private static let interval = TimeAmount.seconds(5)

    private final class State {
        let pool = XMLParserPool()
        var sessions: [UInt64: any TimedSession] = [:]
        var timer: RepeatedTask?
        let journal: SessionJournal

        init(_ loop: any EventLoop) {
            journal = SessionJournal(loop)
        }
    }

    package let loop: any EventLoop
    package let executor: LoopTaskExecutor
    let mailbox: LoopMailbox
    let calls: LoopCalls
    private let state: NIOLoopBound<State>

    /// To be made on the loop itself.
    package init(_ loop: any EventLoop) {
        self.loop = loop
        executor = LoopTaskExecutor(loop)
        mailbox = LoopMailbox(loop)
        calls = LoopCalls(loop)
        state = NIOLoopBound(State(loop), eventLoop: loop)
        let state = state
        state.value.timer = loop.scheduleRepeatedTask(initialDelay: Self.interval, delay: Self.interval) { _ in
            let now = NIODeadline.now()
            for session in state.value.sessions.values { session.tick(now) }
        }
    }

    /// The loop's parsers; only on the loop.
    package var parserPool: XMLParserPool { state.value.pool }

    /// What changes in the loop's sessions; only on the loop.
    var journal: SessionJournal { state.value.journal }

    /// Runs on the loop: at once if this is it.
    package func onLoop(_ body: @escaping @Sendable () -> Void) {
        if loop.inEventLoop { body() } else { loop.execute(body) }
    }

    package func addSession(_ session: any TimedSession, id: UInt64) {
        state.value.sessions[id] = session
    }

    package func removeSession(_ id: UInt64) {
        state.value.sessions[id] = nil
    }

    /// Ends all streams of the loop (RFC 6120 §4.9.3.20).
    func closeAll(_ error: StreamError) {
        for session in state.value.sessions.values where !session.outlivesOthers { session.close(error) }
    }

    /// Cuts what is left.
    func abortAll() {
        for session in state.value.sessions.values { session.abort() }
    }

    /// Stops the timer, which keeps the loop's state alive.
    func stop() {
        state.value.timer?.cancel()
    }
}
