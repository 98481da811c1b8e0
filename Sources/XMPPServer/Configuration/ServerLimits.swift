//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

package import XMPPXML

/// Bounds on what peers can take. Each has a default that ordinary use never meets.
package struct ServerLimits: Sendable, Equatable {
    package var beforeAuthentication = XMLLimits.beforeAuthentication
    package var afterAuthentication = XMLLimits.afterAuthentication
    /// Components are ours: they may send what any client may, and more of it.
    package var component = XMLLimits(bytes: 1_048_576, depth: 64, elements: 16_384, attributes: 64)
    /// Connections of one kind of listener in all.
    package var connections = 100_000
    /// Connections from one address.
    package var connectionsPerAddress = 5000
    /// Connections that other servers make, in all and from one address.
    package var serverConnections = 10_000
    package var serverConnectionsPerAddress = 200
    /// Seconds from the connection to a bound resource, whatever is sent in between.
    package var negotiationSeconds = 60
    /// Seconds of silence before a peer is asked whether it is there.
    package var keepAliveSeconds = 300
    /// Seconds of silence before a session is closed.
    package var idleSeconds = 900
    /// Seconds that streams get to end on a graceful stop.
    package var stopSeconds = 5
    /// Stanzas that wait in a session's inbox before reading from it stops.
    package var inboxStanzas = 64
    /// Bytes on their way to a slow client before presence is dropped, then the session closed.
    package var outboxBytes = 4_194_304
    /// Stanzas that are sent without an acknowledgement (XEP-0198) before more waits for one.
    package var unacknowledgedStanzas = 10_000
    /// Bytes of memory that those take, too.
    package var unacknowledgedBytes = 16_777_216
    /// Seconds that a client which is to acknowledge before it is sent more may take for that.
    package var acknowledgementSeconds = 60
    /// Seconds that messages for a new session alone wait for its client to say whether it acknowledges.
    package var enablingSeconds = 2
    /// Seconds that a session without a connection waits for its client (XEP-0198 §5); 0 = none does.
    package var resumptionSeconds = 600
    /// Bytes that wait in memory for a client that acknowledges; what is more lies on disk.
    package var queueMemory = 1_048_576
    /// Stanzas that wait for such a client: more are taken only if they are in the archive.
    package var queueStanzas = 100_000
    /// Those that lie on disk and are listed in memory, some 200 bytes each; the names of more lie on disk, too.
    package var queueNames = 10_000
    /// Bytes that wait for such a client on disk, beside what archives hold, and for all of an account's.
    package var queueDiskBytes = 67_108_864
    package var accountQueueDiskBytes = 268_435_456
    /// Whether sessions survive the death of the process, too: what is told to their clients is on disk before.
    package var resumptionSurvivesCrash = true
    /// Sessions of one account that wait for their clients.
    package var detachedSessions = 10
    /// Attempts to log in on one stream (RFC 6120 §6.4.5: two to five).
    package var saslAttempts = 5
    /// Sessions of one account.
    package var sessionsPerAccount = 50
    /// Items in a roster.
    package var rosterItems = 5000
    /// Messages that wait for one account and that its archive does not hold, and their bytes.
    package var offlineMessages = 10_000
    package var offlineBytes = 33_554_432
    /// Addresses that one account blocks.
    package var blockedAddresses = 1000
    /// Presence and chat states kept back from an inactive client (XEP-0352); 0 keeps nothing back.
    package var inactiveStanzas = 500
    /// Addresses a session has sent directed presence to.
    package var directedPresence = 1000
    /// Accounts that stanzas can go to without a look into the store: some 200 bytes each.
    package var profiles = 131_072
    /// Bytes of a vCard, avatar included (clients show up to about 100 KB).
    package var vCardBytes = 196_608
    /// Stanzas that wait for a component, and their bytes.
    package var delegatedStanzas = 100_000
    package var delegatedBytes = 268_435_456
    /// Bytes of a stanza as it leaves: more than it came with where a short prefix stood for a long namespace.
    package var stanzaBytes = 1_048_576

    package init() {}
}
