//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

internal import XMPPCore

/// What a session is beyond its connection: it goes from one connection to the next.
struct ResumableState: Sendable {
    var handle: SessionHandle
    var resumption: Resumption
    /// Stanzas of the client that have been taken care of, modulo 2³².
    var handled: UInt32
    var outbound: OutboundQueue
    /// Addresses that have had the session's presence beside its contacts.
    var directed: Set<JID>
}
