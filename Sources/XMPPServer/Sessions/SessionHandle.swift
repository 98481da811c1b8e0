//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

internal import NIOCore
package import XMPPCore

/// A bound session as the rest of the server knows it: something that takes stanzas, from any thread, without waiting.
package struct SessionHandle: Sendable {
    /// Unique for the life of the process.
    package let id: UInt64
    package let jid: JID
    let resources: LoopResources
    private let session: NIOLoopBound<ClientSession>

    init(id: UInt64, jid: JID, resources: LoopResources, session: ClientSession) {
        self.id = id
        self.jid = jid
        self.resources = resources
        self.session = NIOLoopBound(session, eventLoop: resources.loop)
    }

    /// Appends to the session's bounded outbox; never waits, keeps the order of one sender.
    package func deliver(_ stanza: Stanza) {
        if resources.loop.inEventLoop {
            // What other loops have posted came first.
            if resources.mailbox.hasItems { resources.mailbox.drain() }
            session.value.deliver(stanza)
        } else {
            resources.mailbox.post(stanza, to: self)
        }
    }

    func deliverOnLoop(_ stanza: Stanza) {
        session.value.deliver(stanza)
    }

    /// Delivers a stanza that stays in a store until ``afterTaken(_:)`` says that it has arrived.
    package func deliverStored(_ stanza: Stanza) {
        let session = session
        resources.onLoop { session.value.deliver(stanza, isStored: true) }
    }

    /// Calls `body` when all that was delivered before has been acknowledged (XEP-0198), or written where the client
    /// does not acknowledge; never if the session ends before.
    package func afterTaken(_ body: @escaping @Sendable () -> Void) {
        let session = session
        resources.onLoop { session.value.afterTaken(body) }
    }

    /// Ends the session with a stream error.
    package func end(_ error: StreamError) {
        let session = session
        resources.loop.execute { session.value.close(error) }
    }

    /// Runs on the session's loop.
    func withSession(_ body: @escaping @Sendable (ClientSession) -> Void) {
        let session = session
        resources.loop.execute { body(session.value) }
    }
}

extension SessionHandle: Equatable {
    package static func == (left: SessionHandle, right: SessionHandle) -> Bool { left.id == right.id }
}
