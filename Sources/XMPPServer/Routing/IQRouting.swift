//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

internal import Logging
internal import XMPPCore

extension ServerCore {
    /// RFC 6121 §8.5: to a full JID it goes to that resource, to a bare JID the server answers.
    func routeIQ(_ stanza: Stanza, to: JID, account: Account?, from session: SessionHandle?) -> Deferred? {
        if let resource = to.resource {
            if stanza.type == .get || stanza.type == .set, let refusal = refusal(ofResourceRequest: stanza) {
                return bounce(stanza, refusal)
            }
            if let account, account.deliver(stanza, toResource: resource) { return nil }
            return bounce(stanza, StanzaError(.serviceUnavailable))
        }
        return answerIQ(stanza, to: to, addressee: .account, from: session)
    }

    private func refusal(ofResourceRequest stanza: Stanza) -> StanzaError? {
        guard !tables.resourceRequests.isEmpty else { return nil }
        for child in stanza.content.children {
            let policy = tables.resourceRequests[ElementKey(name: child.name, namespace: child.namespace)]
            if let refusal = policy?(stanza, self) { return refusal }
        }
        return nil
    }

    /// Answers a request on behalf of a host or an account.
    func answerIQ(
        _ stanza: Stanza, to: JID, addressee: IQAddressee, from session: SessionHandle?
    ) -> Deferred? {
        guard stanza.type == .get || stanza.type == .set else { return nil }
        guard let from = stanza.from else { return nil }
        guard stanza.id != nil else {
            return bounce(stanza, StanzaError(.badRequest, text: "An iq needs an id."))
        }
        var children = stanza.content.children.makeIterator()
        guard let payload = children.next(), children.next() == nil else {
            return bounce(stanza, StanzaError(.badRequest, text: "An iq holds exactly one element."))
        }
        let key = IQKey(
            type: stanza.type, addressee: addressee, name: payload.name, namespace: payload.namespace)
        guard let owned = tables.iq[key] else {
            return bounce(stanza, StanzaError(.serviceUnavailable))
        }
        let request = IQRequest(stanza: stanza, payload: payload, from: from, to: to, session: session)
        do {
            switch try owned.value(request, self) {
            case .result(let result):
                return answer(stanza, to: to, result)
            case .wait(let work):
                let module = owned.module
                return { [self] in
                    do {
                        await answer(stanza, to: to, try await work())?()
                    } catch {
                        await refuse(stanza, error, module: module)?()
                    }
                }
            }
        } catch {
            return refuse(stanza, error, module: owned.module)
        }
    }

    private func refuse(_ request: Stanza, _ error: any Error, module: String) -> Deferred? {
        guard let refusal = error as? IQRefusal else { return bounce(request, stanzaError(error, module: module)) }
        return route(
            Stanza(.iq, .error, id: request.id, from: request.to, to: request.from) {
                refusal.payload
                refusal.error.element
            })
    }

    private func answer(_ request: Stanza, to: JID, _ payload: XMLElement?) -> Deferred? {
        var result = request.result(payload)
        // A request without an addressee is answered by the account (RFC 6120 §10.3.3).
        if result.from == nil { result.from = to }
        return route(result)
    }

    /// What a handler threw, as the sender may see it.
    func stanzaError(_ error: any Error, module: String) -> StanzaError {
        switch error {
        case let error as StanzaError: return error
        case let error as PayloadError: return error.stanzaError
        case let error as JIDError:
            log.debug("A handler met an address that is none", metadata: ["module": "\(module)", "error": "\(error)"])
            return StanzaError(.jidMalformed)
        default:
            log.error("A handler failed", metadata: ["module": "\(module)", "error": "\(error)"])
            return StanzaError(.internalServerError)
        }
    }
}
