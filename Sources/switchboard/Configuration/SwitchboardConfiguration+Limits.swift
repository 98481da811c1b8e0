//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

extension SwitchboardConfiguration {
    /// What a peer or an account may cost.
    struct Limits: Sendable, Equatable {
        /// RFC 6120 §13.12 asks for at least 10,000 bytes.
        var stanzaBytesBeforeAuthentication = 10_000
        /// Prosody's and ejabberd's default.
        var stanzaBytes = 262_144
        var depth = 64
        var elements = 4096
        var attributes = 64
        var connections = 20_000
        var connectionsPerAddress = 1000
        /// From connecting to the bound resource.
        var negotiationTimeout: Duration = .seconds(60)
        /// Silence after which the server sends whitespace (RFC 6120 §4.6.1).
        var keepAlive: Duration = .seconds(300)
        /// Silence after which a connection is closed.
        var idleTimeout: Duration = .seconds(900)
        var stopTimeout: Duration = .seconds(5)
        var inboxStanzas = 64
        var outboxBytes = 4_194_304
        var resourcesPerAccount = 20
        var offlineMessages = 1000
        var offlineBytes = 10_485_760
        /// 0 is for ever.
        var offlineDays = 0
        var rosterItems = 1000
        var blockedAddresses = 1000
        var inactiveStanzas = 500
        var privateStorageBytes = 1_048_576
        /// RFC 6120 §6.4.5 asks for 2 to 5 retries.
        var saslTries = 5

        static let schema = SectionSchema<Limits>(
            [
                Field(
                    "stanza_bytes_before_authentication", \.stanzaBytesBeforeAuthentication, .integer(10_000...262_144),
                    "Longest stanza a stranger may send, in bytes."),
                Field(
                    "stanza_bytes", \.stanzaBytes, .integer(10_000...16_777_216),
                    "Longest stanza after log-in, in bytes."),
                Field("depth", \.depth, .integer(8...256), "Elements inside one another in a stanza."),
                Field("elements", \.elements, .integer(64...1_000_000), "Elements in a stanza."),
                Field("attributes", \.attributes, .integer(16...1024), "Attributes of an element."),
                Field(
                    "connections", \.connections, .integer(1...1_000_000),
                    "Connections of all listeners together. The process needs as many open files, and some more."),
                Field(
                    "connections_per_address", \.connectionsPerAddress, .integer(1...1_000_000),
                    "Connections from one IP address. An office behind one router counts as one address."),
                Field(
                    "negotiation_timeout_seconds", \.negotiationTimeout, .seconds(1...600),
                    "Time from connecting to the end of log-in, in seconds."),
                Field(
                    "keep_alive_seconds", \.keepAlive, .seconds(5...86_400),
                    "Silence after which a client is asked whether it is there, so that routers keep the connection, in seconds."
                ),
                Field(
                    "idle_timeout_seconds", \.idleTimeout, .seconds(10...604_800),
                    "Silence of a client, asked meanwhile, after which its connection is closed, in seconds."
                ),
                Field(
                    "stop_timeout_seconds", \.stopTimeout, .seconds(1...300),
                    "Time that connections get to end in good order when the server stops, in seconds."),
                Field(
                    "inbox_stanzas", \.inboxStanzas, .integer(1...10_000),
                    "Stanzas of one client that may wait for their turn before the server stops reading from it."),
                Field(
                    "outbox_bytes", \.outboxBytes, .integer(65_536...268_435_456),
                    "Bytes that may wait for a slow client before its connection is given up and messages go to offline storage."
                ),
                Field(
                    "resources_per_account", \.resourcesPerAccount, .integer(1...1000),
                    "Clients of one account that may be online at once."),
                Field(
                    "offline_messages", \.offlineMessages, .integer(0...1_000_000),
                    """
                    Messages kept for an account that is not online, where no archive holds them. The sender of one too many gets an \
                    error. What the archive holds does not count: up to 100,000 such messages come by themselves. With 0 none do.
                    """),
                Field(
                    "offline_bytes", \.offlineBytes, .integer(0...1_073_741_824),
                    "Bytes of messages kept for an account that is not online."),
                Field(
                    "offline_days", \.offlineDays, .integer(0...36_500),
                    """
                    Days after which a message that the archive holds no longer comes by itself when its account comes online; 0: it \
                    always does. What is in no archive waits for ever.
                    """),
                Field("roster_items", \.rosterItems, .integer(10...100_000), "Contacts in an account's own roster."),
                Field(
                    "blocked_addresses", \.blockedAddresses, .integer(10...10_000),
                    "Addresses that an account may block (XEP-0191)."),
                Field(
                    "inactive_stanzas", \.inactiveStanzas, .integer(0...10_000),
                    """
                    Presence and typing notices kept back from a client that nobody looks at (XEP-0352), the last one of each sender, \
                    until something comes that matters. With 0 nothing is kept back.
                    """),
                Field(
                    "private_storage_bytes", \.privateStorageBytes, .integer(0...1_073_741_824),
                    "Bytes that an account may keep for its clients' own use (XEP-0049)."),
                Field(
                    "sasl_tries", \.saslTries, .integer(1...10),
                    "Failed log-ins on one connection before it is closed."),
            ],
            finish: { limits, path, reading in
                if limits.keepAlive >= limits.idleTimeout {
                    reading.report("must be shorter than idle_timeout_seconds", at: path + ["keep_alive_seconds"])
                }
                if limits.stanzaBytesBeforeAuthentication > limits.stanzaBytes {
                    reading.report(
                        "must not be more than stanza_bytes", at: path + ["stanza_bytes_before_authentication"])
                }
                if limits.connectionsPerAddress > limits.connections,
                    reading.isGiven(path + ["connections_per_address"])
                {
                    reading.report("must not be more than connections", at: path + ["connections_per_address"])
                }
            })
    }
}
