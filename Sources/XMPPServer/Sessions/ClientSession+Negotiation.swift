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
            case .sendFeatures(let features): handler?.write(features)
            case .startTLS: startTLS()
            case .restart: restart()
            case .lookUp(let username, let host, let mechanism):
                forgetAttempt()
                lookUp(username, host, mechanism)
            case .verify(let username, let host, let password):
                forgetAttempt()
                verify(username, host, password)
            case .lookUpTokens(let username, let host, let device):
                forgetAttempt()
                lookUpTokens(username, host, device)
            case .lookUpAccount(let username, let host): lookUpAccount(username, host)
            case .upgrade(let account, let new, let proven): upgrade(account, new, proven)
            case .establish(let establishment): establish(establishment)
            case .authenticated(let account, let mechanism): noteSuccess(account, mechanism)
            case .authenticationFailed(let failure, let username): noteFailure(failure, username)
            case .bind(let account, let resource, let request): bind(account, resource, request)
            case .register(let request, let host): register(request, host)
            case .fail(let error): close(error)
            }
        }
    }

    /// What was found for an attempt is nothing to the next one, which may be of another account.
    private func forgetAttempt() {
        tokenLogin = nil
        knownDevice = nil
    }

    private func noteSuccess(_ account: JID, _ mechanism: SASLMechanism) {
        self.mechanism = mechanism.rawValue
        handler?.limits = server.configuration.limits.afterAuthentication
        server.metrics.logins.increment()
        if mechanism.usesPassword {
            let place = server.logins.succeeded(
                account: account.bareString, address: address, device: negotiator.device)
            if let place { server.noteLogin(of: account, from: place) }
        }
        server.log.info(
            "Logged in",
            metadata: ["account": "\(account)", "mechanism": "\(mechanism.rawValue)", "address": "\(address)"])
    }

    private func noteFailure(_ failure: SASLFailure, _ username: String?) {
        server.metrics.loginFailures.increment()
        server.log.info(
            "Log-in failed",
            metadata: [
                "condition": "\(failure.condition.rawValue)", "detail": "\(failure.detail)", "address": "\(address)",
            ])
        switch failure.condition {
        case .notAuthorized, .invalidAuthzid, .malformedRequest:
            // Who named no account has guessed nothing, and nobody guesses a token.
            guard let username, negotiator.failedMechanism?.isToken != true else { return }
            let account = try? JID(local: username, domain: negotiator.hostName ?? "")
            server.logins.failed(account: account?.bareString, address: address, device: negotiator.device)
        default: return
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

    /// The same for work that calls back, once, on any thread: a task costs more than most queries.
    private func wait<Value: Sendable>(
        _ begin: (@escaping @Sendable (Result<Value, any Error>) -> Void) -> Void,
        then body: @escaping @Sendable (ClientSession, Result<Value, any Error>) -> Void
    ) {
        let bound = NIOLoopBound(self, eventLoop: resources.loop)
        stanzas.hold()
        begin { [calls = resources.calls] result in
            calls.post {
                let session = bound.value
                let goOn = {
                    body(session, result)
                    session.stanzas.release()
                }
                if let handler = session.handler { handler.gathering(goOn) } else { goOn() }
            }
        }
    }

    private func lookUp(_ username: String, _ host: String, _ mechanism: SASLMechanism) {
        guard let account = try? JID(local: username, domain: host) else {
            return run(negotiator.supply(credentials: []))
        }
        let device = negotiator.device
        // Which keys it lacks, only those who want new ones need to know.
        let hash = negotiator.wantsUpgrades ? nil : mechanism.hash
        let goOn = {
            @Sendable (
                session: ClientSession, result: Result<(keys: [SCRAMCredentials], device: StoredDevice?), any Error>
            ) in
            switch result {
            case .success(let found):
                session.knownDevice = found.device
                session.run(session.negotiator.supply(credentials: found.keys))
            case .failure(let error): session.failTemporarily(error)
            }
        }
        let verdict = server.logins.judge(account: account.bareString, address: address)
        guard verdict != .go else {
            return wait({ server.credentials(account, hash: hash, device: device, answer: $0) }, then: goOn)
        }
        wait(
            { [server, address, resources] in
                try await server.admit(
                    account.bareString, address: address, device: device, verdict, on: resources)
                return try await server.credentials(account, hash: hash, device: device)
            }, then: goOn)
    }

    private func verify(_ username: String, _ host: String, _ password: String) {
        let account = try? JID(local: username, domain: host)
        let device = negotiator.device
        wait { [server, address, resources] in
            if let account {
                try await server.admit(account.bareString, address: address, device: device, on: resources)
            }
            return try await server.verifies(password: password, of: account)
        } then: { session, result in
            switch result {
            case .success(let isRight): session.run(session.negotiator.supply(isPasswordRight: isRight))
            case .failure(let error): session.failTemporarily(error)
            }
        }
    }

    private func lookUpTokens(_ username: String, _ host: String, _ device: String?) {
        guard let device, let account = try? JID(local: username, domain: host) else {
            return run(negotiator.supply(tokens: []))
        }
        wait { [server] in
            try await server.tokens.login(account, device: device, now: Timestamp.now().milliseconds)
        } then: { (session: ClientSession, result: Result<TokenService.Login, any Error>) in
            switch result {
            case .success(let login):
                session.tokenLogin = login
                session.run(session.negotiator.supply(tokens: login.tokens))
            case .failure(let error): session.failTemporarily(error)
            }
        }
    }

    private func lookUpAccount(_ username: String, _ host: String) {
        guard let account = try? JID(local: username, domain: host) else {
            return run(negotiator.supply(accountExists: false))
        }
        let isCertified = negotiator.isCertified(account)
        wait { [server, certificate] in
            guard try await server.accountStore.mayLogIn(account.bareString) else { return false }
            if isCertified { return true }
            guard let certificate else { return false }
            return try await server.certificates.find(certificate, of: account.bareString) != nil
        } then: { session, result in
            switch result {
            case .success(let mayLogIn): session.run(session.negotiator.supply(accountExists: mayLogIn))
            case .failure(let error): session.failTemporarily(error)
            }
        }
    }

    private func upgrade(_ account: JID, _ new: SCRAMCredentials, _ proven: SCRAMCredentials) {
        wait { [server] in
            try await server.upgrade(account, new: new, proven: proven)
        } then: { session, result in
            switch result {
            case .success: session.run(session.negotiator.upgradeFinished())
            case .failure(let error): session.failTemporarily(error)
            }
        }
    }

    /// The log-in cannot be finished now, for reasons that are not the client's.
    func failTemporarily(_ error: any Error) {
        if !(error is LoginRefused) {
            server.log.error("A log-in could not be finished", metadata: ["error": "\(error)"])
        }
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
        let goOn = {
            @Sendable (
                session: ClientSession, result: Result<(roster: Roster, offline: OfflineGlance)?, any Error>
            ) in
            switch result {
            case .success(let loaded?): session.finishBinding(jid, loaded.roster, loaded.offline, request)
            case .success(nil): session.close(StreamError(.notAuthorized, text: "The account is locked."))
            case .failure(let error):
                session.server.log.error("A roster could not be read", metadata: ["error": "\(error)"])
                session.refuseBinding(request, StanzaError(.internalServerError))
            }
        }
        guard server.profiles.cached(account.bareString) == nil else {
            return wait({ server.rosters.loadForBinding(account: account, server: server, answer: $0) }, then: goOn)
        }
        wait({ [server] in try await server.rosters.loadForBinding(account: account, server: server) }, then: goOn)
    }

    /// Whether the account may have one more session, or the new one takes the place of another. Sessions that wait for
    /// their clients have a limit of their own, and lock nobody out.
    func hasRoom(for jid: JID) -> Bool {
        guard let online = server.accounts.online(jid) else { return true }
        return online.session(jid.resource ?? "") != nil
            || online.sessions.count(where: { !$0.isDetached }) < server.configuration.limits.sessionsPerAccount
    }

    private func finishBinding(_ jid: JID, _ roster: Roster, _ offline: OfflineGlance, _ request: Stanza) {
        guard case .negotiating = state, let handler else { return }
        // Others may have been bound while the roster was read.
        guard hasRoom(for: jid) else { return refuseBinding(request, StanzaError(.resourceConstraint)) }
        let (handle, settled) = register(jid, roster, offline, device: negotiator.device)
        if let settled { stanzas.park(settled) }
        negotiator.bindingFinished(isBound: true)
        handler.write(
            Stanza(.iq, .result, id: request.id) {
                XMLElement("bind", Namespace.bind) { XMLElement("jid", Namespace.bind, text: jid.description) }
            })
        if let work = server.notify(.bound(handle)) { stanzas.park(work) }
    }

    /// Puts the session into the registry: from now on it takes stanzas.
    ///
    /// - Returns: also what to wait for before any of the client's: those whose place it takes may leave messages, which
    ///   come before all that is new.
    func register(
        _ jid: JID, _ roster: Roster, _ offline: OfflineGlance, device: String?
    ) -> (SessionHandle, settled: Deferred?) {
        let resources = resources
        youngSince = .now()
        isUnsettled = true
        let handle = SessionHandle(id: id, jid: jid, link: SessionLink(self, on: resources))
        let hasOffline = { [server] in offline.hasStanzas || server.offlineRows.newest > offline.newest }
        let (account, replaced) = server.accounts.add(
            handle, roster: roster, device: device, isUnsettled: true,
            emptySince: offline.hasStanzas ? nil : offline.newest, hasOffline: hasOffline
        ) { [server] (old: SessionHandle) in
            server.redeliveries.begin(jid.bareString)
            // Nobody's messages wait forever for a session that does not end.
            old.settled(within: Self.patience, on: resources) { server.redeliveries.end(jid.bareString) }
        }
        state = .bound(handle)
        var leaving: [SessionHandle] = []
        // RFC 6120 §7.7.2.2: the newer session wins.
        if let replaced { leaving.append(replaced) }
        if let device {
            // XEP-0386 §4.2: a device has one session.
            for other in account.sessions where other.device == device && other.handle != handle {
                leaving.append(other.handle)
            }
        }
        guard !leaving.isEmpty else { return (handle, nil) }
        for old in leaving { old.end(StreamError(.conflict)) }
        let left = leaving
        return (
            handle,
            {
                for session in left {
                    await withCheckedContinuation { continuation in
                        session.settled(within: Self.patience, on: resources) { continuation.resume() }
                    }
                }
            }
        )
    }

    /// How long a new session waits for the one whose place it takes: the writer answers in milliseconds.
    private static let patience = TimeAmount.seconds(10)

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
