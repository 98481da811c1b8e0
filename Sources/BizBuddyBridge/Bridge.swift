//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

import BizBuddyCore
import BizBuddyRecords
package import BizBuddyStorage
package import Logging
import ServiceLifecycle
import XMPPClient
import XMPPCore
import XMPPTLS

/// The customer service as a component: one task owns everything, commits what has happened, and only then acts.
///
/// Order of every turn: applied, committed together with what has to go out, sent, reported to the server as handled.
/// Whatever breaks in between happens again: the server repeats what was not reported, the outbox what was not taken.
package final class Bridge: Service {
    enum Input: Sendable {
        case connection(ComponentEvent)
        case lookup(ConversationID, RecordLookup)
        case errand(ErrandResult)
        /// The routing hook has answered, or failed.
        case advice(ConversationID, RoutingHook.Outcome)
        /// What was asked before.
        case answer(ConversationID, FAQAnswer)
        /// What the archive holds; nil if it could not be read.
        case archive(ArchiveRequest, [Conversation]?)
        /// The clock has rung for a deadline.
        case tick(Instant)
        case configure(BridgeConfiguration)
        /// Somebody of the company waits for an answer.
        case office(OfficeRequest)
        /// Time to delete what is too old.
        case tidy
        case stop
    }

    /// The store has failed: what is in memory is ahead of it.
    private struct StoreFailed: Error {
        let cause: any Error
    }

    /// The way to the server.
    private struct Stream {
        let connection: ComponentConnection
        /// The session in which what the outbox held has been sent; nil while there is none. Nothing goes out before
        /// that, so nothing overtakes or goes twice.
        var session: Int?

        func send(_ stanzas: [OutgoingStanza]) {
            guard let session else { return }
            connection.send(stanzas, session: session)
        }
    }

    /// Inputs that share a commit at most.
    private static let largestTurn = 256
    private static let waitAfterFailure: Duration = .seconds(2)

    private let configuration: BridgeConfiguration
    let store: ServiceStore
    let clerk: Clerk
    let answers: FAQIndex?
    let logger: Logger
    let mailbox = Mailbox<Input>()
    private let metrics = BridgeMetrics()

    package init(
        configuration: BridgeConfiguration, store: ServiceStore, clerk: Clerk = Clerk(), answers: FAQIndex? = nil,
        logger: Logger
    ) {
        self.configuration = configuration
        self.store = store
        self.clerk = clerk
        self.answers = answers
        self.logger = logger
    }

    /// Works until ``stop()``, cancellation or a graceful shutdown.
    package func run() async throws {
        var configuration = configuration
        try await withGracefulShutdownHandler {
            while !Task.isCancelled {
                do {
                    try await serve(&configuration)
                    return
                } catch let failure as StoreFailed {
                    logger.error("The service's store failed.", metadata: ["error": "\(failure.cause)"])
                    try await Task.sleep(for: Self.waitAfterFailure)
                    mailbox.removeAll { input in
                        switch input {
                        case .connection, .lookup, .errand, .advice, .archive, .answer, .tick, .tidy: true
                        case .configure, .office, .stop: false
                        }
                    }
                }
            }
        } onGracefulShutdown: {
            self.stop()
        }
    }

    /// Says goodbye and ends ``run()``.
    package func stop() {
        mailbox.post(.stop)
    }

    /// Takes a new configuration; the connection's own settings count from the next start.
    package func reload(_ configuration: BridgeConfiguration) {
        do {
            try answers?.reload()
        } catch {
            logger.error("Frequent questions stay as they were.", metadata: ["error": "\(error)"])
        }
        mailbox.post(.configure(configuration))
    }

    // MARK: The owner

    private func serve(_ configuration: inout BridgeConfiguration) async throws {
        var core: BridgeCore
        do {
            core = BridgeCore(configuration, service: try await store.load()) { SecureRandom.hexToken(bytes: 12) }
            core.subscribers = try await store.contactSubscribers()
            core.languages = try await store.subscriberLanguages()
            core.introductions.made = try await store.introductions()
        } catch {
            throw StoreFailed(cause: error)
        }
        let mailbox = mailbox
        let connection = ComponentConnection(settings: configuration.component, logger: logger) {
            mailbox.post(.connection($0))
        }
        var turn = Turn(now: Self.now())
        core.start(&turn)
        logger.info(
            "The customer service is up.",
            metadata: [
                "domain": "\(configuration.component.domain)", "conversations": "\(core.service.conversations.count)",
            ])
        let result = await withDiscardingTaskGroup(returning: Result<Void, any Error>.self) { group in
            group.addTask { await connection.run() }
            group.addTask { await Self.remind(mailbox) }
            defer { group.cancelAll() }
            var stream = Stream(connection: connection)
            do {
                try await self.commit(turn, core, stream)
                self.begin(turn, &group)
                try await self.work(&core, &stream, &group)
                await self.finish(&core, stream)
                return .success(())
            } catch {
                return .failure(error)
            }
        }
        configuration = core.configuration
        try result.get()
    }

    private func work(
        _ core: inout BridgeCore, _ stream: inout Stream, _ group: inout DiscardingTaskGroup
    ) async throws {
        var armed = Instant(milliseconds: .max)
        while true {
            self.arm(core.nextDeadline, &armed, &group)
            var inputs = await mailbox.next()[...]
            if inputs.isEmpty { return }  // cancelled
            while !inputs.isEmpty {
                let part = inputs.prefix(Self.largestTurn)
                inputs = inputs.dropFirst(part.count)
                guard try await self.take(part, &core, &stream, &armed, &group) else { return }
            }
        }
    }

    /// Handles inputs as one turn where nothing forces an earlier end. False when it is time to stop.
    private func take(
        _ inputs: ArraySlice<Input>, _ core: inout BridgeCore, _ stream: inout Stream,
        _ armed: inout Instant, _ group: inout DiscardingTaskGroup
    ) async throws -> Bool {
        var goesOn = true
        var isTidy = true
        var turn = Turn(now: Self.now())
        var handled: [Int: Int] = [:]
        var acknowledged: [String] = []
        var offices: [OfficeRequest] = []
        for input in inputs where goesOn {
            switch input {
            case .connection(.stanza(let stanza, let session)):
                handled[session, default: 0] += 1
                try await receive(stanza, &core, &turn)
            case .connection(.unreadable(_, let session)): handled[session, default: 0] += 1
            case .connection(.acknowledged(let ids)): acknowledged += ids
            case .connection(.connected(let session, let hasAcknowledgements)):
                try await commit(turn, core, stream)
                begin(turn, &group)
                try await acknowledge(acknowledged)
                acknowledged = []
                stream.session = session
                try await resend(core, stream)
                turn = Turn(now: Self.now())
                core.connected(hasAcknowledgements: hasAcknowledgements, &turn)
            case .connection(.disconnected): stream.session = nil
            case .lookup(let conversation, let result):
                turn.now = Self.now()
                core.apply(.lookupFinished(conversation: conversation, result: result), &turn)
            case .advice(let conversation, let outcome):
                turn.now = Self.now()
                core.routed(conversation, outcome, &turn)
            case .errand(let result):
                turn.now = Self.now()
                core.finished(result, &turn)
            case .answer(let conversation, let answer):
                turn.now = Self.now()
                core.apply(.answerFound(conversation: conversation, answer: answer), &turn)
            case .archive(let request, let conversations):
                turn.now = Self.now()
                core.archived(request, conversations, &turn)
            case .tick(let deadline):
                // An earlier deadline may have been set since: only the last setting is wound up again.
                if deadline == armed { armed = Instant(milliseconds: .max) }
                turn.now = Self.now()
                core.tick(&turn)
            case .configure(let configuration): core.configure(configuration, &turn)
            case .office(let request): offices.append(request)
            case .tidy: isTidy = false
            case .stop: goesOn = false
            }
        }
        try await commit(turn, core, stream)
        begin(turn, &group)
        for (session, count) in handled { stream.connection.handled(count, session: session) }
        try await acknowledge(acknowledged)
        for request in offices {
            try await attend(request, &core, &group) { turn, core, isSnapshot in
                try await commit(turn, core, stream)
                guard isSnapshot else { return }
                do {
                    _ = try await store.commit(ServiceChange(snapshot: core.service))
                } catch {
                    throw StoreFailed(cause: error)
                }
            }
        }
        if !isTidy { try await tidy(core, &group) }
        metrics.record(
            open: core.service.conversations.count,
            waiting: core.service.waitingCount)
        return goesOn
    }

    /// Deletes what is too old, beside the queue. A snapshot comes first: the log's events hold what was said.
    private func tidy(_ core: BridgeCore, _ group: inout DiscardingTaskGroup) async throws {
        let policy = core.configuration.privacy.retention
        guard !policy.isEmpty else { return }
        do {
            _ = try await store.commit(ServiceChange(snapshot: core.service))
        } catch {
            throw StoreFailed(cause: error)
        }
        group.addTask { [clerk, store, logger] in
            do {
                try await clerk.tidy(policy, store, at: Self.now())
            } catch {
                logger.error("What is too old could not be deleted.", metadata: ["error": "\(error)"])
            }
        }
    }

    /// Handles a stanza unless it is a repetition of one that was handled before.
    private func receive(_ stanza: Stanza, _ core: inout BridgeCore, _ turn: inout Turn) async throws {
        if let id = core.stanzaID(of: stanza) {
            do {
                guard !turn.processed.contains(id), try await !store.isProcessed(id) else { return }
            } catch {
                throw StoreFailed(cause: error)
            }
            turn.processed.append(id)
        }
        turn.now = Self.now()
        core.receive(stanza, &turn)
    }

    /// Writes a turn down and then sends what it says.
    private func commit(_ turn: Turn, _ core: BridgeCore, _ stream: Stream) async throws {
        let rows = turn.outgoing.compactMap { outgoing in
            outgoing.row.map { row in
                OutgoingRow(
                    id: row, recipient: outgoing.stanza.to?.description ?? "", payload: outgoing.stanza.xmlBytes,
                    at: outgoing.at)
            }
        }
        do {
            for change in turn.subscriptions {
                try await store.setContactSubscriber(
                    change.subscriber, of: change.contact, isSubscribed: change.isSubscribed, language: change.language)
            }
            for (customer, way) in turn.introductions {
                try await store.setIntroduced(customer, by: way, at: turn.now)
            }
            if !turn.commands.isEmpty || !turn.consents.isEmpty || !turn.processed.isEmpty || !rows.isEmpty {
                _ = try await store.commit(
                    ServiceChange(
                        events: turn.commands.map { RecordedCommand($0.command, at: $0.at) },
                        processedStanzaIDs: turn.processed, outgoing: rows, closed: turn.closed,
                        facts: turn.facts, consents: turn.consents,
                        snapshot: store.isSnapshotDue(of: core.service) ? core.service : nil))
            }
        } catch {
            throw StoreFailed(cause: error)
        }
        metrics.record(turn, serviceLevel: core.configuration.serviceLevel)
        stream.send(turn.outgoing.map { OutgoingStanza($0.stanza, tag: $0.row) })
    }

    /// Sends again what the server has not taken over, and drops what nobody needs any more.
    private func resend(_ core: BridgeCore, _ stream: Stream) async throws {
        let rows: [OutgoingRow]
        do {
            rows = try await store.outbox()
        } catch {
            throw StoreFailed(cause: error)
        }
        var stanzas: [OutgoingStanza] = []
        var useless: [String] = []
        for row in rows {
            do {
                if let stanza = core.repetition(of: try Stanza(stored: row.payload), row: row) {
                    stanzas.append(OutgoingStanza(stanza, tag: row.id))
                } else {
                    useless.append(row.id)
                }
            } catch {
                logger.error(
                    "A stored message cannot be read and is dropped.",
                    metadata: ["id": "\(row.id)", "to": "\(row.recipient)", "error": "\(error)"])
                useless.append(row.id)
            }
        }
        stream.send(stanzas)
        try await acknowledge(useless)
    }

    /// Removes from the outbox what need not be sent again.
    private func acknowledge(_ rows: [String]) async throws {
        do {
            try await store.acknowledge(rows)
        } catch {
            throw StoreFailed(cause: error)
        }
    }

    /// Sets the clock to the next deadline, unless it rings before that anyway.
    private func arm(_ deadline: Instant?, _ armed: inout Instant, _ group: inout DiscardingTaskGroup) {
        guard let deadline, deadline < armed else { return }
        armed = deadline
        let pause = Duration.milliseconds(deadline.milliseconds(since: Self.now()))
        group.addTask { [mailbox] in
            guard (try? await Task.sleep(for: pause)) != nil else { return }
            mailbox.post(.tick(deadline))
        }
    }

    /// Says goodbye, and leaves the store so that the next start has nothing to replay.
    private func finish(_ core: inout BridgeCore, _ stream: Stream) async {
        var turn = Turn(now: Self.now())
        core.closeRooms(&turn)
        core.withdrawContacts(&turn)
        do {
            try await commit(turn, core, stream)
            await stream.connection.stop()
            for input in mailbox.takeAll() {
                switch input {
                case .connection(.acknowledged(let rows)): try await acknowledge(rows)
                case .office(let request): request.reply(.failure(OfficeRefusal("The customer service stops.")))
                default: break
                }
            }
            _ = try await store.commit(ServiceChange(snapshot: core.service))
        } catch {
            logger.error("The service's store could not be tidied up.", metadata: ["error": "\(error)"])
            await stream.connection.stop()
        }
        logger.info("The customer service has stopped.")
    }

    /// Between two looks at what is too old.
    private static let tidyInterval: Duration = .seconds(3600)

    private static func remind(_ mailbox: Mailbox<Input>) async {
        repeat { mailbox.post(.tidy) } while (try? await Task.sleep(for: tidyInterval)) != nil
    }

    static func now() -> Instant { Instant(milliseconds: Timestamp.now().milliseconds) }
}
