//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

internal import XMPPCore

extension ServerCore {
    /// A session has lost its connection and waits for its client. Too many of one account make the oldest end, those of
    /// the same device first.
    func sessionDetached(_ handle: SessionHandle) {
        guard let account = accounts.online(handle.jid) else { return }
        let now = Timestamp.now().milliseconds
        let device = account.update(handle) { session -> String? in
            session.detachedSince = now
            return session.device
        }
        limitWaiting(of: account) { $0.device != nil && $0.device == device && $0.handle != handle }
        if let work = notify(.detached(handle)) { background(work) }
    }

    /// Ends what is more than an account's sessions without a connection may be, the oldest first, but `before` them those of
    /// which this is true.
    func limitWaiting(of account: Account, before: (BoundSession) -> Bool = { _ in false }) {
        var waiting = account.sessions.filter(\.isDetached)
        while waiting.count > configuration.limits.detachedSessions {
            let first = waiting.filter(before)
            let oldest = (first.isEmpty ? waiting : first).min {
                ($0.detachedSince ?? 0, $0.handle.id) < ($1.detachedSince ?? 0, $1.handle.id)
            }
            guard let oldest else { return }
            waiting.removeAll { $0.handle == oldest.handle }
            // The client has gone on without it.
            oldest.handle.end(StreamError(.conflict))
        }
    }
}
