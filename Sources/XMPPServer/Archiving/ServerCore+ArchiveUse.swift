//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

extension ServerCore {
    /// Notes that a session finds in the archive what has come while it was away (XEP-0313 §6.1.1). Said before its first
    /// presence, it keeps waiting messages that are in the archive from coming a second time.
    package func sessionUsesArchive(_ session: SessionHandle) {
        accounts.online(session.jid)?.update(session) { $0.usesArchive = true }
    }
}
