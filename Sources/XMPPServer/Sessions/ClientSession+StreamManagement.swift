//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

internal import NIOCore
internal import XMPPCore
internal import XMPPPayloads
internal import XMPPStorage
internal import XMPPStream

/// Stream management (XEP-0198).
extension ClientSession {
    /// Takes an element that is no stanza.
    func processAcknowledgement(_ element: XMLElement) {
        guard element.namespaceToken == .streamManagementNamespace else { return processOther(element) }
        switch element.name {
        case "enable":
            let isNew = resumption == nil
            let answer = enable(element)
            if isNew { storeSession() }
            handler?.write(answer)
        case "resume":
            // A session is resumed in place of binding a resource, not after it (XEP-0198 §5).
            handler?.write(Self.failed(.unexpectedRequest))
        case "r":
            guard acknowledges else { return close(StreamError(.unsupportedStanzaType)) }
            answerRequest()
        case "a":
            guard acknowledges else { return close(StreamError(.unsupportedStanzaType)) }
            takeAcknowledgement(element)
        default:
            close(StreamError(.unsupportedStanzaType))
        }
    }

    /// Takes what a feature owns.
    private func processOther(_ element: XMLElement) {
        let key = ElementKey(name: element.name, namespace: element.namespace)
        guard let handle, let owner = server.tables.elements[key] else {
            return close(StreamError(.unsupportedStanzaType))
        }
        owner.value(element, handle, server)
    }

    /// Takes an `<enable/>` of a client that has a resource (XEP-0198 §3); the answer goes out before anything else.
    /// ``storeSession()`` is to follow.
    func enableStreamManagement(_ request: XMLElement) async -> XMLElement { enable(request) }

    private func enable(_ element: XMLElement) -> XMLElement {
        guard case .bound(let handle) = state, !acknowledges else { return Self.failed(.unexpectedRequest) }
        guard let request = try? StreamManagement.Enable(element) else { return Self.failed(.badRequest) }
        acknowledges = true
        handled = 0
        begun = 0
        outbound.beginCounting()
        let limit = server.configuration.limits.resumptionSeconds
        let seconds = request.wantsResumption ? min(request.maximumResumptionTime ?? limit, limit) : 0
        let now = ArchiveClock.arrivals()
        var resumption = Resumption(
            id: server.makeID(), key: server.nextSessionKey(), seconds: seconds,
            position: ArchivePosition(now - 1), began: now, rosterVersion: handle.account?.roster.version ?? 0)
        // What came before and has been held back is still to come.
        for entry in outbound.entries where !entry.isStored {
            if let id = entry.archiveID { resumption.position.expect(id) }
        }
        self.resumption = resumption
        for entry in outbound.entries { _ = isEarly(entry) }
        guard resumption.isOffered else { return StreamManagement.Enabled().element }
        let id = resumption.id
        server.accounts.online(handle.jid)?.update(handle) { $0.resumption = id }
        return StreamManagement.Enabled(
            id: resumption.id, maximumResumptionTime: seconds, allowsResumption: true
        ).element
    }

    /// Writes a session whose client has begun to acknowledge, with all that is switched on with it.
    func storeSession() {
        guard case .bound(let handle) = state, var resumption else { return }
        let status = server.status(of: handle, directed: directed.addresses, &resumption)
        resumption.status = status
        self.resumption = resumption
        let device = server.accounts.online(handle.jid)?.session(handle.jid.resource ?? "")?.device
        let stored = StoredSession(
            key: resumption.key, id: resumption.id, account: handle.jid.bareString,
            resource: handle.jid.resource ?? "", device: device, seconds: resumption.seconds,
            began: resumption.began, rosterVersion: resumption.rosterVersion, status: status,
            counters: SessionCounters(
                position: resumption.position.position, recent: resumption.position.recent))
        server.insert(stored) { isWritten in
            // From now on it would outlive a crash.
            if isWritten { handle.account?.settle(handle) }
        }
    }

    /// An element of stream management before a resource is bound; false if it is none, or comes too early for that.
    func negotiateStreamManagement(_ element: XMLElement) -> Bool {
        guard element.namespaceToken == .streamManagementNamespace, let account = negotiator.accountToBind else {
            return false
        }
        guard element.name == "resume" else {
            handler?.write(Self.failed(.unexpectedRequest))
            return true
        }
        let bound = NIOLoopBound(self, eventLoop: resources.loop)
        stanzas.park {
            let session = bound.value
            switch await session.resume(element, account: account) {
            case .resumed(let answer, let replay):
                session.handler?.write(answer)
                replay()
            case .failed(let answer):
                session.handler?.write(answer)
            }
        }
        return true
    }

    /// Tells what has been taken care of, after what came of it has been written to its recipients on this loop.
    private func answerRequest() {
        let bound = NIOLoopBound(self, eventLoop: resources.loop)
        let handled = handled
        resources.loop.execute { bound.value.acknowledge(handled) }
    }

    /// The client has had these.
    func take(_ acknowledged: OutboundQueue.Acknowledged) {
        if awaitedSince != nil, !acknowledged.isEmpty { awaitArrival() }
        for barrier in acknowledged.barriers { barrier() }
        guard resumption != nil, !acknowledged.entries.isEmpty || !acknowledged.spilled.isEmpty else { return }
        for id in acknowledged.spilled { resumption?.position.acknowledge(id) }
        if !acknowledged.spilled.isEmpty || outbound.diskBytes > 0 { noteDiskUse() }
        for entry in acknowledged.entries {
            if let id = entry.archiveID { resumption?.position.acknowledge(id) }
        }
        noteChange()
    }

    private func takeAcknowledgement(_ element: XMLElement) {
        guard let h = element["h"].flatMap({ UInt32($0) }) else { return close(StreamError(.badFormat)) }
        do throws(OutboundQueue.TooHigh) {
            let acknowledged = try outbound.acknowledge(h)
            take(acknowledged)
            if !acknowledged.isEmpty { goOn() }
        } catch {
            close(Self.tooHigh(error))
        }
    }
}
