//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

internal import Logging
internal import NIOCore
internal import XMPPCore
internal import XMPPPayloads
internal import XMPPSASL
internal import XMPPStorage
internal import XMPPStream

/// What a client wants together with its log-in (XEP-0388 §2.6.1): a token, its earlier stream, a resource.
extension ClientSession {
    func establish(_ establishment: SASL2Establishment) {
        let bound = NIOLoopBound(self, eventLoop: resources.loop)
        stanzas.park { await bound.value.carryOut(establishment) }
    }

    /// Runs on the session's loop; nothing else of the client is taken meanwhile.
    private func carryOut(_ establishment: SASL2Establishment) async {
        var inline: [XMLElement] = []
        var shown: ShownToken?
        do {
            let settled = try await server.tokens.settle(
                establishment, login: tokenLogin, known: knownDevice, address: address,
                now: Timestamp.now().milliseconds)
            if let token = settled.token { inline.append(token.element) }
            shown = settled.unchecked
            if settled.isWritingDue { server.writeDeviceUses(on: resources) }
        } catch let failure as SASLFailure {
            return run(negotiator.refuse(failure))
        } catch {
            return failTemporarily(error)
        }
        tokenLogin = nil
        knownDevice = nil
        if let request = establishment.resume {
            switch await resume(request, account: establishment.account) {
            case .resumed(let answer, let replay):
                guard let handle else { return }
                finishEstablishing(SASL2Outcome(handle.jid, inline: inline + [answer], isResumed: true))
                return replay()
            case .failed(let answer): inline.append(answer)
            }
            // Who claims to have had more than was sent is thrown out, and binds nothing (XEP-0198 §5).
            guard handler != nil, !isClosing else { return }
        }
        guard let request = establishment.bind else {
            return finishEstablishing(SASL2Outcome(establishment.account, inline: inline))
        }
        await bind(establishment, request, shown, inline)
    }

    /// XEP-0386 §4.2
    private func bind(
        _ establishment: SASL2Establishment, _ request: Bind2.Request, _ token: ShownToken?, _ inline: [XMLElement]
    ) async {
        let account = establishment.account
        let loaded: (roster: Roster, offline: OfflineGlance)
        let jid: JID
        do {
            jid = try account.with(resource: establishment.resource)
            guard let found = try await server.rosters.loadForBinding(account: account, token: token, server: server)
            else {
                return run(negotiator.refuse(SASLFailure(.accountDisabled, "locked meanwhile")))
            }
            loaded = found
        } catch StorageError.notFound {
            return run(negotiator.refuse(SASLFailure(.notAuthorized, "revoked meanwhile")))
        } catch {
            return failTemporarily(error)
        }
        guard case .negotiating = state, handler != nil else { return }
        guard hasRoom(for: jid) else {
            // It is logged in, and may ask for a resource in the old way, which says why not.
            return finishEstablishing(SASL2Outcome(account, inline: inline))
        }
        let device = establishment.userAgent?.id
        isReplaying = true
        let (handle, settled) = register(jid, loaded.roster, loaded.offline, device: device)
        await settled?()
        var results: [XMLElement] = []
        if let request = request.feature(StreamManagement.namespace) {
            results.append(await enableStreamManagement(request))
        }
        for feature in server.tables.bind2 {
            let asked = request.feature(feature.namespace)
            if let result = await feature.handler.value(asked, handle, server) { results.append(result) }
        }
        storeSession()
        let bound = Bind2.Bound(features: results).element
        finishEstablishing(SASL2Outcome(jid, inline: inline + [bound]))
        isReplaying = false
        writeWaiting()
        await server.notify(.bound(handle))?()
    }

    private func finishEstablishing(_ outcome: SASL2Outcome) {
        run(negotiator.established(outcome, features: ownFeatures))
    }
}
