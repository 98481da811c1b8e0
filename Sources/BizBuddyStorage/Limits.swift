//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

/// Bounds of the stores; all ours.
enum Limits {
    /// Changes written in one transaction.
    static let batch = 256
    /// Events after which a snapshot is due, unless there are more conversations: a restart replays at most a little more.
    static let eventsPerSnapshot = 1_000
    /// Ids of the host's stanzas that are remembered.
    static let processedStanzas = 100_000
    /// Closed conversations that are kept; beyond that the oldest go.
    static let archivedConversations = 1_000_000
    /// Closed conversations that are looked through for an agent's.
    static let searchedConversations = 5_000
    /// Facts for reports that are kept; beyond that the oldest go.
    static let facts = 10_000_000
    /// Milliseconds to wait for another process (`customers import`) that writes.
    static let busyTimeout = 5_000
    /// Bytes of a customer file.
    static let customerFile = 256 << 20
    /// Bytes of one row of it, and columns.
    static let customerRow = 64 << 10
    static let customerColumns = 256
    /// Addresses, notes and tags of one customer, and customers joined with one.
    static let addressesOfPerson = 16
    static let notesOfPerson = 200
    static let tagsOfPerson = 50
    static let mergeSteps = 64
    /// Customers' requests about their data that are open at once.
    static let requests = 10_000
    /// Characters of a name that people are looked for by, and people who are suggested.
    static let shortestName = 3
    static let suggestions = 5
    /// Unicode scalars of a field that another's database has.
    static let fieldLength = 1_000
    /// Row errors that are told apart; more are only counted.
    static let reportedErrors = 1_000
}
