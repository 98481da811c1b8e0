//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

internal import CUnbound
internal import DequeModule
internal import NIOCore
internal import Synchronization

/// The questions of an ``UnboundResolver``: those at libunbound, those that wait for their turn, and the thread that
/// takes the answers.
///
/// Each question ends once: with its answer, at its deadline, by cancellation or by the end of the resolver. What comes
/// afterwards finds no question any more.
final class UnboundQueries: Sendable {
    typealias Continuation = CheckedContinuation<DNSResponse, any Error>

    /// Records taken of one answer: no honest domain has as many.
    static let maximumRecords = 64

    private struct Query {
        let name: String
        let type: DNSType
        let continuation: Continuation
        /// libunbound's number of the question, once it has it.
        var handle: Int32?
        /// What libunbound gives back with the answer.
        var ticket: Unmanaged<UnboundTicket>?
    }

    private struct State {
        var lastID: UInt64 = 0
        var queries: [UInt64: Query] = [:]
        /// Numbers given to tasks that have not asked yet.
        var announced: Set<UInt64> = []
        var waiting: Deque<UInt64> = []
        var running = 0
        /// In order, since all questions have the same time.
        var deadlines: Deque<(id: UInt64, time: NIODeadline)> = []
        var isClosed = false
    }

    private let state = Mutex(State())
    private let timeout: TimeAmount
    private let maximumRunning: Int
    private let maximumWaiting: Int
    private let wakeUp: WakeUp
    // SAFETY: libunbound guards its contexts with locks of its own (libunbound(3)); the pointer never changes, and is
    // freed by the thread as the last thing, after `isClosed` keeps everybody else away.
    private nonisolated(unsafe) let context: OpaquePointer

    /// Starts the thread, which keeps this object alive until ``close()``.
    init(_ configuration: ResolverConfiguration) throws(DNSError) {
        timeout = .nanoseconds(Int64(max(0.001, min(configuration.timeout, 3600)) * 1e9))
        maximumRunning = max(1, configuration.maximumConcurrentQueries)
        maximumWaiting = max(0, configuration.maximumWaitingQueries)
        guard let wakeUp = WakeUp() else { throw .configuration("no file descriptors are left") }
        self.wakeUp = wakeUp
        context = try UnboundContext.make(configuration)
        guard ResolverThread.start({ self.run() }) else {
            ub_ctx_delete(context)
            throw .configuration("no thread can be started")
        }
    }

    /// A number for ``add(_:name:type:_:)``, which must follow.
    func nextID() -> UInt64 {
        state.withLock { state in
            state.lastID += 1
            state.announced.insert(state.lastID)
            return state.lastID
        }
    }

    func add(_ id: UInt64, name: String, type: DNSType, _ continuation: Continuation) {
        let refusal: (any Error)? = state.withLock { state in
            guard state.announced.remove(id) != nil else { return CancellationError() }
            if state.isClosed { return DNSError.closed }
            guard state.waiting.count < maximumWaiting || state.running < maximumRunning else {
                return DNSError.overloaded
            }
            if state.queries.isEmpty { wakeUp.signal() }
            state.queries[id] = Query(name: name, type: type, continuation: continuation)
            state.waiting.append(id)
            state.deadlines.append((id, .now() + timeout))
            return nil
        }
        if let refusal { return continuation.resume(throwing: refusal) }
        startWaiting()
    }

    func cancel(_ id: UInt64) {
        let continuation = state.withLock { state -> Continuation? in
            // The task may be cancelled before it has asked.
            state.announced.remove(id)
            return take(id, &state)
        }
        continuation?.resume(throwing: CancellationError())
        startWaiting()
    }

    func close() {
        let open = state.withLock { state -> [Continuation] in
            guard !state.isClosed else { return [] }
            state.isClosed = true
            wakeUp.signal()
            return state.queries.keys.compactMap { take($0, &state) }
        }
        for continuation in open { continuation.resume(throwing: DNSError.closed) }
    }

    /// libunbound has answered. On the thread.
    fileprivate func answered(_ id: UInt64, _ outcome: Result<DNSResponse, DNSError>) {
        let continuation = state.withLock { state -> Continuation? in
            // The ticket has been taken back by the caller.
            state.queries[id]?.ticket = nil
            state.queries[id]?.handle = nil
            return take(id, &state, isRunning: true)
        }
        continuation?.resume(with: outcome.mapError { $0 })
    }

    /// Forgets a question and takes it from libunbound if that has it.
    private func take(_ id: UInt64, _ state: inout State, isRunning: Bool = false) -> Continuation? {
        guard let query = state.queries.removeValue(forKey: id) else { return nil }
        if isRunning || query.ticket != nil {
            state.running -= 1
        } else {
            state.waiting.removeAll { $0 == id }
        }
        // Where this fails the answer is on its way to the thread, which takes the ticket back.
        if let handle = query.handle, let ticket = query.ticket, ub_cancel(context, handle) == 0 { ticket.release() }
        return query.continuation
    }

    /// Gives libunbound as many questions as it may have.
    private func startWaiting() {
        while let (continuation, error) = startNext() { continuation?.resume(throwing: error) }
    }

    /// Nil if there is nothing to start; with a continuation if libunbound refuses the question.
    private func startNext() -> (Continuation?, DNSError)? {
        state.withLock { state in
            guard !state.isClosed, state.running < maximumRunning, let id = state.waiting.popFirst(),
                let query = state.queries[id]
            else { return nil }
            let ticket = Unmanaged.passRetained(UnboundTicket(queries: self, id: id))
            var handle: Int32 = 0
            let status = ub_resolve_async(
                context, query.name, Int32(query.type.rawValue), 1, ticket.toOpaque(), UnboundTicket.callback, &handle)
            guard status == 0 else {
                ticket.release()
                state.queries[id] = nil
                return (query.continuation, .serverFailure(ub_strerror(status).map { String(cString: $0) } ?? ""))
            }
            state.running += 1
            state.queries[id]?.handle = handle
            state.queries[id]?.ticket = ticket
            return (nil, .closed)
        }
    }

    // MARK: The thread

    private func run() {
        while let timeout = nextTimeout() {
            let isAnswered = wakeUp.wait(and: ub_fd(context), milliseconds: timeout)
            // First: what comes too late is too late, however long this thread had to wait for its turn.
            for continuation in expired() { continuation.resume(throwing: DNSError.timedOut) }
            if isAnswered { ub_process(context) }
            startWaiting()
        }
        ub_ctx_delete(context)
    }

    /// Milliseconds until a question is too old, -1 without questions; nil at the end.
    private func nextTimeout() -> Int32? {
        state.withLock { state in
            guard !state.isClosed else { return nil }
            while let first = state.deadlines.first, state.queries[first.id] == nil { state.deadlines.removeFirst() }
            guard let first = state.deadlines.first else { return -1 }
            let rest = (first.time - .now()).nanoseconds
            return rest <= 0 ? 0 : Int32(clamping: rest / 1_000_000 + 1)
        }
    }

    private func expired() -> [Continuation] {
        state.withLock { state in
            var result: [Continuation] = []
            let now = NIODeadline.now()
            while let first = state.deadlines.first, first.time <= now {
                state.deadlines.removeFirst()
                if let continuation = take(first.id, &state) { result.append(continuation) }
            }
            return result
        }
    }
}

/// What libunbound gives back with an answer.
private final class UnboundTicket: Sendable {
    let queries: UnboundQueries
    let id: UInt64

    init(queries: UnboundQueries, id: UInt64) {
        self.queries = queries
        self.id = id
    }

    static let callback: ub_callback_type = { ticket, status, result in
        guard let ticket else { return }
        let own = Unmanaged<UnboundTicket>.fromOpaque(ticket).takeRetainedValue()
        defer { ub_resolve_free(result) }
        own.queries.answered(own.id, DNSResponse.read(status, result))
    }
}
