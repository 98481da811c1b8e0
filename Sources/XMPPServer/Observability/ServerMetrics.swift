//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

package import Metrics

/// What the server counts. The names are stable: dashboards rely on them.
package struct ServerMetrics: Sendable {
    package let connections = Counter(label: "switchboard_connections_accepted")
    package let refused = Counter(label: "switchboard_connections_refused")
    package let logins = Counter(label: "switchboard_logins")
    package let loginFailures = Counter(label: "switchboard_login_failures")
    package let loginsHeld = Counter(label: "switchboard_logins_held")
    let loginsRefused = Dictionary(
        uniqueKeysWithValues: LoginLimiter.Reason.allCases.map { reason in
            (reason, Counter(label: "switchboard_logins_refused", dimensions: [("limit", reason.rawValue)]))
        })
    package let streamErrors = Counter(label: "switchboard_stream_errors_sent")
    package let messagesIn = Counter(label: "switchboard_stanzas_received", dimensions: [("kind", "message")])
    package let presencesIn = Counter(label: "switchboard_stanzas_received", dimensions: [("kind", "presence")])
    package let iqsIn = Counter(label: "switchboard_stanzas_received", dimensions: [("kind", "iq")])
    package let delivered = Counter(label: "switchboard_stanzas_delivered")
    package let presenceDropped = Counter(label: "switchboard_presence_dropped_for_slow_clients")
    package let slowClosed = Counter(label: "switchboard_sessions_closed_as_too_slow")
    package let sessionsResumed = Counter(label: "switchboard_sessions_resumed")
    package let stanzasSpilled = Counter(label: "switchboard_stanzas_spilled")
    package let stanzasTurnedAway = Counter(label: "switchboard_stanzas_turned_away")
    package let sessionsExpired = Counter(label: "switchboard_sessions_expired")
    package let offlineStored = Counter(label: "switchboard_offline_messages_stored")
    package let delegatedStored = Counter(label: "switchboard_delegated_stanzas_stored")

    package init() {}
}
