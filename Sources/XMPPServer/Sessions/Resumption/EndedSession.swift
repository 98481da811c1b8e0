//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

internal import Logging
internal import NIOCore
internal import Synchronization
internal import XMPPCore

/// What is left of a session that has ended: it sees to what had not arrived, and to what still comes.
final class EndedSession: LinkedSession {
    private let server: ServerCore
    /// What came after the end; nil once nothing more is expected.
    private var late: [OutboundQueue.Entry]? = []

    init(_ server: ServerCore) {
        self.server = server
    }

    func deliver(_ entry: OutboundQueue.Entry) {
        guard !entry.isStored else { return }
        if late != nil {
            late?.append(entry)
        } else {
            server.background { [server] in await server.redeliver(entry) }
        }
    }

    /// It never will be.
    func afterTaken(_ body: @escaping @Sendable () -> Void) {}

    func close(_ error: StreamError?) {}

    func handOver(_ request: HandOver) { request.answer(.gone) }

    /// What has come since the last call; after an empty answer no more is collected.
    private func takeLate() -> [OutboundQueue.Entry] {
        let taken = late ?? []
        late = taken.isEmpty ? nil : []
        return taken
    }

    /// Takes the place of a session, tells everybody that it has ended, and gives away what had not arrived: `lost`, and
    /// behind it what comes late (XEP-0198 §5). What of it lies on disk does so under `key`.
    func take(
        _ handle: SessionHandle, on resources: LoopResources, lost: [(ordinal: Int64, slot: OutboundQueue.Slot)],
        of key: Int64? = nil, directed: Set<JID>,
        then finish: @escaping Deferred = {}
    ) {
        late = handle.link.move(to: self, on: resources)
        let bound = NIOLoopBound(self, eventLoop: resources.loop)
        let account = handle.jid.bareString
        server.redeliveries.begin(account)
        server.background(on: resources) { [server] in
            await server.sessionEnded(handle, directed: directed)?()
            let isComplete = await server.redeliver(lost, of: key)
            // Whoever had found the session before it left its account has handed over by then what he had for it.
            for loop in server.loops.withLock({ $0 }) { try? await loop.submit {}.get() }
            while let more = try? await resources.loop.submit({ bound.value.takeLate() }).get(), !more.isEmpty {
                for entry in more { await server.redeliver(entry) }
            }
            server.redeliveries.end(account)
            // What could not be read is still there for the next start.
            if isComplete { await finish() }
        }
    }
}

extension ServerCore {
    /// Gives away, in order, what a session had not taken; false if the disk could not be read.
    fileprivate func redeliver(_ lost: [(ordinal: Int64, slot: OutboundQueue.Slot)], of key: Int64?) async -> Bool {
        var page = OutboundQueue.Page(entries: [], through: .min)
        for (ordinal, slot) in lost {
            switch slot {
            case .entry(let entry):
                if !entry.isStored { await redeliver(entry) }
            case .spilled:
                guard let key else { continue }
                do {
                    if let through = page.through, through < ordinal {
                        page = try await queuePage(of: key, from: ordinal)
                    }
                } catch {
                    log.error("A queue could not be read", metadata: ["error": "\(error)"])
                    return false
                }
                guard let entry = page.entries.first(where: { $0.ordinal == ordinal })?.entry else { continue }
                await redeliver(entry)
            }
        }
        return true
    }
}
