//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

internal import Logging
internal import Synchronization
internal import XMPPCore
internal import XMPPPayloads
internal import XMPPServer
internal import XMPPStorage

/// Collects acknowledgements of broadcasts and tells the senders, for all loops. All that counts is in the store.
final class AcknowledgementDesk: Sendable {
    /// Broadcasts that are kept; with one more the oldest goes.
    static let kept = 1000
    /// People that a report names of each kind.
    private static let named = 500
    /// How often old broadcasts are looked for.
    private static let rounds: Duration = .seconds(3600)

    private let lifetime: Duration
    private let schedule: Mutex<ReportSchedule>
    private let clock: @Sendable () -> Timestamp
    private let bell = Bell()

    init(_ configuration: AnnouncementsConfiguration, clock: @escaping @Sendable () -> Timestamp) {
        lifetime = configuration.acknowledgementLifetime
        schedule = Mutex(ReportSchedule(delays: configuration.reportDelays))
        self.clock = clock
    }

    // MARK: Inside a write

    /// Writes a broadcast down before it is sent, under another id if its own is taken; returns its number, and the message
    /// with the id it has.
    func open(
        _ message: BroadcastMessage, from address: JID, sender: JID, otherwise spare: String, _ server: ServerCore,
        in context: WriteContext
    ) throws(StorageError) -> (number: Int64, message: BroadcastMessage) {
        let store = BroadcastStore(server.database)
        var message = message
        var broadcast = NewBroadcast(
            address: address.bareString, id: message.stanza.id ?? spare, sender: sender.bareString,
            summary: message.summary, sent: clock().milliseconds)
        do throws(StorageError) {
            return (try store.create(broadcast, limit: Self.kept, in: context), message)
        } catch {
            guard error == .exists else { throw error }
        }
        message = message.with(id: spare)
        broadcast.id = spare
        return (try store.create(broadcast, limit: Self.kept, in: context), message)
    }

    /// Takes note that somebody has read a broadcast; nil if it was not for him.
    func acknowledge(
        _ address: JID, id: String?, by account: JID, _ server: ServerCore, in context: WriteContext
    ) throws(StorageError) -> [BroadcastProgress]? {
        try BroadcastStore(server.database).acknowledge(
            address.bareString, id: id, by: account.bareString, at: clock().milliseconds, in: context)
    }

    // MARK: Reports

    /// Notes what there is to tell, when it is on disk.
    func note(_ progress: [BroadcastProgress]) {
        guard !progress.isEmpty else { return }
        schedule.withLock { schedule in
            for each in progress { schedule.note(each.number, isComplete: each.waiting == 0, now: clock()) }
        }
        bell.ring()
    }

    /// Schedules what was not told before the program ended.
    func load(_ server: ServerCore) async throws {
        let untold = try await BroadcastStore(server.database).untold()
        schedule.withLock { schedule in
            // One that is still on its way has more recipients than it seems.
            for each in untold { schedule.note(each.number, isComplete: false, now: clock()) }
        }
    }

    /// Sends reports when they are due, as long as the server runs.
    func run(_ server: ServerCore) async {
        while !Task.isCancelled {
            await endOld(server)
            let next = schedule.withLock(\.next)
            let wait = next.map { Duration.milliseconds(max(0, $0.milliseconds - clock().milliseconds)) }
            await bell.wait(atMost: min(wait ?? Self.rounds, Self.rounds))
            guard !Task.isCancelled else { return }
            for number in schedule.withLock({ $0.takeDue(now: clock()) }) { await tell(number, server) }
        }
    }

    /// Tells a broadcast's sender how far it has been read.
    private func tell(_ number: Int64, isLast: Bool = false, _ server: ServerCore) async {
        do {
            let store = BroadcastStore(server.database)
            guard let stored = try await store.broadcast(number) else { return schedule.withLock { $0.forget(number) } }
            guard let report = try await report(stored, server), let sender = try? JID(stored.broadcast.sender),
                let address = try? JID(stored.broadcast.address)
            else { return }
            try await store.setTold(stored.read, of: number)
            let text = Self.text(stored, report, isLast: isLast)
            await server.route(
                Stanza(.message, .chat, id: server.makeID(), from: address, to: sender) {
                    XMLElement("body", Namespace.client, text: text)
                    report.element
                })?()
        } catch {
            server.log.error("Who has read a broadcast could not be told", metadata: ["error": "\(error)"])
        }
    }

    /// Ends broadcasts that have been waited for long enough.
    private func endOld(_ server: ServerCore) async {
        do {
            let store = BroadcastStore(server.database)
            let end = clock().milliseconds - lifetime.components.seconds * 1000
            for stored in try await store.sent(before: end) {
                if stored.read < stored.recipients { await tell(stored.number, isLast: true, server) }
                try await store.delete(stored.number)
                schedule.withLock { $0.forget(stored.number) }
            }
        } catch {
            server.log.error("Old broadcasts could not be removed", metadata: ["error": "\(error)"])
        }
    }

    func report(_ stored: StoredBroadcast, _ server: ServerCore) async throws -> Broadcast.Report? {
        let store = BroadcastStore(server.database)
        let read = try await store.recipients(of: stored.number, haveRead: true, limit: Self.named)
        let waiting = try await store.recipients(of: stored.number, haveRead: false, limit: Self.named)
        return Broadcast.Report(
            id: stored.broadcast.id, recipients: stored.recipients, readCount: stored.read,
            readers: read.compactMap { recipient in
                (try? JID(recipient.account)).map {
                    Broadcast.Report.Reader($0, at: Timestamp(milliseconds: recipient.seen ?? 0))
                }
            },
            waiting: waiting.compactMap { try? JID($0.account) })
    }

    /// The report in words.
    static func text(_ stored: StoredBroadcast, _ report: Broadcast.Report, isLast: Bool = false) -> String {
        let left = report.recipients - report.readCount
        var text = "\"\(stored.broadcast.summary)\": read by \(report.readCount) of \(report.recipients)."
        if isLast { text += " This is the last report." }
        if left == 0 { return text + "\nEverybody has read it." }
        text += names("\nRead: ", report.readers.map(\.jid.bareString), of: report.readCount)
        text += names("\nNot yet: ", report.waiting.map(\.bareString), of: left)
        return text
    }

    private static func names(_ start: String, _ names: [String], of count: Int) -> String {
        guard !names.isEmpty else { return "" }
        let rest = count - names.count
        return start + names.joined(separator: ", ") + (rest > 0 ? ", and \(rest) more" : "")
    }
}
