//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

import Testing
import XMPPCore
import XMPPPayloads
import XMPPSASL
import XMPPTLS
import XMPPXML

@testable import XMPPStream

/// The profile of XEP-0388 as a machine: event in, actions out.
@Suite struct SASL2NegotiationTests {
    private static let agent = "d4565fa7-4d72-4749-b3d3-740edbf87770"

    private func makeNegotiation(from: String? = "alice@acme.example", attempts: Int = 5) -> Negotiation {
        var negotiation = Negotiation(attempts: attempts, offersSASL2: true)
        _ = negotiation.header(StreamHeader(to: "acme.example", from: from, version: "1.0"))
        return negotiation
    }

    private func plain(_ inline: [XMLElement] = [], response: String = "\0alice\0secret") -> XMLElement {
        SASL2.Authenticate(
            mechanism: "PLAIN", initialResponse: Base64.encode(Array(response.utf8)),
            userAgent: UserAgent(id: Self.agent), inline: inline
        ).element
    }

    private func establishment(_ actions: [ResponderNegotiator.Action]) throws -> SASL2Establishment {
        for case .establish(let establishment) in actions { return establishment }
        Issue.record("nothing is established: \(actions.map(Negotiation.words))")
        throw CancellationError()
    }

    private let own = ResponderNegotiator.OwnFeatures { _, _, _ in [] }

    @Test func goesOnWithoutARestart() throws {
        var negotiation = makeNegotiation()
        #expect(negotiation.receive(plain()) == ["verify alice@acme.example secret"])
        let establishment = try establishment(negotiation.negotiator.supply(isPasswordRight: true))
        #expect(establishment.bind == nil)
        #expect(establishment.resume == nil)
        #expect(establishment.additionalData == nil)
        let actions = negotiation.negotiator.established(SASL2Outcome(establishment.account), features: own)
        #expect(
            actions.map(Negotiation.words)
                == ["authenticated alice@acme.example by PLAIN", "success", "features bind"])
        // The old way to bind follows, on the same stream.
        #expect(negotiation.receive(Negotiation.bind()) == ["bind alice@acme.example desk 1"])
    }

    @Test func takesWhatIsWantedTogether() throws {
        var negotiation = makeNegotiation()
        let resume = XMLElement("resume", StreamManagement.namespace, ["previd": "x", "h": "0"])
        _ = negotiation.receive(
            plain([
                resume, Bind2.Request(tag: "Tag").element, FAST.RequestToken(mechanism: "HT-SHA-256-NONE").element,
            ]))
        let establishment = try establishment(negotiation.negotiator.supply(isPasswordRight: true))
        #expect(establishment.resume == resume)
        #expect(establishment.requestedToken == .tokenUnbound)
        #expect(establishment.resource.hasPrefix("Tag/"))
        #expect(establishment.resource.contains(Self.agent) == false)
        let full = try JID("alice@acme.example/" + establishment.resource)
        let actions = negotiation.negotiator.established(SASL2Outcome(full), features: own)
        #expect(actions.map(Negotiation.words).last == "features ")
        #expect(negotiation.receive(Negotiation.bind()) == ["error policy-violation"])
    }

    @Test func aResumedStreamHasNoFeatures() throws {
        var negotiation = makeNegotiation()
        _ = negotiation.receive(plain())
        _ = negotiation.negotiator.supply(isPasswordRight: true)
        let full = try JID("alice@acme.example/desk")
        let actions = negotiation.negotiator.established(SASL2Outcome(full, isResumed: true), features: own)
        #expect(actions.map(Negotiation.words) == ["authenticated alice@acme.example by PLAIN", "success"])
    }

    @Test func refusesAnotherThanTheStreamsOwner() {
        var other = makeNegotiation(from: "bob@acme.example")
        _ = other.receive(plain())
        #expect(
            other.negotiator.supply(isPasswordRight: true).map(Negotiation.words)
                == ["failed invalid-authzid", "failure invalid-authzid"])
        for from in [nil, "acme.example", "ALICE@acme.example/desk"] {
            var fitting = makeNegotiation(from: from)
            _ = fitting.receive(plain())
            #expect(fitting.negotiator.supply(isPasswordRight: true).count == 1)
        }
        var stranger = Negotiation(offersSASL2: true)
        #expect(
            stranger.header(StreamHeader(to: "acme.example", from: "alice@home.example", version: "1.0")).last
                == "error invalid-from")
    }

    @Test func failsInItsOwnNamespaceAndCountsAttempts() {
        var negotiation = makeNegotiation(attempts: 1)
        #expect(
            negotiation.receive(plain(response: "nonsense")) == [
                "failed malformed-request", "failure malformed-request",
            ])
        _ = negotiation.receive(plain())
        let last = negotiation.negotiator.supply(isPasswordRight: false)
        #expect(
            last.map(Negotiation.words)
                == ["failed not-authorized", "failure not-authorized", "error policy-violation"])
        for case .send(let element) in last {
            #expect(element.namespace == SASL2.namespace)
            #expect(element.child("text", SASL2.namespace)?.text == SASLFailure.text)
        }
    }

    @Test func profilesDoNotMix() {
        var one = makeNegotiation()
        _ = one.receive(Negotiation.plain)
        #expect(one.receive(SASL2.Exchange(.response, data: "QQ==").element) == ["error not-authorized"])
        var other = makeNegotiation()
        _ = other.receive(plain())
        #expect(other.receive(XMLElement("response", Namespace.sasl, text: "QQ==")) == ["error not-authorized"])
        var twice = makeNegotiation()
        _ = twice.receive(plain())
        #expect(twice.receive(plain()) == ["error not-authorized"])
    }

    @Test func canBeAborted() {
        var negotiation = makeNegotiation()
        _ = negotiation.receive(plain())
        #expect(negotiation.receive(SASL2.Abort().element) == ["failed aborted", "failure aborted"])
    }

    @Test func isNotThereWhereItIsNotOffered() {
        var negotiation = Negotiation()
        _ = negotiation.header()
        #expect(negotiation.receive(plain()) == ["error not-authorized"])
    }

    @Test func refusalWhileEstablishingLetsTheClientTryAgain() throws {
        var negotiation = makeNegotiation()
        _ = negotiation.receive(plain())
        _ = negotiation.negotiator.supply(isPasswordRight: true)
        #expect(
            negotiation.negotiator.refuse(SASLFailure(.notAuthorized)).map(Negotiation.words)
                == ["failed not-authorized", "failure not-authorized"])
        #expect(negotiation.receive(Negotiation.bind()) == ["error not-authorized"])
        #expect(negotiation.receive(plain()) == ["verify alice@acme.example secret"])
    }

    // MARK: Tokens

    @Test func looksUpTheTokensOfTheDevice() throws {
        var negotiation = makeNegotiation()
        let message = HashedToken.initiatorMessage(username: "alice", token: "t", binding: [])
        let element = SASL2.Authenticate(
            mechanism: "HT-SHA-256-NONE", initialResponse: Base64.encode(message), userAgent: UserAgent(id: Self.agent),
            inline: [FAST.Use(count: 7).element]
        ).element
        #expect(negotiation.receive(element) == ["tokens of alice@acme.example \(Self.agent)"])
        let establishment = try establishment(
            negotiation.negotiator.supply(tokens: [SASLToken("t", mechanism: .tokenUnbound)]))
        #expect(establishment.usedToken == 0)
        #expect(establishment.tokenUse == FAST.Use(count: 7))
        #expect(
            establishment.additionalData == HashedToken.responderMessage(token: "t", binding: []))
    }

    // MARK: Upgrades (XEP-0480)

    @Test func upgradesOneAfterTheOther() throws {
        var negotiation = makeNegotiation()
        var client = SASLClient(mechanism: .scramSHA1, username: "alice", password: "secret")
        let proven = SCRAMCredentials.derive(password: "secret", hash: .sha1, iterations: 4096)
        _ = negotiation.receive(
            SASL2.Authenticate(
                mechanism: "SCRAM-SHA-1", initialResponse: Base64.encode(client.initialResponse()),
                inline: [
                    SASLUpgrade.element("UPGR-SCRAM-SHA-512"), SASLUpgrade.element("UPGR-SCRAM-SHA-256"),
                    SASLUpgrade.element("UPGR-SCRAM-SHA-1"),
                ]
            ).element)
        guard case .send(let challenge)? = negotiation.negotiator.supply(credentials: [proven]).first,
            case .respond(let response) = client.receive(challenge: Base64.decode(challenge.text) ?? [])
        else {
            Issue.record("no challenge")
            return
        }
        var actions = negotiation.negotiator.received(
            SASL2.Exchange(.response, data: Base64.encode(response)).element)
        for (number, mechanism) in [SASLMechanism.scramSHA256, .scramSHA512].enumerated() {
            guard case .send(let offer)? = actions.first else {
                Issue.record("no task")
                return
            }
            let offered = try SASL2.Continue(offer)
            #expect(offered.tasks == ["UPGR-" + mechanism.rawValue])
            #expect((offered.additionalData != nil) == (number == 0))
            guard
                case .send(let answer)? = negotiation.negotiator.received(SASL2.Next(offered.tasks[0]).element).first,
                let content = try SASL2.TaskData(answer).content.first, let hash = mechanism.hash
            else {
                Issue.record("no salt")
                return
            }
            let salt = try SASLUpgrade.Salt(content)
            let salted = SCRAMCredentials.saltedPassword(
                "secret", hash: hash, salt: Base64.decode(salt.salt) ?? [], iterations: salt.iterations)
            actions = negotiation.negotiator.received(
                SASL2.TaskData(content: [SASLUpgrade.Hash(Base64.encode(salted)).element]).element)
            guard case .upgrade(_, let new, let old)? = actions.first else {
                Issue.record("no upgrade")
                return
            }
            #expect(new.hash == hash)
            #expect(new.verifies(password: "secret"))
            #expect(old == proven)
            actions = negotiation.negotiator.upgradeFinished()
        }
        #expect(try establishment(actions).additionalData == nil)
    }

    @Test func refusesTasksThatAreNone() throws {
        func upgrading() -> Negotiation {
            var negotiation = makeNegotiation()
            var client = SASLClient(mechanism: .scramSHA256, username: "alice", password: "secret")
            _ = negotiation.receive(
                SASL2.Authenticate(
                    mechanism: "SCRAM-SHA-256", initialResponse: Base64.encode(client.initialResponse()),
                    inline: [SASLUpgrade.element("UPGR-SCRAM-SHA-512")]
                ).element)
            if case .send(let challenge)? = negotiation.negotiator.supply(credentials: [Negotiation.credentials]).first,
                case .respond(let response) = client.receive(challenge: Base64.decode(challenge.text) ?? [])
            {
                _ = negotiation.receive(SASL2.Exchange(.response, data: Base64.encode(response)).element)
            }
            return negotiation
        }
        var other = upgrading()
        #expect(other.receive(SASL2.Next("UPGR-SCRAM-SHA-256").element).first == "failed malformed-request")
        var early = upgrading()
        #expect(early.receive(SASL2.TaskData(content: []).element) == ["error not-authorized"])
        var again = upgrading()
        #expect(again.receive(plain()) == ["error not-authorized"])
        var aborted = upgrading()
        #expect(aborted.receive(SASL2.Abort().element) == ["failed aborted", "failure aborted"])
        var short = upgrading()
        #expect(short.receive(SASL2.Next("UPGR-SCRAM-SHA-512").element) == ["task-data"])
        #expect(
            short.receive(SASL2.TaskData(content: [SASLUpgrade.Hash("QQ==").element]).element).first
                == "failed malformed-request")
    }
}
