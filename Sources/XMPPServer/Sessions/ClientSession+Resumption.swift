//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

internal import CoreMetrics
internal import NIOCore
internal import XMPPCore
internal import XMPPPayloads
internal import XMPPStorage

/// How a session leaves its connection, and comes to a new one (XEP-0198 §5).
extension ClientSession {
    /// The state that goes on without this connection.
    private func takeState(_ handle: SessionHandle, _ resumption: Resumption) -> ResumableState {
        if let change = takeChange() {
            server.write([change]) { isWritten in
                if !isWritten { handle.link.perform { $0.statusIsNotWritten() } }
            }
        }
        // The status that has just been written.
        let resumption = self.resumption ?? resumption
        defer { outbound = OutboundQueue() }
        return ResumableState(
            handle: handle, resumption: resumption, handled: handled, outbound: outbound, directed: directed.take())
    }

    // MARK: The connection is lost

    /// The connection is gone and all that it brought is done: the session waits for its client.
    func detach() {
        guard case .bound(let handle) = state, let resumption else { return }
        releaseHeld()
        let waiting = server.tables.messageObservers.isEmpty ? [] : outbound.entries
        let state = takeState(handle, resumption)
        over()
        DetachedSession(server, on: resources, state).begin(seconds: resumption.seconds)
        server.sessionDetached(handle)
        server.observeUnacknowledged(waiting, of: handle)
    }

    // MARK: Another connection takes it

    func handOver(_ request: HandOver) {
        guard !isResuming else {
            // It is on its way here, and then goes on to who asks now.
            early.append { $0.handOver(request) }
            return
        }
        guard case .bound(let handle) = state, handle.link.leads(to: self), let resumption,
            resumption.isOffered, resumption.id == request.id, !isEnding
        else { return request.answer(.gone) }
        if successor != nil {
            laterSuccessors.append(request)
            return
        }
        guard outbound.accepts(request.handled) else {
            return request.answer(.tooHigh(OutboundQueue.TooHigh(handled: request.handled, sent: outbound.sent)))
        }
        successor = request
        // What has not been begun is not counted: the client sends it again.
        stanzas.dropWaiting()
        // XEP-0198 §5: the old stream, if it is still there.
        close(StreamError(.conflict))
        if stanzas.isIdle { finishHandOver() }
    }

    /// All that this connection brought is done: the session goes to its successor.
    func finishHandOver() {
        guard let request = successor, case .bound(let handle) = state, let resumption else { return }
        successor = nil
        releaseHeld()
        for entry in handle.link.move(to: request.asker, on: request.resources) {
            outbound.append(entry, isWritten: false)
        }
        let state = takeState(handle, resumption)
        over()
        request.answer(.state(state))
        if let error = endOfSuccessor { handle.end(error) }
        for later in laterSuccessors { handle.link.perform { $0.handOver(later) } }
        laterSuccessors = []
    }

    /// This connection has nothing more to do with the session.
    private func over() {
        state = .closed
        stanzas.stop()
    }

    // MARK: This connection takes one over

    /// What came of the wish to resume a session.
    enum ResumeOutcome {
        /// The first element is the answer and goes out before anything else; then what the client has missed is sent.
        case resumed(XMLElement, replay: () -> Void)
        /// The client may bind a resource instead.
        case failed(XMLElement)
    }

    /// Takes a `<resume/>` of a client that has logged in as `account` and has no resource yet. To be called on the
    /// session's loop.
    func resume(_ request: XMLElement, account: JID) async -> ResumeOutcome {
        guard case .negotiating = state, !isResuming else { return .failed(Self.failed(.unexpectedRequest)) }
        guard let request = try? StreamManagement.Resume(request) else { return .failed(Self.failed(.badRequest)) }
        // Another account's id is unknown here.
        guard let online = server.accounts.online(account),
            let handle = online.sessions.first(where: { $0.resumption == request.previous })?.handle
        else { return .failed(await failure(of: request.previous, account: account)) }
        isResuming = true
        let asker = NIOLoopBound<any LinkedSession>(self, eventLoop: resources.loop)
        let resources = resources
        let answer = await withCheckedContinuation { continuation in
            handle.link.perform { session in
                session.handOver(
                    HandOver(id: request.previous, handled: request.handled, resources: resources, asker: asker) {
                        continuation.resume(returning: $0)
                    })
            }
        }
        switch answer {
        case .state(let state):
            return await adopt(state, handled: request.handled)
        case .gone:
            isResuming = false
            return .failed(await failure(of: request.previous, account: account))
        case .tooHigh(let error):
            isResuming = false
            close(Self.tooHigh(error))
            return .failed(Self.failed(.badRequest))
        }
    }

    private func adopt(_ resumed: ResumableState, handled count: UInt32) async -> ResumeOutcome {
        let handle = resumed.handle
        state = .bound(handle)
        acknowledges = true
        handled = resumed.handled
        begun = resumed.handled
        resumption = resumed.resumption
        statusMayHaveChanged = resumed.resumption.status == nil
        outbound = resumed.outbound
        for address in resumed.directed { _ = directed.add(address, limit: .max) }
        // The old holder has seen that it can be.
        let acknowledged = try? outbound.acknowledge(count)
        outbound.rewind()
        server.accounts.online(handle.jid)?.update(handle) { $0.detachedSince = nil }
        // Its client acknowledges, whatever the store has been able to take down.
        handle.account?.settle(handle)
        youngSince = .now()
        server.metrics.sessionsResumed.increment()
        isResuming = false
        isReplaying = true
        let early = early
        self.early = []
        for body in early { body(self) }
        if let acknowledged { take(acknowledged) }
        await settleHandled()
        let answer = StreamManagement.Resumed(previous: resumed.resumption.id, handled: handled)
        guard handler != nil, !isEnding else {
            // The new connection is gone already, or the session is over.
            leave()
            return .resumed(answer.element, replay: {})
        }
        return .resumed(answer.element, replay: { self.replay(handle) })
    }

    /// Sends again what the client has not had, then what came meanwhile. What waited in the offline store before the server
    /// died came before what was missed then.
    private func replay(_ handle: SessionHandle) {
        guard outbound.beginsWithMissed, let account = handle.account,
            account.session(handle.jid.resource ?? "")?.takesMessages == true
        else { return writeAgain(handle) }
        let bound = NIOLoopBound(self, eventLoop: resources.loop)
        server.background(on: resources) { [server, resources] in
            let waits = try? await server.offline.count(handle.jid.bareString)
            resources.onLoop {
                let session = bound.value
                // The connection may have been lost.
                guard case .bound = session.state, handle.link.leads(to: session) else { return }
                // What it has been handed already stands behind that.
                if waits != 0, !account.hasBeenHandedOffline(handle) {
                    session.outbound.shutBeforeMissed(for: account.awaitOffline(handle))
                }
                session.writeAgain(handle)
            }
        }
    }

    private func writeAgain(_ handle: SessionHandle) {
        isReplaying = false
        awaitArrival()
        if resumption?.needsPresence == true {
            resumption?.needsPresence = false
            if let work = server.tellPresence(to: handle) { server.background(work) }
        }
        writeWaiting()
        if let work = server.notify(.resumed(handle)) { stanzas.park(work) }
        if let resumption, resumption.needsChanges { tellMissedChanges(to: handle, since: resumption.rosterVersion) }
        // What was being given to it from the offline store may have been interrupted.
        server.background { [server] in
            if let account = server.accounts.online(handle.jid) { await server.deliverOffline(to: account) }
        }
    }

    private func tellMissedChanges(to handle: SessionHandle, since version: Int64) {
        let bound = NIOLoopBound(self, eventLoop: resources.loop)
        server.background(on: resources) { [server, resources] in
            guard await server.tellMissedChanges(to: handle, rosterSince: version) else { return }
            // Else the next connection tries again.
            resources.onLoop { bound.value.resumption?.needsChanges = false }
        }
    }

    // MARK: Answers

    static func failed(_ condition: StanzaError.Condition, handled: UInt32? = nil) -> XMLElement {
        StreamManagement.Failed(condition, handled: handled).element
    }

    /// XEP-0198 §4: the application condition of an impossible acknowledgement.
    static func tooHigh(_ error: OutboundQueue.TooHigh) -> StreamError {
        StreamError(
            .undefinedCondition,
            application: StreamManagement.handledCountTooHigh(handled: error.handled, sent: error.sent))
    }

    /// The client may know how far a session came that it cannot have back (XEP-0198 §5).
    private func failure(of id: String, account: JID) async -> XMLElement {
        let handled = try? await server.sessions.handled(ofEnded: id, account: account.bareString)
        return Self.failed(.itemNotFound, handled: handled ?? nil)
    }

}
