//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

internal import CoreMetrics
internal import NIOCore
internal import XMPPCore
internal import XMPPServer
internal import XMPPStream

/// The sending half of a stream between servers: takes what waits for the domain, and counts what has arrived where the
/// other server acknowledges (XEP-0198). Confined to its loop.
final class StanzaCarrier {
    /// Taken at a time.
    private static let batch = 64

    let id: UInt64
    private let domain: OutgoingDomain
    private let handler: XMLStreamHandler
    private var acknowledges = false
    private var sent: UInt32 = 0
    private var acknowledged: UInt32 = 0
    private var isRequested = false
    private var requestedAt = NIODeadline.now()

    init(id: UInt64, domain: OutgoingDomain, handler: XMLStreamHandler) {
        self.id = id
        self.domain = domain
        self.handler = handler
    }

    /// From now on the other server counts; what was sent before is seen to when it has left.
    func countsFromHere() {
        acknowledges = true
        sent = 0
        acknowledged = 0
    }

    /// Writes what waits, as long as the other server takes it.
    func flush() {
        while handler.isWritable {
            let taken = domain.take(Self.batch, by: id)
            for stanza in taken.stanzas {
                handler.write(stanza)
                sent &+= 1
            }
            if !acknowledges, !taken.stanzas.isEmpty {
                let count = taken.stanzas.count
                handler.afterWritten { [domain, id] in domain.arrived(count, by: id) }
            }
            if taken.isAll { return }
        }
    }

    /// What is written asks for its acknowledgement.
    func willFlush() {
        guard acknowledges, !isRequested, sent != acknowledged else { return }
        isRequested = true
        requestedAt = .now()
        handler.write(raw: "<r xmlns='urn:xmpp:sm:3'/>")
    }

    /// The other server has taken care of so many.
    ///
    /// - Returns: false if that is more than it was sent.
    func acknowledge(_ count: UInt32) -> Bool {
        let new = count &- acknowledged
        guard acknowledges, new <= sent &- acknowledged else { return false }
        acknowledged = count
        isRequested = false
        domain.arrived(Int(new), by: id)
        // What was sent since has not been asked about.
        willFlush()
        return true
    }

    /// How long an acknowledgement has been owed.
    func overdue(_ now: NIODeadline) -> TimeAmount { isRequested ? now - requestedAt : .zero }
}

/// A carrier, from any thread.
struct CarrierHandle: Sendable {
    private let resources: LoopResources
    private let carrier: NIOLoopBound<StanzaCarrier>
    private let end: @Sendable () -> Void

    /// On the carrier's loop. `end` ends its stream when it is called there.
    init(_ carrier: StanzaCarrier, on resources: LoopResources, end: @escaping @Sendable () -> Void) {
        self.resources = resources
        self.carrier = NIOLoopBound(carrier, eventLoop: resources.loop)
        self.end = end
    }

    func flush() {
        let carrier = carrier
        resources.onLoop { carrier.value.flush() }
    }

    func endStream() {
        let end = end
        resources.onLoop { end() }
    }
}
