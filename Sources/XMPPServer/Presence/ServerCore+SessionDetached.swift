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
        let waiting = account.sessions.filter(\.isDetached)
        if waiting.count > configuration.limits.detachedSessions {
            let same = waiting.filter { $0.device != nil && $0.device == device && $0.handle != handle }
            let candidates = same.isEmpty ? waiting : same
            let oldest = candidates.min {
                ($0.detachedSince ?? 0, $0.handle.id) < ($1.detachedSince ?? 0, $1.handle.id)
            }
            // The client has gone on without it.
            oldest?.handle.end(StreamError(.conflict))
        }
        if let work = notify(.detached(handle)) { background(work) }
    }
}
