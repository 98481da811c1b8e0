//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

/// Bounds on what strangers can make the service keep. All are ours; no specification names any.
enum Limits {
    /// Conversations waiting for one department. Far above any line a person would stand in.
    static let lineLength = 10_000
    /// Texts kept of one customer who waits.
    static let waitingTexts = 500
    /// Entries kept of one conversation; the oldest go first.
    static let transcriptEntries = 2_000
    /// External ids remembered for idempotency, over all conversations.
    static let seenMessages = 4_096
    /// Places told at every change; behind them only every `placeStep`th, so that a long line costs little.
    static let placesToldExactly = 10
    static let placeStep = 5
    /// Service starts and finished conversations an estimate looks at.
    static let samples = 50
    /// Starts older than this say nothing about now.
    static let sampleAge: Duration = .seconds(3600)
}
