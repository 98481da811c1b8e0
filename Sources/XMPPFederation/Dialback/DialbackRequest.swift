//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

internal import XMPPCore

/// A key that another server has shown on a stream it has made, and that its domain is to be asked about.
struct DialbackRequest: Sendable, Equatable {
    /// The domain that is to be proven.
    let from: JID
    /// The domain of ours that it wants to send to.
    let to: JID
    let key: String
    /// The id that we have given the stream.
    let streamID: String
    /// The domain has been asked.
    var isBeingVerified = false

    var pair: DomainPair { DomainPair(local: to.domain, remote: from.domain) }
}
