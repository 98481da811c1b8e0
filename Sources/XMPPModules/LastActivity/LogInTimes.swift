//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

internal import Synchronization

/// Since when each session has been there, until it has been written down.
final class LogInTimes: Sendable {
    private struct LogIn {
        /// Milliseconds since 1970.
        var time: Int64
        var isWritten = false
    }

    private let sessions = Mutex<[UInt64: LogIn]>([:])
    private let marked = Mutex<Set<String>>([])

    func begin(_ session: UInt64, _ time: Int64) {
        sessions.withLock { $0[session] = LogIn(time: time) }
    }

    /// Since when a session has been there, in milliseconds since 1970.
    func time(_ session: UInt64) -> Int64? {
        sessions.withLock { $0[session]?.time }
    }

    /// The time, to be written with what is written now; nil if it has been.
    func told(_ session: UInt64) -> Int64? {
        sessions.withLock { sessions in
            guard let logIn = sessions[session], !logIn.isWritten else { return nil }
            sessions[session]?.isWritten = true
            return logIn.time
        }
    }

    // MARK: Accounts that are written down as being there

    func mark(_ accounts: Set<String>) {
        marked.withLock { $0.formUnion(accounts) }
    }

    func isMarked(_ account: String) -> Bool {
        marked.withLock { $0.contains(account) }
    }

    /// False if it was not marked.
    @discardableResult
    func unmark(_ account: String) -> Bool {
        marked.withLock { $0.remove(account) != nil }
    }

    // MARK: The end

    /// Forgets a session; its time if it has not been written.
    func end(_ session: UInt64) -> Int64? {
        sessions.withLock { sessions in
            guard let logIn = sessions.removeValue(forKey: session), !logIn.isWritten else { return nil }
            return logIn.time
        }
    }
}
