//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

extension ServerCore {
    /// Notes that a session finds in the archive what has come while it was away (XEP-0313 §6.1.1). Said before its first
    /// presence, and before the archive is read, it keeps waiting messages that are in the archive from coming a second
    /// time; what comes to wait after this call is still given to it.
    package func sessionUsesArchive(_ session: SessionHandle) {
        let newest = offlineRows.newest
        accounts.online(session.jid)?.update(session) { session in
            session.usesArchive = true
            // What it is given once it is available it has been given.
            if !session.isAvailable { session.archivedRows = newest }
        }
    }
}
