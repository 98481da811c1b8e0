//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

internal import NIOCore
internal import Synchronization
package import XMPPCore

/// What came of a request that the server made.
package enum RequestOutcome: Sendable {
    case result(Stanza)
    case error(StanzaError)
    /// Nothing has come in time.
    case timeout
}

/// Requests that the server makes in its own name, until they are answered by whom they were sent to.
final class OwnRequests: Sendable {
    private struct Pending {
        let addressee: JID
        let finish: @Sendable (RequestOutcome) -> Void
        var deadline: Scheduled<Void>?
    }

    private let pending = Mutex<[String: Pending]>([:])

    func add(_ id: String, to addressee: JID, _ finish: @escaping @Sendable (RequestOutcome) -> Void) {
        pending.withLock { $0[id] = Pending(addressee: addressee, finish: finish) }
    }

    func setDeadline(_ deadline: Scheduled<Void>, of id: String) {
        let isOver = pending.withLock { pending in
            pending[id]?.deadline = deadline
            return pending[id] == nil
        }
        if isOver { deadline.cancel() }
    }

    /// Takes an answer; of others than who was asked it is none.
    func answer(_ stanza: Stanza) {
        guard let id = stanza.id, let from = stanza.from else { return }
        let outcome: RequestOutcome
        switch stanza.type {
        case .result: outcome = .result(stanza)
        case .error:
            let error = stanza.child("error", Namespace.client).flatMap { StanzaError($0) }
            outcome = .error(error ?? StanzaError(.undefinedCondition))
        default: return
        }
        finish(id, outcome) { $0 == from }
    }

    func expire(_ id: String) { finish(id, .timeout) { _ in true } }

    private func finish(_ id: String, _ outcome: RequestOutcome, if isRight: (JID) -> Bool) {
        let found = pending.withLock { pending -> Pending? in
            guard let found = pending[id], isRight(found.addressee) else { return nil }
            pending[id] = nil
            return found
        }
        found?.deadline?.cancel()
        found?.finish(outcome)
    }
}

extension ServerCore {
    /// Asks something in the name of a host of ours. `finish` is called once, on any thread, and must not wait; not at all
    /// if the server stops before.
    package func request(
        _ type: StanzaType, _ payload: XMLElement, from host: String, to addressee: JID, seconds: Int,
        then finish: @escaping @Sendable (RequestOutcome) -> Void
    ) {
        guard let from = try? JID(host) else { return finish(.error(StanzaError(.jidMalformed))) }
        let id = makeID()
        requests.add(id, to: addressee, finish)
        if let deadline = schedule(after: seconds, { [requests] in requests.expire(id) }) {
            requests.setDeadline(deadline, of: id)
        }
        if let work = route(Stanza(.iq, type, id: id, from: from, to: addressee) { payload }) { background(work) }
    }

    /// An answer to something a host of ours has asked.
    func ownAnswer(_ stanza: Stanza) -> Deferred? {
        requests.answer(stanza)
        return nil
    }

    /// Runs something later, on a loop of ours; never once the server has stopped.
    package func later(seconds: Int, _ body: @escaping @Sendable () -> Void) {
        _ = schedule(after: seconds, body)
    }

    private func schedule(after seconds: Int, _ body: @escaping @Sendable () -> Void) -> Scheduled<Void>? {
        loops.withLock { $0.first }?.scheduleTask(in: .seconds(Int64(seconds)), body)
    }
}
