//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

internal import GRDB

/// What the operations of a transaction add up to and what is written once, at its end: how much archives hold, and how
/// many stanzas sessions have handled. Beside that the numbers of archives, which transactions leave as they are.
///
/// Belongs to the writer's thread.
final class TransactionLedger {
    private struct Addition {
        var messages = 0
        var bytes = 0
    }

    private struct Sums {
        /// By the archive's number.
        var additions: [Int64: Addition] = [:]
        /// By the session's key.
        var handled: [Int64: UInt32] = [:]

        var isEmpty: Bool { additions.isEmpty && handled.isEmpty }
    }

    private enum Step {
        case added(archive: Int64, bytes: Int)
        case handled(session: Int64, before: UInt32?)
        /// The sums of the operations before were written by this one.
        case settled(Sums)
        case learned(account: String)
    }

    private var sums = Sums()
    /// What the running operation has done here, to be undone if it fails.
    private var steps: [Step] = []
    private var numbers: [String: Int64] = [:]
    /// Moves when anybody else has written to the file.
    private var dataVersion: Int64?

    /// Archives whose numbers are remembered.
    private static let rememberedArchives = 65_536

    // MARK: For operations

    /// The number of an account's archive, which is made if there is none yet; nil if there is no such account.
    func archive(of account: String, in database: Database) throws -> Int64? {
        if let number = numbers[account] { return number }
        let row =
            try database.row("SELECT number FROM archive WHERE account = ?", [account])
            ?? database.row(
                "INSERT INTO archive (account) SELECT jid FROM account WHERE jid = ? RETURNING number", [account])
        guard let number: Int64 = try row?.value("number") else { return nil }
        if numbers.count >= Self.rememberedArchives { numbers.removeAll(keepingCapacity: true) }
        numbers[account] = number
        steps.append(.learned(account: account))
        return number
    }

    /// The account's archive is no longer its own.
    func forget(_ account: String) { numbers[account] = nil }

    /// An archive holds one message more.
    func add(_ bytes: Int, to archive: Int64) {
        sums.additions[archive, default: Addition()].messages += 1
        sums.additions[archive, default: Addition()].bytes += bytes
        steps.append(.added(archive: archive, bytes: bytes))
    }

    /// A session has handled so many stanzas; nil if its row says so already.
    func setHandled(_ count: UInt32?, of session: Int64) {
        let before = sums.handled[session]
        sums.handled[session] = count
        steps.append(.handled(session: session, before: before))
    }

    /// Writes the sums now: whoever reads or writes the same rows comes after that.
    func settle(_ database: Database) throws {
        guard !sums.isEmpty else { return }
        for (archive, addition) in sums.additions {
            try database.run(
                "UPDATE archive SET messages = messages + ?, bytes = bytes + ? WHERE number = ?",
                [addition.messages, addition.bytes, archive])
        }
        for (session, count) in sums.handled {
            try database.run("UPDATE sm_counter SET handled = ? WHERE session = ?", [count, session])
        }
        steps.append(.settled(sums))
        sums = Sums()
    }

    // MARK: For the writer

    /// A transaction has begun.
    func begin(_ database: Database) throws {
        let version: Int64? = try database.row("PRAGMA data_version")?.value("data_version")
        if version != dataVersion {
            numbers = [:]
            dataVersion = version
        }
    }

    func beginOperation() { steps.removeAll(keepingCapacity: true) }

    /// Whether the operation has changed anything that counts.
    var hasChanged: Bool {
        steps.contains { step in
            if case .learned = step { false } else { true }
        }
    }

    /// The operation's changes were undone in the database.
    func undoOperation() {
        for step in steps.reversed() {
            switch step {
            case .added(let archive, let bytes):
                guard var addition = sums.additions[archive] else { continue }
                addition.messages -= 1
                addition.bytes -= bytes
                sums.additions[archive] = addition.messages == 0 ? nil : addition
            case .handled(let session, let before): sums.handled[session] = before
            case .settled(let before): sums = before
            case .learned(let account): numbers[account] = nil
            }
        }
        steps = []
    }

    /// The transaction was undone.
    func reset() {
        sums = Sums()
        steps = []
        numbers = [:]
    }
}
