//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

internal import XMPPCore
internal import XMPPPayloads
internal import XMPPSASL
internal import XMPPTLS

/// The extensible profile of SASL (XEP-0388), with binding (XEP-0386), tokens (XEP-0484) and upgrades (XEP-0480).
extension ResponderNegotiator {
    static let sasl2Namespace = SASL2.namespace
    /// Characters of a tag that go into a resource.
    private static let maximumTag = 64

    /// Only ever inside of TLS (XEP-0388 §3), but for listeners of tests.
    var offersSASL2: Bool { policy.offersSASL2 && (isSecure || policy.allowsPlainWithoutTLS) }

    // MARK: Elements

    mutating func receivedSASL2(_ element: XMLElement) -> [Action] {
        switch (state, element.name) {
        case (.open, "authenticate"):
            guard account == nil else { return [.fail(StreamError(.policyViolation))] }
            return begin(element)
        case (.authenticating(var authentication), "response") where authentication.request != nil:
            guard let data = (try? SASL2.Exchange(element)).flatMap({ Base64.decode($0.data) }) else {
                return fail(SASLFailure(.incorrectEncoding))
            }
            return step(&authentication) { $0.receive(data) }
        case (.authenticating(let authentication), "abort") where authentication.request != nil:
            return fail(SASLFailure(.aborted))
        case (.upgrading(let upgrading), _):
            return receivedTask(element, upgrading)
        default:
            return [.fail(StreamError(.notAuthorized))]
        }
    }

    private mutating func begin(_ element: XMLElement) -> [Action] {
        guard offersSASL2, let host else { return [.fail(StreamError(.notAuthorized))] }
        let authenticate: SASL2.Authenticate
        let request: SASL2Request
        do throws(PayloadError) {
            authenticate = try SASL2.Authenticate(element)
            request = try SASL2Request(authenticate)
        } catch {
            return failBeginning(SASLFailure(.malformedRequest, error.description))
        }
        do throws(SASLFailure) {
            var data: [UInt8]?
            if let response = authenticate.initialResponse {
                guard let decoded = Base64.decode(response) else { throw SASLFailure(.incorrectEncoding) }
                data = decoded
            }
            let server = try makeServer(
                mechanism: authenticate.mechanism, host: host, allowsTokens: policy.givesTokens)
            if server.mechanism.isToken, request.tokenUse == nil {
                // XEP-0484 §3.4
                throw SASLFailure(.malformedRequest, "a token without <fast/>")
            }
            device = request.userAgent?.id
            var authentication = Authentication(server: server, request: request)
            return step(&authentication) { $0.receive(data) }
        } catch {
            return failBeginning(error)
        }
    }

    /// There is no attempt yet that would say in which profile to answer.
    private mutating func failBeginning(_ failure: SASLFailure) -> [Action] {
        fail(failure).map { action in
            if case .send = action { .send(Self.sasl2Failure(failure)) } else { action }
        }
    }

    static func sasl2Failure(_ failure: SASLFailure) -> XMLElement {
        SASL2.Failure(failure.condition.rawValue, text: SASLFailure.text).element
    }

    // MARK: Success

    /// The mechanism is through.
    mutating func proven(
        _ jid: JID, _ authentication: Authentication, _ request: SASL2Request, final: [UInt8]?
    ) -> [Action] {
        let mechanism = authentication.server.mechanism
        if let claimed, claimed.local != nil, claimed.bareString != jid.bareString, mechanism != .anonymous {
            return fail(SASLFailure(.invalidAuthzid, "the stream was opened by another account"))
        }
        var establishment = SASL2Establishment(
            account: jid, mechanism: mechanism, userAgent: request.userAgent,
            usedToken: authentication.server.usedToken, tokenUse: request.tokenUse,
            requestedToken: request.requestedToken.flatMap { wanted in
                policy.givesTokens && offered.tokenMechanisms.contains(wanted) && mechanism != .anonymous
                    ? wanted : nil
            },
            resume: request.resume, bind: request.bind,
            resource: resource(tag: request.bind?.tag, userAgent: request.userAgent, account: jid),
            additionalData: final)
        let wanted = upgrades(request, authentication)
        guard let first = wanted.first,
            let proven = authentication.credentials.first(where: { $0.hash == mechanism.hash })
        else { return establish(establishment) }
        establishment.additionalData = nil
        state = .upgrading(SASLUpgrading(establishment: establishment, mechanisms: wanted, proven: proven))
        return [.send(Self.offer(first, additionalData: final))]
    }

    private mutating func establish(_ establishment: SASL2Establishment) -> [Action] {
        state = .establishing(establishment)
        return [.establish(establishment)]
    }

    /// All is done that the client wanted; it is let in.
    package mutating func established(_ outcome: SASL2Outcome, features: OwnFeatures) -> [Action] {
        guard case .establishing(let establishment) = state, let host else { return [] }
        account = establishment.account
        let isBound = !outcome.identifier.isBare
        state = isBound ? .bound : .open
        let success = SASL2.Success(
            outcome.identifier, additionalData: establishment.additionalData.map { Base64.encode($0) },
            inline: outcome.inline)
        let actions: [Action] = [
            .authenticated(establishment.account, establishment.mechanism), .send(success.element),
        ]
        if outcome.isResumed { return actions }
        return actions + [.sendFeatures(self.features(host, isBound: isBound, own: features))]
    }

    /// The tag as it is, and behind it what others cannot guess: always the same for a device, else of the moment
    /// (XEP-0386 §4.2.1).
    private func resource(tag: String?, userAgent: UserAgent?, account: JID) -> String {
        let name =
            userAgent?.id.map { policy.secret.deviceName($0, account: account.bareString) }
            ?? SecureRandom.base64URLToken(bytes: 9)
        guard let tag, !tag.isEmpty, tag.unicodeScalars.count <= Self.maximumTag,
            let full = try? account.with(resource: "\(tag)/\(name)"), let resource = full.resource
        else { return name }
        return resource
    }

    // MARK: Upgrades (XEP-0480)

    /// The client asks for upgrades: all that its account has counts, not only what is for the mechanism.
    package var wantsUpgrades: Bool {
        guard case .authenticating(let authentication) = state else { return false }
        return authentication.request?.upgrades.isEmpty == false
    }

    /// Those that the client asks for, that we want, and that the account lacks.
    private func upgrades(_ request: SASL2Request, _ authentication: Authentication) -> [SASLMechanism] {
        guard authentication.server.mechanism.hash != nil else { return [] }
        return policy.upgrades.filter { mechanism in
            request.upgrades.contains(SASLUpgrade.task(for: mechanism.rawValue))
                && !authentication.credentials.contains { $0.hash == mechanism.hash }
        }
    }

    private static func offer(_ mechanism: SASLMechanism, additionalData: [UInt8]? = nil) -> XMLElement {
        SASL2.Continue(
            tasks: [SASLUpgrade.task(for: mechanism.rawValue)],
            additionalData: additionalData.map { Base64.encode($0) }
        ).element
    }

    private mutating func receivedTask(_ element: XMLElement, _ old: SASLUpgrading) -> [Action] {
        var upgrading = old
        guard let mechanism = upgrading.mechanisms.first, let hash = mechanism.hash else {
            return [.fail(StreamError(.internalServerError))]
        }
        switch (upgrading.step, element.name) {
        case (.offered, "next"):
            guard (try? SASL2.Next(element))?.task == SASLUpgrade.task(for: mechanism.rawValue) else {
                return fail(SASLFailure(.malformedRequest, "a task that was not offered"))
            }
            let salt = SecureRandom.bytes(SCRAMCredentials.saltLength)
            upgrading.step = .salted(salt)
            state = .upgrading(upgrading)
            let parameters = SASLUpgrade.Salt(Base64.encode(salt), iterations: policy.iterations)
            return [.send(SASL2.TaskData(content: [parameters.element]).element)]
        case (.salted(let salt), "task-data"):
            guard let data = try? SASL2.TaskData(element), let content = data.content.first,
                let text = try? SASLUpgrade.Hash(content), let salted = Base64.decode(text.saltedPassword),
                salted.count == hash.digestLength
            else { return fail(SASLFailure(.malformedRequest, "no hashed password")) }
            upgrading.step = .storing
            state = .upgrading(upgrading)
            let new = SCRAMCredentials(
                saltedPassword: salted, hash: hash, salt: salt, iterations: policy.iterations)
            return [.upgrade(upgrading.establishment.account, new: new, proven: upgrading.proven)]
        case (.offered, "abort"), (.salted, "abort"):
            return fail(SASLFailure(.aborted))
        default:
            return [.fail(StreamError(.notAuthorized))]
        }
    }

    /// The new keys are kept, or had come too late to be of use.
    package mutating func upgradeFinished() -> [Action] {
        guard case .upgrading(var upgrading) = state, upgrading.step == .storing else { return [] }
        upgrading.mechanisms.removeFirst()
        guard let next = upgrading.mechanisms.first else { return establish(upgrading.establishment) }
        upgrading.step = .offered
        state = .upgrading(upgrading)
        return [.send(Self.offer(next))]
    }
}
