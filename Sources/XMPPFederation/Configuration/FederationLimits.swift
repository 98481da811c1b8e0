//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

/// Bounds on what other servers can take, and on what waits for them.
package struct FederationLimits: Sendable, Equatable {
    /// Seconds from the first byte of a stream to its proof; also for one attempt to reach another server.
    package var negotiationSeconds = 60
    /// Seconds without a stanza after which a stream that we have made is ended.
    package var idleSeconds = 600
    /// Seconds that another server may take to acknowledge (XEP-0198) before the stream counts as lost.
    package var acknowledgementSeconds = 60
    /// Seconds after which a stream on which nothing comes is ended.
    package var silenceSeconds = 3600
    /// The first and the longest pause after a failed attempt.
    package var firstPause: Double = 2
    package var longestPause: Double = 300
    /// Stanzas that wait in memory for one domain, and their bytes.
    package var queuedStanzas = 2000
    package var queuedBytes = 8_388_608
    /// Stanzas that may be on their way to one domain, and marks of messages that are remembered of one: more than that,
    /// so that whatever comes a second time is known.
    package var unacknowledged = 1024
    package var rememberedMarks = 4096
    /// Seconds that a mark is remembered, and domains whose marks are.
    package var rememberedSeconds = 7 * 86_400
    package var rememberedPairs = 500
    /// Changes of somebody's presence that one contact there is told at once, and the seconds for each one after those.
    package var presenceBurst = 4
    package var presenceSeconds = 10
    /// Seconds without a sign of the other server after which it is asked whether it is there.
    package var probeSeconds = 120
    /// What waits on disk for one domain, and for all together: messages and subscriptions.
    package var storedStanzas = 100_000
    package var storedBytes = 67_108_864
    package var storedStanzasInAll = 1_000_000
    package var storedBytesInAll = 1_073_741_824
    /// The same of one account of ours, for whichever domains: others need room, too.
    package var storedStanzasPerAccount = 20_000
    package var storedBytesPerAccount = 16_777_216
    /// Seconds and attempts for which a domain that has been reached before may fail in a way that is final elsewhere, such
    /// as by a certificate that has ended, before all that waits for it comes back.
    package var patienceSeconds = 1800
    package var patienceAttempts = 3
    /// Seconds that a stanza waits before its sender is told that it has not arrived.
    package var storedSeconds = 86_400
    /// Domains of others that are known of at a time, and streams of one of them to one domain of ours.
    package var domains = 10_000
    package var streamsPerDomain = 10
    /// Attempts to reach other servers under way at a time; and seconds that one of them may take until a connection
    /// stands, with all servers of the domain that are tried.
    static let attempts = 256
    package var attemptSeconds = 120
    /// Seconds to reach a server that is asked about a key, and again for its answer: others wait behind it.
    package var verificationSeconds = 20
    /// Domains that one account of ours may write to without having reached them, and domains below one parent.
    package var unreachedPerAccount = 500
    package var domainsPerParent = 2500
    /// Certificates of strangers that are checked at a time: each asks the DNS one or two questions at once, so that they
    /// take a quarter of what the resolver has under way at most; and those that wait, as many as there are connections.
    static let certificateChecks = 32
    static let waitingChecks = 10_000
    /// Stanzas and bytes a second that one domain may send, on all its streams together; for a moment ten times as many.
    package var stanzasPerSecond = 500
    package var bytesPerSecond = 1_048_576

    package init() {}
}
