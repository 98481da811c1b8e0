//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

internal import Logging
internal import Synchronization
internal import XMPPCore
internal import XMPPStorage

/// A message on its way into the offline store that was recorded for somebody who has gone meanwhile, or is being given
/// what waits: it goes by the writer, so all for its account stays in the order of the archive (decision 0014). What
/// has a row already goes behind those that haven't.
final class Detour: Sendable {
    private struct State {
        var isOver = false
        var waiter: CheckedContinuation<Void, Never>?
    }

    private let server: ServerCore
    private let recording: Recording
    private let recorded: Recorded
    private let state = Mutex(State())
    private let deadline = ContinuousClock.now + patience
    /// How long a failing store is asked again.
    private static let patience = Duration.seconds(10)
    private static let pause = Duration.milliseconds(100)

    init(_ server: ServerCore, _ recording: Recording, _ recorded: Recorded) {
        self.server = server
        self.recording = recording
        self.recorded = recorded
    }

    /// To be called on the writer's thread.
    func begin() {
        server.detours.begin(recording.to.bareString, at: position)
        submit()
    }

    /// Where the message will stand in the offline store.
    private var position: Int64 { recorded.recipientsID?.clock ?? recording.arrived * 1000 }

    /// Returns when the message is kept, or will not be.
    func end() async {
        await withCheckedContinuation { continuation in
            let isOver = state.withLock { state in
                if !state.isOver { state.waiter = continuation }
                return state.isOver
            }
            if isOver { continuation.resume() }
        }
    }

    private func submit() {
        let account = recording.to.bareString
        if let row = recorded.row {
            return server.database.submit { _ in
            } completion: { _ in
                self.take(.success(()), row)
            }
        }
        let content =
            recorded.recipientsID.map { NewOfflineStanza.Content.archived($0) }
            ?? .stanza(String(decoding: recording.stanza.xmlBytes, as: UTF8.self))
        let stanza = NewOfflineStanza(account: account, content: content, stamp: recording.arrived)
        let box = RowBox()
        server.database.submit(bytes: 256) { [server] context in
            guard try server.accountStore.account(account, in: context) != nil else { throw StorageError.notFound }
            box.row.store(try server.offline.append(stanza, in: context), ordering: .relaxed)
        } completion: { result in
            self.take(result, box.row.load(ordering: .relaxed))
        }
    }

    private final class RowBox: Sendable {
        let row = Atomic<Int64>(0)
    }

    private func take(_ result: Result<Void, StorageError>, _ row: Int64) {
        switch result {
        case .success:
            // Before somebody is told to look for it.
            server.detours.end(recording.to.bareString, at: position)
            server.keep(recording, recorded, row: row)
            wake()
        case .failure(.notFound), .failure(.quotaExceeded): refuse(.serviceUnavailable)
        case .failure(let error):
            guard error != .closed, ContinuousClock.now < deadline else {
                server.log.error("A message could not be kept for delivery", metadata: ["error": "\(error)"])
                return refuse(.resourceConstraint)
            }
            // Not on the writer's thread, which has others to serve.
            server.background {
                try? await Task.sleep(for: Self.pause)
                self.submit()
            }
        }
    }

    /// What the archive holds is not lost: whoever reads that finds it there.
    private func refuse(_ condition: StanzaError.Condition) {
        if recorded.recipientsID == nil {
            let (server, recording) = (server, recording)
            server.background { await server.bounce(recording.stanza, StanzaError(condition))?() }
        }
        server.detours.end(recording.to.bareString, at: position)
        // What stands behind it has waited for it.
        server.lookAgain(recording.to)
        wake()
    }

    private func wake() {
        let waiter = state.withLock { state in
            state.isOver = true
            return state.waiter.take()
        }
        waiter?.resume()
    }
}
