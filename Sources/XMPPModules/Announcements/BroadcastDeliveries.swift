//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

internal import Logging
internal import Synchronization
internal import XMPPCore
internal import XMPPServer
internal import XMPPStorage
internal import XMPPXML

/// Takes broadcasts that have been accepted to their recipients, a step at a time: those who are online have it at once,
/// the others when they come. Each step is written with how far the broadcast has got; what is not done when the process
/// ends is done after its next start.
final class BroadcastDeliveries: Sendable {
    private struct State {
        /// Those that somebody is at.
        var running: Set<Int64> = []
        var isStopping = false
    }

    private let desk: AcknowledgementDesk
    private let state = Mutex(State())
    private let bell = Bell()

    /// Recipients of a step, and bytes that may be written in it: neither the writer nor memory belong to one broadcast.
    private static let recipients = 100
    private static let bytes = 1_000_000
    /// After which what has failed is tried again.
    private static let patience: Duration = .seconds(30)

    init(_ desk: AcknowledgementDesk) {
        self.desk = desk
    }

    /// Delivers what was left undone by the last process or has failed, as long as the server runs.
    func run(_ server: ServerCore) async {
        while !Task.isCancelled {
            let isDone = await deliverAll(server)
            await bell.wait(atMost: isDone ? nil : Self.patience)
        }
        state.withLock { $0.isStopping = true }
    }

    /// Takes a broadcast to all who have not had it, unless somebody is at that already.
    func deliver(_ number: Int64, _ server: ServerCore) async {
        if await !attempt(number, server) { bell.ring() }
    }

    /// False if something has to be tried again.
    private func deliverAll(_ server: ServerCore) async -> Bool {
        var isDone = true
        do {
            for number in try await BroadcastJobStore(server.database).numbers() where !Task.isCancelled {
                if await !attempt(number, server) { isDone = false }
            }
        } catch {
            server.log.error("Broadcasts could not be read", metadata: ["error": "\(error)"])
            return false
        }
        return isDone
    }

    private func attempt(_ number: Int64, _ server: ServerCore) async -> Bool {
        guard state.withLock({ $0.running.insert(number).inserted }) else { return true }
        defer { state.withLock { _ = $0.running.remove(number) } }
        do {
            let job = try await BroadcastJobStore(server.database).job(number)
            if let job { try await deliver(job, server) }
            return true
        } catch {
            server.log.error("A broadcast goes on later", metadata: ["error": "\(error)"])
            return false
        }
    }

    private func deliver(_ job: BroadcastJob, _ server: ServerCore) async throws {
        let message = try Stanza(XMLElement(parsing: job.content.stanza))
        let count = max(1, min(Self.recipients, Self.bytes / max(1, job.content.stanza.utf8.count)))
        let named = job.content.hosts.isEmpty ? [] : Set(job.content.accounts)
        var position = job.position
        while !state.withLock(\.isStopping) {
            let (next, accounts) = try await step(of: job.content, from: position, count: count, server)
            let recipients =
                accounts
                .filter { account in
                    account != job.content.sender && (position.accounts < next.accounts || !named.contains(account))
                }
                .compactMap { try? JID($0) }
            let isLast = next.accounts == job.content.accounts.count && next.hosts == job.content.hosts.count
            let progress = WriteOutcome<BroadcastProgress>()
            let copies = recipients.map { recipient in
                var copy = message
                copy.to = recipient
                return copy
            }
            try await server.route(copies: copies, isKept: job.content.isKept) { context in
                try Self.note(job, recipients, at: isLast ? nil : next, progress, server, in: context)
            }
            if isLast {
                // Whoever has read it before it was with everybody has been counted as one of more.
                if let done = progress.value, done.waiting == 0 { desk.note([done]) }
                return
            }
            position = next
        }
    }

    /// The next recipients after a position, and the position after them.
    private func step(
        of job: NewBroadcastJob, from position: BroadcastJob.Position, count: Int, _ server: ServerCore
    ) async throws -> (BroadcastJob.Position, [String]) {
        var position = position
        if position.accounts < job.accounts.count {
            let accounts = job.accounts[position.accounts...].prefix(count)
            position.accounts += accounts.count
            return (position, Array(accounts))
        }
        guard position.hosts < job.hosts.count else { return (position, []) }
        let accounts = try await server.accountStore.list(
            host: job.hosts[position.hosts], after: position.last, limit: count
        ).map(\.account)
        if let last = accounts.last, accounts.count == count {
            position.last = last
        } else {
            position.hosts += 1
            position.last = ""
        }
        return (position, accounts)
    }

    /// On the writer's thread: how far it has got, nil if it is through.
    private static func note(
        _ job: BroadcastJob, _ recipients: [JID], at position: BroadcastJob.Position?,
        _ progress: WriteOutcome<BroadcastProgress>, _ server: ServerCore, in context: WriteContext
    ) throws {
        let jobs = BroadcastJobStore(server.database)
        let broadcasts = BroadcastStore(server.database)
        if let broadcast = job.content.broadcast {
            let listed = recipients.map { (account: $0.bareString, isLocal: server.isHost($0.domain)) }
            try broadcasts.add(listed, to: broadcast, in: context)
        }
        if let position { return try jobs.advance(job.number, to: position, in: context) }
        try jobs.remove(job.number, in: context)
        if let broadcast = job.content.broadcast, let done = try broadcasts.progress(of: broadcast, in: context) {
            progress.store(done)
        }
    }
}
