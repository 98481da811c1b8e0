//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

/// Bounds on what strangers can make the service keep. All are ours; no specification names any.
enum Limits {
    /// Conversations waiting for one department. Far above any line a person would stand in.
    static let lineLength = 50_000
    /// Texts kept of one customer who waits.
    static let waitingTexts = 500
    /// Entries kept of one conversation; the oldest go first.
    static let transcriptEntries = 2_000
    /// External ids remembered for idempotency, over all conversations.
    static let seenMessages = 4_096
    /// Places told at every change.
    static let placesToldExactly = 10
    /// Places behind them that are told when they are reached, so that a long line costs little.
    static let milestones =
        Array(1...placesToldExactly) + [15, 20, 25, 30, 40, 50, 60, 80, 100, 150, 200, 300, 500]
        + [750, 1_000, 1_500, 2_000, 3_000, 5_000, 7_500]
    /// Least milliseconds between two tellings of a place that is not exact.
    static let placeInterval: Int64 = 15_000
    /// Customers whose last agent is remembered.
    static let recentCustomers = 20_000
    /// For how long a declined offer speaks against asking an agent again, in milliseconds, and how many are counted.
    static let declineAge: Int64 = 600_000
    static let declines = 20
    /// Staff in one conversation beside its agent.
    static let companions = 8
    /// Customers who may not write.
    static let blocks = 10_000
    /// Customers whose lately written texts are counted.
    static let flows = 20_000
    /// Customers who asked for alerts, alerts that wait for the end of quiet hours, surveys that are not answered.
    static let subscribers = 50_000
    static let wishes = 50_000
    static let heldAlerts = 50
    static let surveys = 20_000
    /// Languages in which a contact's presence is told, each in a line of it.
    static let languages = 12
    /// Bytes of a text that may be a command of a customer's.
    static let command = 100
    /// Below every priority that a configuration can give: messages are answered when nobody waits.
    static let messagePriority = -1_000_000
    /// Service starts and finished conversations an estimate looks at.
    static let samples = 50
    /// Starts older than this say nothing about now.
    static let sampleAge: Duration = .seconds(3600)
}
