//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

internal import NIOCore
internal import Synchronization
package import XMPPCore
package import XMPPStorage

/// A bound session as the rest of the server knows it: something that takes stanzas, from any thread, without waiting.
///
/// It stays the same when the session is resumed on another connection (XEP-0198 §5), and while it waits for that.
package final class SessionHandle: Sendable {
    /// Unique for the life of the process.
    package let id: UInt64
    package let jid: JID
    let link: SessionLink
    private let joined = AtomicLazyReference<Account>()

    /// The account that the session was added to; nil before. It may have left the registry since.
    package var account: Account? { joined.load() }

    init(id: UInt64, jid: JID, link: SessionLink) {
        self.id = id
        self.jid = jid
        self.link = link
    }

    /// To be called once, when an account takes the session.
    func join(_ account: Account) { _ = joined.storeIfNil(account) }

    /// Appends to the session's bounded outbox; never waits, keeps the order of one sender. `archiveID` says where it
    /// lies in the account's archive, if it does.
    package func deliver(_ stanza: Stanza, archiveID: ArchiveID? = nil) {
        link.deliver(OutboundQueue.Entry(stanza: stanza, isStored: false, archiveID: archiveID))
    }

    /// Delivers a stanza that stays in a store until ``afterTaken(_:)`` says that it has arrived; `row` is its row there.
    /// `arrived`: when it came, in milliseconds since 1970, if that is not now.
    package func deliverStored(
        _ stanza: Stanza, row: Int64? = nil, archiveID: ArchiveID? = nil, arrived: Int64? = nil
    ) {
        var entry = OutboundQueue.Entry(stanza: stanza, isStored: true, row: row, archiveID: archiveID)
        if let arrived { entry.arrived = arrived }
        link.deliver(entry)
    }

    /// Calls `body` when all that was delivered before has been acknowledged (XEP-0198), or written where the client
    /// does not acknowledge; never if the session ends before.
    package func afterTaken(_ body: @escaping @Sendable () -> Void) {
        link.perform { $0.afterTaken(body) }
    }

    /// Ends the session with a stream error.
    package func end(_ error: StreamError) {
        link.performLater { $0.end(error) }
    }

    /// Calls `body` once, when the session has ended and what it has left is where it belongs, or after so long.
    func settled(within limit: TimeAmount, on resources: LoopResources, _ body: @escaping @Sendable () -> Void) {
        let call = OnceCall(body)
        let timeout = resources.loop.scheduleTask(in: limit) { call() }
        link.afterEnd {
            timeout.cancel()
            call()
        }
    }

    /// Runs on the session's loop with its connection, if it has one.
    func withSession(_ body: @escaping @Sendable (ClientSession) -> Void) {
        link.performLater { session in
            if let session = session as? ClientSession { body(session) }
        }
    }
}

extension SessionHandle: Equatable {
    package static func == (left: SessionHandle, right: SessionHandle) -> Bool { left.id == right.id }
}

/// Work that two may call for and that is done once.
private final class OnceCall: Sendable {
    private let isDone = Atomic<Bool>(false)
    private let body: @Sendable () -> Void

    init(_ body: @escaping @Sendable () -> Void) { self.body = body }

    func callAsFunction() {
        if !isDone.exchange(true, ordering: .acquiringAndReleasing) { body() }
    }
}
