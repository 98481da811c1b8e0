//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

internal import CoreMetrics
internal import Logging
internal import NIOCore
internal import XMPPCore
internal import XMPPStream

// What goes out to the client: written, or kept until it can be.
extension ClientSession {
    /// Takes a stanza for the client: written, or held while the client does not read.
    func deliver(_ entry: OutboundQueue.Entry) {
        guard !isResuming else {
            early.append { $0.deliver(entry) }
            return
        }
        deliverHere(entry)
    }

    func send(_ entry: OutboundQueue.Entry) {
        if let id = entry.archiveID, !entry.isStored { resumption?.position.expect(id) }
        if isEarly(entry) { noteChange(isStatus: true) }
        guard let handler, handler.isWritable, !outbound.hasUnwritten, !isClosing, !isReplaying,
            !outbound.mustWait(entry), !isHeldBack
        else {
            return hold(entry)
        }
        handler.write(entry.stanza)
        server.metrics.delivered.increment()
        guard acknowledges else {
            entry.shared?.take()
            return
        }
        outbound.append(entry, isWritten: true)
        keepQueueSmall()
        if outbound.sinceRequest >= Self.requestInterval { requestAcknowledgement() }
    }

    /// Calls `body` when all that was delivered before has arrived, as far as can be told.
    func afterTaken(_ body: @escaping @Sendable () -> Void) {
        guard !isResuming else {
            early.append { $0.afterTaken(body) }
            return
        }
        if acknowledges {
            outbound.barrier(body)
            if awaitedSince == nil { awaitArrival() }
            requestAcknowledgement()
        } else if outbound.hasDue {
            outbound.barrier(body)
        } else {
            handler?.afterWritten(body)
        }
    }

    /// The same, with what waits behind the gate.
    func afterGated(_ body: @escaping @Sendable () -> Void) {
        guard !isResuming else {
            early.append { $0.afterGated(body) }
            return
        }
        guard acknowledges || outbound.hasUnwritten else {
            handler?.afterWritten(body)
            return
        }
        outbound.barrierAtEnd(body)
        requestAcknowledgement()
    }

    /// From now on the client has to acknowledge what came from the offline store, if anything did.
    func awaitArrival() { awaitedSince = outbound.barriers > 0 ? .now() : nil }

    /// A client that is there and has acknowledged nothing for a while, or not said whether it takes what waits, gets what
    /// is new all the same. `lastRead` is when it was last heard of: one that has lost its network needs nothing that would
    /// overtake the rest.
    func checkOffline(_ now: NIODeadline, _ lastRead: NIODeadline) {
        if let since = youngSince, now - since > Self.patienceForOffline {
            youngSince = nil
            if let handle { handle.account?.stopExpectingOffline(handle) }
        }
        if let since = awaitedSince, lastRead - since > Self.patienceForOffline, !outbound.hasDue {
            awaitedSince = nil
            if let handle { handle.account?.stallOffline(handle) }
        }
    }

    /// Whether its client acknowledges is known, or need not be: what is for it alone goes out.
    func settle() {
        guard isUnsettled else { return }
        isUnsettled = false
        settling?.cancel()
        settling = nil
        if let handle { handle.account?.settle(handle) }
    }

    /// Something waits for the client to say whether it acknowledges: not for long.
    private func settleInTime() {
        guard isUnsettled, settling == nil else { return }
        let bound = NIOLoopBound(self, eventLoop: resources.loop)
        let patience = TimeAmount.seconds(Int64(server.configuration.limits.enablingSeconds))
        settling = resources.loop.scheduleTask(in: patience) { bound.value.settle() }
    }

    /// Any client that acknowledges has done so by then, and longer nobody should wait for a message.
    private static let patienceForOffline = TimeAmount.seconds(5)

    /// Stanzas after which the client is asked, within a burst.
    private static let requestInterval = 16

    func requestAcknowledgement() {
        guard acknowledges, outbound.sinceRequest > 0, !isReplaying else { return }
        outbound.sinceRequest = 0
        handler?.write(raw: "<r xmlns='urn:xmpp:sm:3'/>")
    }

    /// So much is unacknowledged that the client is to say something first: more waits here, where it can be left to the
    /// archive and the disk.
    private var isHeldBack: Bool {
        guard acknowledges else { return false }
        let limits = server.configuration.limits
        return outbound.written >= limits.unacknowledgedStanzas
            || outbound.bytes - outbound.unwrittenBytes > limits.unacknowledgedBytes
            || outbound.diskBytes > limits.queueDiskBytes && outbound.written >= Self.writtenToFullDisk
    }

    /// Stanzas on their way to a client that has its share of the disk.
    private static let writtenToFullDisk = 1000

    /// A client that could be sent more and has acknowledged nothing for so long never will: what it is to have waits for
    /// it, or goes where the session's end takes it.
    func checkAcknowledgement(_ now: NIODeadline) {
        guard isHeldBack, outbound.hasDue, !isClosing else {
            heldBackSince = nil
            return
        }
        let since = heldBackSince ?? now
        heldBackSince = since
        guard now - since >= .seconds(Int64(server.configuration.limits.acknowledgementSeconds)) else { return }
        server.metrics.slowClosed.increment()
        close(StreamError(.resourceConstraint, text: "Too much is unacknowledged."))
    }

    /// The client has acknowledged something.
    func goOn() {
        heldBackSince = nil
        if outbound.hasDue { writeWaiting() }
    }

    /// What is to wait. A session whose client acknowledges keeps it all; of others presence gives way first, then the
    /// session ends.
    private func hold(_ entry: OutboundQueue.Entry) {
        guard resumption == nil else {
            guard admits(entry) else { return }
            settleInTime()
            if entry.isReplaceable { outbound.coalesce(entry) } else { outbound.append(entry, isWritten: false) }
            keepQueueSmall()
            return writeBeforeGate()
        }
        let limit = server.configuration.limits.outboxBytes
        if entry.stanza.kind == .presence, outbound.unwrittenBytes > limit / 2 {
            server.metrics.presenceDropped.increment()
            return
        }
        outbound.append(entry, isWritten: false)
        guard !isClosing, handler != nil else { return }
        settleInTime()
        // A flood does not wait, or whoever sends it would keep the client from logging in.
        if outbound.unwrittenBytes > limit / 2 { settle() }
        if outbound.unwrittenBytes > limit {
            server.metrics.slowClosed.increment()
            close(StreamError(.resourceConstraint, text: "The client does not read."))
        }
        writeBeforeGate()
    }

    /// What does not wait behind the gate waits for nothing.
    private func writeBeforeGate() {
        if outbound.isGated, outbound.hasDue { writeWaiting() }
    }

    /// A flush of the offline store begins. What is being sent again has been counted, and what follows it in the queue has
    /// not been looked at.
    func makeWay(for flush: UInt64) {
        guard !isResuming else {
            early.append { $0.makeWay(for: flush) }
            return
        }
        if isReplaying { outbound.shutBeforeMissed(for: flush) }
    }

    /// All that a flush of the offline store had to give has been given.
    func open(_ flush: UInt64) {
        guard !isResuming else {
            early.append { $0.open(flush) }
            return
        }
        outbound.open(flush)
        writeWaiting()
    }

    func queueIsFull() {
        guard !isEnding else { return }
        isEnding = true
        server.metrics.slowClosed.increment()
        close(StreamError(.resourceConstraint, text: "Too much is unacknowledged."))
    }

    func streamWritabilityChanged(_ isWritable: Bool) {
        if isWritable { writeWaiting() }
    }

    /// Writes what waits, as long as the client takes it.
    func writeWaiting() {
        guard !isDraining, !isReplaying, !isLoading else { return }
        isDraining = true
        // A burst that the network takes at once brings no further call: go on until it takes no more.
        while let handler, handler.isWritable, !isClosing, !isLoading, outbound.hasDue, !isHeldBack {
            while !isClosing, !isHeldBack, handler.pendingBytes < Self.burst, writeNext(handler) {}
            handler.flushNow()
        }
        isDraining = false
        requestAcknowledgement()
    }

    /// False if nothing was there to be written.
    private func writeNext(_ handler: XMLStreamHandler) -> Bool {
        switch outbound.takeUnwritten(keeps: acknowledges) {
        case .entry(let entry):
            handler.write(entry.sent)
            server.metrics.delivered.increment()
            if acknowledges, outbound.sinceRequest >= Self.requestInterval { requestAcknowledgement() }
            return true
        case .barrier(let body):
            handler.afterWritten(body)
            return true
        case .load(let ordinal):
            load(from: ordinal)
            return false
        case .none:
            return false
        }
    }

    /// Reads on where the queue lies on disk, and then goes on writing.
    private func load(from ordinal: Int64) {
        guard let jid = handle?.jid else { return }
        let key = resumption?.key
        if let key, let stretch = outbound.stretch(at: ordinal) { return load(stretch, of: jid, key, at: ordinal) }
        let wanted = outbound.spilled(
            from: ordinal, limit: ServerCore.queuePage, bytes: ServerCore.queuePageBytes)
        isLoading = true
        let bound = NIOLoopBound(self, eventLoop: resources.loop)
        server.background(on: resources) { [server, resources] in
            do {
                let page = try await server.queuePage(of: jid, key, wanted)
                resources.onLoop { bound.value.loaded(bound.value.outbound.load(page, from: ordinal)) }
            } catch {
                server.log.error("A queue could not be read", metadata: ["error": "\(error)"])
                // The client comes back, and tries again.
                resources.onLoop { bound.value.close(StreamError(.resourceConstraint)) }
            }
        }
    }

    private func load(_ stretch: OutboundQueue.Stretch, of jid: JID, _ key: Int64, at ordinal: Int64) {
        isLoading = true
        let bound = NIOLoopBound(self, eventLoop: resources.loop)
        server.background(on: resources) { [server, resources] in
            do {
                let page = try await server.page(of: jid, key, stretch, through: ordinal)
                resources.onLoop { bound.value.loaded(bound.value.outbound.load(page, from: ordinal)) }
            } catch {
                server.log.error("A queue could not be read", metadata: ["error": "\(error)"])
                resources.onLoop { bound.value.close(StreamError(.resourceConstraint)) }
            }
        }
    }

    private func loaded(_ lost: Int) {
        isLoading = false
        noteDiskUse()
        if lost > 0 { server.log.error("Waiting stanzas are not to be found", metadata: ["stanzas": "\(lost)"]) }
        let passed = outbound.passBarriers()
        if !passed.isEmpty { take(passed) }
        writeWaiting()
    }

    /// Bytes written at a time when a slow client takes more again.
    private static let burst = 65_536
}
