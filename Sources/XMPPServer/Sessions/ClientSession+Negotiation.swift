//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

internal import CoreMetrics
internal import Logging
internal import NIOCore
internal import XMPPCore
internal import XMPPSASL
internal import XMPPStorage
internal import XMPPStream
internal import XMPPTLS

extension ClientSession {
    /// Does what the negotiator says.
    func run(_ actions: [ResponderNegotiator.Action]) {
        for action in actions {
            switch action {
            case .sendHeader(let header): write(header)
            case .send(let element): handler?.write(element)
            case .startTLS: startTLS()
            case .restart: restart()
            case .lookUp(let username, let host, let mechanism): lookUp(username, host, mechanism)
            case .verify(let username, let host, let password): verify(username, host, password)
            case .authenticated(let account, let mechanism):
                self.mechanism = mechanism.rawValue
                handler?.limits = server.configuration.limits.afterAuthentication
                server.metrics.logins.increment()
                server.log.info(
                    "Logged in",
                    metadata: ["account": "\(account)", "mechanism": "\(mechanism.rawValue)", "address": "\(address)"])
            case .authenticationFailed(let failure):
                server.metrics.loginFailures.increment()
                server.log.info(
                    "Log-in failed",
                    metadata: [
                        "condition": "\(failure.condition.rawValue)", "detail": "\(failure.detail)",
                        "address": "\(address)",
                    ])
            case .bind(let account, let resource, let request): bind(account, resource, request)
            case .register(let request, let host): register(request, host)
            case .fail(let error): close(error)
            }
        }
    }

    /// Waits for `work`, then goes on with its result on the loop.
    private func wait<Value: Sendable>(
        _ work: @escaping @Sendable () async throws -> Value,
        then body: @escaping @Sendable (ClientSession, Result<Value, any Error>) -> Void
    ) {
        let bound = NIOLoopBound(self, eventLoop: resources.loop)
        stanzas.park { [resources] in
            let result: Result<Value, any Error>
            do {
                result = .success(try await work())
            } catch {
                result = .failure(error)
            }
            resources.onLoop { body(bound.value, result) }
        }
    }

    private func lookUp(_ username: String, _ host: String, _ mechanism: SASLMechanism) {
        guard let hash = mechanism.hash, let account = try? JID(local: username, domain: host) else {
            return run(negotiator.supply(credentials: nil))
        }
        wait { [server] in
            try await server.credentials(account).first { $0.hash == hash }
        } then: { session, result in
            switch result {
            case .success(let credentials): session.run(session.negotiator.supply(credentials: credentials))
            case .failure(let error): session.failTemporarily(error)
            }
        }
    }

    private func verify(_ username: String, _ host: String, _ password: String) {
        let account = try? JID(local: username, domain: host)
        wait { [server] in
            try await server.verifies(password: password, of: account)
        } then: { session, result in
            switch result {
            case .success(let isRight): session.run(session.negotiator.supply(isPasswordRight: isRight))
            case .failure(let error): session.failTemporarily(error)
            }
        }
    }

    private func failTemporarily(_ error: any Error) {
        server.log.error("Credentials could not be read", metadata: ["error": "\(error)"])
        run(negotiator.failTemporarily())
    }

    // MARK: Binding (RFC 6120 §7)

    private func bind(_ account: JID, _ resource: String?, _ request: Stanza) {
        let jid: JID
        do {
            jid = try account.with(resource: resource ?? SecureRandom.base64URLToken(bytes: 9))
        } catch {
            return refuseBinding(request, StanzaError(.badRequest, text: "The resource is not acceptable."))
        }
        guard hasRoom(for: jid) else { return refuseBinding(request, StanzaError(.resourceConstraint)) }
        wait { [server] in
            try await server.rosters.load(account: account, server: server)
        } then: { (session: ClientSession, result: Result<Roster, any Error>) in
            switch result {
            case .success(let roster): session.finishBinding(jid, roster, request)
            case .failure(let error):
                session.server.log.error("A roster could not be read", metadata: ["error": "\(error)"])
                session.refuseBinding(request, StanzaError(.internalServerError))
            }
        }
    }

    /// Whether the account may have one more session, or the new one takes the place of another.
    private func hasRoom(for jid: JID) -> Bool {
        guard let online = server.accounts.online(jid) else { return true }
        return online.session(jid.resource ?? "") != nil
            || online.sessions.count < server.configuration.limits.sessionsPerAccount
    }

    private func finishBinding(_ jid: JID, _ roster: Roster, _ request: Stanza) {
        guard case .negotiating = state, let handler else { return }
        // Others may have been bound while the roster was read.
        guard hasRoom(for: jid) else { return refuseBinding(request, StanzaError(.resourceConstraint)) }
        let handle = SessionHandle(id: id, jid: jid, link: SessionLink(self, on: resources))
        let (_, replaced) = server.accounts.add(handle, roster: roster)
        // RFC 6120 §7.7.2.2: the newer session wins.
        replaced?.end(StreamError(.conflict))
        state = .bound(handle)
        negotiator.bindingFinished(isBound: true)
        handler.write(
            Stanza(.iq, .result, id: request.id) {
                XMLElement("bind", Namespace.bind) { XMLElement("jid", Namespace.bind, text: jid.description) }
            })
        if let work = server.notify(.bound(handle)) { stanzas.park(work) }
    }

    private func refuseBinding(_ request: Stanza, _ error: StanzaError) {
        negotiator.bindingFinished(isBound: false)
        guard let reply = request.reply(error) else { return }
        handler?.write(reply)
    }

    // MARK: Registration before log-in (XEP-0077)

    private func register(_ request: Stanza, _ host: String) {
        let stream = registration
        wait { [server, address] in
            await server.register(request, host: host, address: address, stream: stream)
        } then: { session, result in
            guard case .success(let outcome) = result else { return }
            session.registration = outcome.stream
            session.handler?.write(outcome.reply)
            if outcome.isOver { session.close(StreamError(.policyViolation, text: "Too many attempts.")) }
        }
    }
}
