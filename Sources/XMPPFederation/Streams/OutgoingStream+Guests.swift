//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

internal import Logging
internal import NIOCore
internal import XMPPCore
internal import XMPPServer

/// Several domains of ours on one stream, where the other server takes them (XEP-0220 §2.6.1).
extension OutgoingStream {
    /// Another domain of ours than the one that the stream was made for.
    struct Guest {
        let domain: OutgoingDomain
        let report: @Sendable (Event) -> Void
        let since: NIODeadline
        /// The other server takes its stanzas.
        var isReady = false
    }

    /// From now on others may ask.
    func admitGuests() {
        guard negotiator.takesOthers else { return }
        let bound = NIOLoopBound(self, eventLoop: resources.loop)
        let door = SharedStreams.Door(id: id) { [resources] domain, report in
            resources.onLoop { bound.value.join(domain, report) }
        }
        context.shared.open(door, to: pair.remote)
    }

    private func join(_ domain: OutgoingDomain, _ report: @escaping @Sendable (Event) -> Void) {
        guard !isClosing, carrier != nil, guests[domain.pair] == nil, let local = try? JID(domain.pair.local),
            let actions = negotiator.join(local)
        else { return report(.failed(OutgoingFailure(.connection, "The stream takes nobody else."))) }
        guests[domain.pair] = Guest(domain: domain, report: report, since: .now())
        run(actions)
    }

    func joined(_ local: JID) {
        let pair = DomainPair(local: local.domain, remote: pair.remote)
        // Whoever has waited for too long has a stream of its own by now.
        guard let guest = guests[pair], let carrier, let established else { return }
        guests[pair]?.isReady = true
        // The other server has proven itself on this stream, and that we speak for the domain is what it was told.
        if established.isBidirectional { _ = proven.insert(pair) }
        carrier.add(guest.domain)
        context.log.info(
            "Stream to another server shared", metadata: ["domain": "\(pair.remote)", "from": "\(pair.local)"])
        let bound = NIOLoopBound(self, eventLoop: resources.loop)
        let handle = CarrierHandle(carrier, on: resources) { bound.value.leave(pair) }
        guest.report(.ready(id, handle, established))
    }

    func refused(_ local: JID, _ failure: OutgoingFailure) {
        context.shared.refused(by: pair.remote)
        let pair = DomainPair(local: local.domain, remote: pair.remote)
        guests.removeValue(forKey: pair)?.report(.failed(failure))
    }

    /// The domain that it was made for does not need it any more.
    func leave() {
        guard isInUse else { return }
        isInUse = false
        carrier?.remove(pair)
        report(.lost(id, nil))
        if carrier?.hasDomains != true { close(nil) }
    }

    private func leave(_ pair: DomainPair) {
        guard let guest = guests.removeValue(forKey: pair) else { return }
        carrier?.remove(pair)
        guest.report(.lost(id, nil))
        if carrier?.hasDomains != true { close(nil) }
    }

    /// The stream has ended.
    func loseGuests(_ failure: OutgoingFailure?) {
        let gone = guests
        guests = [:]
        for guest in gone.values {
            guest.report(
                guest.isReady
                    ? .lost(id, failure)
                    : .failed(failure ?? OutgoingFailure(.connection, "The connection was closed.")))
        }
    }

    /// Who has had no answer for so long goes another way.
    func loseGuests(after patience: TimeAmount, _ now: NIODeadline) {
        for (pair, guest) in guests where !guest.isReady && now - guest.since > patience {
            guests[pair] = nil
            context.shared.refused(by: pair.remote)
            guest.report(.failed(OutgoingFailure(.timeout, "The other server does not answer.")))
        }
    }
}
