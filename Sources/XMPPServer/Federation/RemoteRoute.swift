//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

package import NIOCore
package import XMPPCore

/// What federation is to the server: the way to the domains of others. There is none unless a feature has declared one.
package protocol RemoteRoute: Sendable {
    /// Takes a stanza for a domain that is not ours; its `from` has been checked. What must be waited for before the
    /// stanza counts as taken care of is returned. With `isKept` a subscription waits on disk; what only answers somebody
    /// there does not.
    func send(_ stanza: Stanza, _ server: ServerCore, isKept: Bool) -> Deferred?

    /// How a message or subscription that is worth keeping waits on disk until the other server has it; nil if it is sent
    /// as any other stanza. What it writes throws `quotaExceeded` having written nothing. Touches nothing.
    func acceptance(of stanza: Stanza, _ server: ServerCore) -> Acceptance?

    /// Sets up a connection that another server has made, on its loop.
    func accept(_ connection: AcceptedConnection, _ server: ServerCore) throws

    /// There are as many connections of other servers as may be, and one more would like to come: ends one that has proven
    /// nothing yet. False if there is none.
    func makeRoom() -> Bool

    /// Ends the streams to other servers, once there is nobody left who would send anything.
    func stop() async
}

/// A connection of another server, before its first byte.
package struct AcceptedConnection {
    package let channel: any Channel
    package let resources: LoopResources
    /// Unique for the life of the process.
    package let id: UInt64
    /// Where it comes from, an IP address.
    package let address: String
    /// TLS is spoken from the first byte (XEP-0368).
    package let isDirectTLS: Bool
}
