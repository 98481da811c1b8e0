//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

internal import CoreMetrics
internal import Logging
internal import Synchronization
internal import XMPPCore
internal import XMPPStorage

/// A message that is to be kept for an account, wherever it is now.
enum KeptMessage: Sendable {
    case message(Stanza, ArchiveID?, arrived: Int64)
    /// In the account's archive.
    case archived(ArchiveID, arrived: Int64)
    /// In the session's own queue on disk, at this place.
    case stored(Int64)
}

/// What one session has left on its way into the offline store, and the session's end with it.
final class Redelivery: Sendable {
    /// Messages in one operation: others have their turn in between.
    private static let chunk = 1000
    /// How long a failing store is asked again. Then what the archive holds is left there, senders of the rest hear of it,
    /// and the session comes back with its queue at the next start if it could have been resumed.
    private static let patience = Duration.seconds(10)
    private static let pause = Duration.milliseconds(100)
    /// How long the end of a session is remembered, in milliseconds: two days (XEP-0198 §5 asks for any time).
    private static let memoryOfEnded: Int64 = 172_800_000

    /// What came of a write.
    private struct Outcome {
        var last: Int64 = 0
        var count = 0
        /// There is no such account, or no room.
        var refused: [Stanza] = []
        /// Of what lay in the session's own queue.
        var passing: [Stanza] = []
    }

    private struct State {
        var outcomes: [Int: Outcome] = [:]
        /// The first chunk that could not be written: none goes before it.
        var failed: Int?
        /// Chunks that the writer has answered, or refused at once.
        var answered = 0
    }

    private let server: ServerCore
    private let jid: JID
    private let end: Legacy.End?
    private let arrivedRows: [Int64]
    private let chunks: [ArraySlice<KeptMessage>]
    private let completion: @Sendable () -> Void
    private let state = Mutex(State())

    init(
        _ server: ServerCore, of jid: JID, _ kept: [KeptMessage], _ legacy: Legacy,
        _ completion: @escaping @Sendable () -> Void
    ) {
        self.server = server
        self.jid = jid
        end = legacy.end
        arrivedRows = legacy.arrivedRows
        self.completion = completion
        var chunks = stride(from: 0, to: kept.count, by: Self.chunk).map {
            kept[$0..<min($0 + Self.chunk, kept.count)]
        }
        if chunks.isEmpty { chunks = [[]] }
        self.chunks = chunks
    }

    /// Hands everything to the writer.
    func begin() {
        server.backgroundTasks.begin()
        for index in chunks.indices {
            submit(index) { result in
                self.take(result, of: index)
                let isLast = self.state.withLock { state in
                    state.answered += 1
                    return state.answered == self.chunks.count
                }
                guard isLast else { return }
                guard let failed = self.state.withLock({ $0.failed }) else { return self.finish() }
                // Not on the writer's thread, which has others to serve.
                self.server.background { await self.goOn(from: failed) }
            }
        }
    }

    private func goOn(from first: Int) async {
        let deadline = ContinuousClock.now + Self.patience
        var next = first
        while next < chunks.count, ContinuousClock.now < deadline {
            try? await Task.sleep(for: Self.pause)
            state.withLock { $0.failed = nil }
            let index = next
            let result = await withCheckedContinuation { continuation in
                submit(index) { continuation.resume(returning: $0) }
            }
            take(result, of: index)
            if case .success = result { next += 1 }
            if case .failure(.closed) = result { break }
        }
        if next < chunks.count { giveUp(from: next) }
        finish()
    }

    private func finish() {
        completion()
        server.backgroundTasks.finish()
    }

    // MARK: Writing

    private func submit(_ index: Int, _ completion: @escaping @Sendable (Result<Void, StorageError>) -> Void) {
        let bytes = chunks[index].reduce(0) { sum, message in
            if case .message(let stanza, nil, _) = message { sum + stanza.content.tree.memorySize } else { sum + 64 }
        }
        server.database.submit(bytes: bytes) { [self] context in
            guard state.withLock({ $0.failed == nil }) else { throw StorageError.cancelled }
            do {
                let outcome = try write(index, in: context)
                state.withLock { $0.outcomes[index] = outcome }
            } catch {
                state.withLock { $0.failed = min($0.failed ?? index, index) }
                throw error
            }
        } completion: {
            completion($0)
        }
    }

    /// On the writer's thread.
    private func write(_ index: Int, in context: WriteContext) throws -> Outcome {
        var outcome = Outcome()
        let account = jid.bareString
        let exists = chunks[index].isEmpty ? false : try server.accountStore.account(account, in: context) != nil
        if index == 0 { try server.offline.delete(account, arrivedRows, in: context) }
        for message in chunks[index] {
            let content: NewOfflineStanza.Content
            let stamp: Int64
            var stanza: Stanza?
            switch message {
            case .message(let message, let id, let arrived):
                content = id.map { .archived($0) } ?? .stanza(String(decoding: message.xmlBytes, as: UTF8.self))
                stanza = message
                stamp = arrived
            case .archived(let id, let arrived):
                content = .archived(id)
                stamp = arrived
            case .stored(let ordinal):
                guard let key = end?.key, let row = try server.sessions.entry(at: ordinal, of: key, in: context),
                    let message = try? row.entry().original
                else { continue }
                switch server.fate(of: message) {
                case .kept: break
                case .refused:
                    outcome.refused.append(message)
                    continue
                case .passing:
                    outcome.passing.append(message)
                    continue
                case .forgotten: continue
                }
                content = .stanza(String(decoding: message.xmlBytes, as: UTF8.self))
                stanza = message
                stamp = row.arrived
            }
            guard exists else {
                if let stanza { outcome.refused.append(stanza) }
                continue
            }
            do throws(StorageError) {
                let row = NewOfflineStanza(account: account, content: content, stamp: stamp, isLeft: true)
                outcome.last = try server.offline.append(row, in: context)
                outcome.count += 1
            } catch {
                guard error == .quotaExceeded else { throw error }
                // What is in the archive is not lost.
                if let stanza, case .stanza = content { outcome.refused.append(stanza) }
            }
        }
        if let end, index == chunks.count - 1 {
            let now = Timestamp.now().milliseconds
            try server.sessions.end(
                end.key, id: end.id, account: account, handled: end.handled, ended: now, in: context)
            try server.sessions.forgetEnded(before: now - Self.memoryOfEnded, in: context)
        }
        return outcome
    }

    // MARK: What follows

    private func take(_ result: Result<Void, StorageError>, of index: Int) {
        if case .failure(let error) = result {
            state.withLock { $0.failed = min($0.failed ?? index, index) }
            server.log.error("What a session has left could not be written", metadata: ["error": "\(error)"])
            return
        }
        guard let outcome = state.withLock({ $0.outcomes.removeValue(forKey: index) }) else { return }
        refuse(outcome.refused)
        pass(outcome.passing)
        guard outcome.count > 0 else { return }
        server.metrics.offlineStored.increment(by: Int64(outcome.count))
        server.offlineRows.commit(outcome.last)
        if !server.tables.messageObservers.isEmpty {
            for case .message(let stanza, let id, _) in chunks[index] {
                server.observe(stanza, to: jid.bare, archiveID: id)
            }
        }
        server.accounts.online(jid)?.noteOfflineRow()
        // Whoever takes messages has these before anything that is written after them.
        guard let account = server.accounts.online(jid), account.takesMessages, let reading = account.beginOffline()
        else { return }
        server.background { [server] in await server.deliverOffline(reading, of: account) }
    }

    private func refuse(_ stanzas: [Stanza]) {
        guard !stanzas.isEmpty else { return }
        server.background { [server] in
            for stanza in stanzas { await server.bounce(stanza, StanzaError(.serviceUnavailable))?() }
        }
    }

    private func pass(_ stanzas: [Stanza]) {
        guard !stanzas.isEmpty, let account = server.accounts.online(jid),
            let others = account.targets(inTurn: false, except: jid)
        else { return }
        for stanza in stanzas { server.deliver(stanza, to: others, of: account, archiveID: nil) }
    }

    private func giveUp(from first: Int) {
        server.log.error("What a session has left is not kept", metadata: ["account": "\(jid.bareString)"])
        var lost: [Stanza] = []
        for chunk in chunks[first...] {
            for case .message(let stanza, nil, _) in chunk { lost.append(stanza) }
        }
        let refused = lost
        server.background { [server] in
            for stanza in refused { await server.bounce(stanza, StanzaError(.resourceConstraint))?() }
        }
    }
}
