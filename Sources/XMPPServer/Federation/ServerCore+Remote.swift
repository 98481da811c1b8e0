//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

internal import CoreMetrics
internal import Logging
package import XMPPCore

extension ServerCore {
    /// Whether a domain is a host, a service or a component of this server: only they speak for it.
    package func isOwn(_ domain: String) -> Bool {
        isHost(domain) || tables.domains[domain] != nil || configuration.components[domain] != nil
    }

    /// Takes a stanza of another server, which has proven the domain that it comes from, for a domain of ours.
    /// `isInTurn`: nothing that came before on that stream is still being recorded. `once`: a message that has come with
    /// the same mark before has been taken care of.
    package func takeRemote(
        _ stanza: Stanza, order: RemoteOrder, once: RemoteMark? = nil, isInTurn: Bool
    ) -> StanzaPump.Outcome {
        guard isInTurn || stanza.kind == .message else {
            return .later { self.takeRemote(stanza, order: order, isInTurn: true) }
        }
        switch stanza.kind {
        case .message: metrics.messagesIn.increment()
        case .presence: metrics.presencesIn.increment()
        case .iq: metrics.iqsIn.increment()
        }
        let isOthers = { [self] (jid: JID) in isOwn(jid.domain) }
        var stanza = stanza
        if ForgedElements.areIn(stanza, sender: .server, isOthers: isOthers) {
            stanza = ForgedElements.removed(from: stanza, sender: .server, isOthers: isOthers)
        }
        guard let to = stanza.to else { return .handled }
        if isRosterPush(stanza) {
            return StanzaPump.Outcome(bounce(stanza, StanzaError(.notAllowed)))
        }
        guard stanza.kind == .message else { return StanzaPump.Outcome(route(stanza)) }
        return takeMessage(stanza, to: to, order, once: once, isInTurn: isInTurn)
    }

    /// Only the account's own server changes its roster (RFC 6121 §2.1.6): clients of old have believed anybody.
    private func isRosterPush(_ stanza: Stanza) -> Bool {
        guard stanza.kind == .iq, stanza.type == .set, stanza.to?.resource != nil else { return false }
        // Whatever stands beside it: there are clients that look for what they know.
        return stanza.content.children.contains { $0.namespace == Namespace.roster }
    }

    /// A message: recorded beside others that are, or routed in its turn.
    private func takeMessage(
        _ stanza: Stanza, to: JID, _ order: RemoteOrder, once: RemoteMark?, isInTurn: Bool
    ) -> StanzaPump.Outcome {
        let account = accounts.online(to)
        if isInTurn { order.recordsDeliveries = false }
        if let parties = parties(of: stanza, to: to, from: nil, account: account) {
            switch plan(for: stanza, to: to, from: nil, account: account, parties) {
            case .record(let recording):
                // What was to be delivered may have to wait after all: nothing may be among what waits before it.
                if recording.waits, order.recordsDeliveries { break }
                // From here on it is taken care of, whatever becomes of the stream.
                guard once?.begin() ?? true else { return .handled }
                if !recording.waits { order.recordsDeliveries = true }
                return .record { [self] completion in
                    begin(recording, once: once?.stored, mark: nil, completion: completion)
                }
            case .deliver:
                guard isInTurn else { break }
                guard once?.begin() ?? true else { return .handled }
                return StanzaPump.Outcome(route(stanza))
            case .waitForRedelivery: break
            }
        }
        guard isInTurn else { return .later { self.takeMessage(stanza, to: to, order, once: once, isInTurn: true) } }
        guard let once else { return StanzaPump.Outcome(route(stanza)) }
        guard once.begin() else { return .handled }
        return .wait { [self] in await takeAlone(stanza, to: to, once) }
    }

    /// A message with a mark of which it is not known yet whether it will be recorded: nothing else goes beside it.
    private func takeAlone(_ stanza: Stanza, to: JID, _ once: RemoteMark) async {
        do {
            if isAccountAddress(to) { _ = try await profiles.load(to.bare, server: self) }
        } catch {
            log.error("An account could not be read", metadata: ["error": "\(error)"])
        }
        let account = accounts.online(to)
        if let parties = parties(of: stanza, to: to, from: nil, account: account) {
            switch plan(for: stanza, to: to, from: nil, account: account, parties) {
            case .record(let recording): return await record(recording, once: once.stored)
            case .waitForRedelivery: await redeliveries.wait(to.bareString)
            case .deliver: return await route(stanza)?() ?? ()
            }
        }
        guard let recording = recording(of: stanza) else { return await route(stanza)?() ?? () }
        await record(recording, once: once.stored)
    }
}

/// What has been begun of a stream of another server's. Confined to the stream's loop.
package final class RemoteOrder {
    /// Of what is being recorded some is to be delivered then.
    var recordsDeliveries = false

    package init() {}
}
