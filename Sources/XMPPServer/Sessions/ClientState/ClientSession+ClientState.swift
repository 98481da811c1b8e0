//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

internal import XMPPCore

/// What a client that nobody looks at is spared (XEP-0352).
extension ClientSession {
    /// Takes a stanza for the client, as long as the session is here.
    func deliverHere(_ entry: OutboundQueue.Entry) {
        guard clientState.isInactive else { return send(entry) }
        for due in clientState.take(entry) { send(due) }
    }

    fileprivate func setActive(_ isActive: Bool) {
        guard isActive else { return clientState.deactivate() }
        for entry in clientState.activate() { send(entry) }
    }

    /// The session leaves this connection: what was kept back goes with it, before all that comes now. On the next
    /// connection it is active again (XEP-0352 §5.2).
    func releaseHeld() {
        for entry in clientState.activate() { outbound.append(entry, isWritten: false) }
    }
}

extension SessionHandle {
    /// The client says whether somebody looks at it (XEP-0352 §4.2). What was kept back is on its way when this returns
    /// on the session's loop.
    package func setActive(_ isActive: Bool) {
        link.perform { ($0 as? ClientSession)?.setActive(isActive) }
    }
}
