//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

internal import Logging
internal import Synchronization
package import XMPPCore
package import XMPPStorage

// Copies of one message for many.
extension ServerCore {
    /// Takes copies of a message to their addressees, those that are recorded in one write and `also` what the caller has
    /// to write with them. Returns when all are delivered or kept. With `isKept` false those who are not there now miss it.
    ///
    /// What is in no archive is delivered before the write: if that fails, or the process ends before it, it comes again.
    /// Everything else comes once.
    ///
    /// - Throws: if nothing of it is written.
    package func route(
        copies: [Stanza], isKept: Bool, also: @escaping @Sendable (WriteContext) throws -> Void
    ) async throws {
        var recordings: [Recording] = []
        for copy in copies {
            guard let to = copy.to else { continue }
            guard isHost(to.domain), tables.addresses[to.bareString] == nil else {
                await route(copy)?()
                continue
            }
            guard isKept || accounts.online(to)?.takesMessages == true else { continue }
            let parties = MessageParties(recipient: try await profiles.look(to, server: self))
            if let recording = await recording(of: copy, to: to, parties) { recordings.append(recording) }
        }
        let planned = recordings
        // They are serialised one at a time while they are written: what waits for the writer is their common content.
        let results = Mutex<[Result<Recorded, StorageError>]>([])
        let finishes: Result<[StanzaPump.Finish], StorageError> = await withCheckedContinuation { continuation in
            database.submit(bytes: recordings.count * MemoryLayout<Recording>.stride) { [self] context in
                let written = try planned.map { try result(of: $0, in: context) }
                try also(context)
                results.withLock { $0 = written }
            } completion: { [self] result in
                // In the order of the archive with whatever else is written.
                continuation.resume(
                    returning: result.map {
                        zip(planned, results.withLock { $0 }).map { committed($0, $1) }
                    })
            }
        }
        for finish in try finishes.get() { await finish()?() }
        var full = 0
        for case .failure(.quotaExceeded) in results.withLock({ $0 }) { full += 1 }
        if full > 0 {
            log.warning("A message for many did not fit in full mailboxes", metadata: ["accounts": "\(full)"])
        }
    }

    /// What is to be written of a copy; nil if it has been delivered, or is for nobody.
    private func recording(of copy: Stanza, to: JID, _ parties: MessageParties) async -> Recording? {
        while true {
            let account = accounts.online(to)
            switch plan(for: copy, to: to, from: nil, account: account, parties) {
            case .record(let recording): return recording
            case .deliver(let targets):
                // Nobody is told of accounts that are not there, or want nothing from the sender.
                guard let profile = parties.recipient, profile.exists, !refuses(copy, to: to, profile) else {
                    return nil
                }
                await routeUnrecorded(copy, to: to, from: nil, account: account, parties, targets)?()
                return nil
            case .waitForRedelivery: await redeliveries.wait(to.bareString)
            }
        }
    }

    /// On the writer's thread. What concerns one addressee alone is no failure of all.
    private func result(of recording: Recording, in context: WriteContext) throws -> Result<Recorded, StorageError> {
        let text = String(decoding: recording.stanza.xmlBytes, as: UTF8.self)
        do {
            return .success(try write(recording, text, in: context))
        } catch StorageError.notFound {
            return .failure(.notFound)
        } catch StorageError.quotaExceeded {
            return .failure(.quotaExceeded)
        }
    }
}
