//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

import Testing
import XMPPCore
import XMPPTestKit

@testable import XMPPFederation

@Suite struct OutgoingMachineTests {
    private static let failure = OutgoingFailure(.connection, "down")

    private func machine(_ change: (inout FederationLimits) -> Void = { _ in }) -> OutgoingMachine {
        var limits = FederationLimits()
        change(&limits)
        return OutgoingMachine(limits, now: 0)
    }

    private func stanza(_ text: String) throws -> Stanza { try Stanza(XMLElement(scripted: text)) }

    private func message(_ id: Int) throws -> Stanza {
        try stanza("<message id='\(id)' from='a@acme.example/x' to='t@partner.example'><body>b</body></message>")
    }

    private func request() throws -> Stanza {
        try stanza(
            "<iq type='get' id='q' from='a@acme.example/x' to='partner.example'><ping xmlns='urn:xmpp:ping'/></iq>")
    }

    private func presence() throws -> Stanza {
        try stanza("<presence from='a@acme.example/x' to='t@partner.example'/>")
    }

    /// What the actions are, in short.
    private func names(_ actions: [OutgoingMachine.Action]) -> [String] {
        actions.map { action in
            switch action {
            case .connect: "connect"
            case .flush(let carrier): "flush \(carrier)"
            case .end(let carrier): "end \(carrier)"
            case .bounce(let stanza, let error): "bounce \(stanza.id ?? "") \(error.condition.rawValue)"
            case .returned: "returned"
            }
        }
    }

    @Test func connectsOnceAndSendsInOrder() throws {
        var machine = machine()
        #expect(names(machine.send(try message(1), now: 0)) == ["connect"])
        #expect(names(machine.send(try message(2), now: 0)) == [])
        #expect(names(machine.ready(7, now: 0)) == ["flush 7"])
        #expect(names(machine.send(try message(3), now: 0)) == [])
        let first = machine.take(10, by: 7)
        #expect(first.stanzas.map(\.id) == ["1", "2", "3"])
        #expect(names(machine.send(try message(4), now: 0)) == ["flush 7"])
        #expect(machine.count == 4)
        machine.arrived(3, by: 7)
        #expect(machine.count == 1)
    }

    @Test func givesBackWhatCannotBeSent() throws {
        var machine = machine()
        _ = machine.send(try message(1), now: 0)
        _ = machine.send(try request(), now: 0)
        _ = machine.send(try presence(), now: 0)
        #expect(
            names(machine.failed(Self.failure, now: 0, jitter: 1))
                == ["bounce 1 remote-server-timeout", "bounce q remote-server-timeout"])
        #expect(machine.isEmpty)
    }

    @Test func answersAtOnceWhileItIsKnownToBeDown() throws {
        var machine = machine()
        _ = machine.send(try message(1), now: 0)
        _ = machine.failed(OutgoingFailure(.notFound, "no such domain"), now: 0, jitter: 1)
        #expect(machine.state == .waiting(until: 2000))
        #expect(names(machine.send(try request(), now: 1999)) == ["bounce q remote-server-not-found"])
        #expect(names(machine.send(try presence(), now: 1999)) == [])
        #expect(names(machine.send(try request(), now: 2000)) == ["connect"])
    }

    @Test func waitsLongerEachTimeUpToABound() throws {
        var machine = machine { $0.longestPause = 10 }
        var now: Int64 = 0
        var pauses: [Int64] = []
        for _ in 0..<5 {
            _ = machine.send(try message(1), now: now)
            _ = machine.failed(Self.failure, now: now, jitter: 1)
            guard case .waiting(let until) = machine.state else {
                Issue.record("it does not wait")
                return
            }
            pauses.append(until - now)
            now = until
        }
        #expect(pauses == [2000, 4000, 8000, 10_000, 10_000])
        _ = machine.send(try message(1), now: now)
        _ = machine.failed(Self.failure, now: now, jitter: 0)
        #expect(machine.state == .waiting(until: now + 5000))
    }

    @Test func tellsPresenceAnewWhenTheDomainIsBack() throws {
        var machine = machine()
        _ = machine.send(try presence(), now: 0)
        _ = machine.failed(Self.failure, now: 0, jitter: 0)
        _ = machine.send(try message(1), now: 5000)
        #expect(names(machine.ready(1, now: 5000)) == ["flush 1", "returned"])
    }

    @Test func sendsAgainWhatDoesNoHarm() throws {
        var machine = machine()
        _ = machine.send(try message(1), now: 0)
        _ = machine.ready(1, now: 0)
        _ = machine.take(10, by: 1)
        machine.arrived(1, by: 1)
        for stanza in [try message(2), try request(), try presence()] { _ = machine.send(stanza, now: 0) }
        _ = machine.take(10, by: 1)
        _ = machine.send(try message(3), now: 0)
        #expect(
            names(machine.lost(1, Self.failure, now: 0, jitter: 0)) == ["bounce q remote-server-timeout", "connect"])
        #expect(names(machine.ready(2, now: 0)) == ["flush 2", "returned"])
        let again = machine.take(10, by: 2)
        #expect(again.stanzas.map(\.id) == ["2", "3"])
    }

    @Test func givesUpOnStreamsThatBringNothingAcross() throws {
        var machine = machine()
        _ = machine.send(try message(1), now: 0)
        _ = machine.ready(1, now: 0)
        _ = machine.take(10, by: 1)
        #expect(names(machine.lost(1, Self.failure, now: 0, jitter: 0)) == ["bounce 1 remote-server-timeout"])
    }

    @Test func needsOneCarrierOnly() throws {
        var machine = machine()
        _ = machine.send(try message(1), now: 0)
        #expect(names(machine.ready(1, now: 0)) == ["flush 1"])
        #expect(names(machine.ready(2, now: 0)) == ["end 2"])
        let other = machine.take(10, by: 2)
        #expect(other.stanzas.isEmpty)
        #expect(names(machine.lost(2, nil, now: 0, jitter: 0)) == [])
        #expect(machine.state == .ready(1))
    }

    @Test func holdsSoMuchAndNoMore() throws {
        var machine = machine { $0.queuedStanzas = 2 }
        _ = machine.send(try message(1), now: 0)
        _ = machine.send(try message(2), now: 0)
        #expect(names(machine.send(try message(3), now: 0)) == ["bounce 3 resource-constraint"])
        #expect(machine.count == 2)
    }

    @Test func leavesOutWhatTheOtherServerDoesNotTake() throws {
        var machine = machine()
        _ = machine.send(try message(1), now: 0)
        let long = String(repeating: "x", count: 500)
        _ = machine.send(
            try stanza("<message id='2' from='a@acme.example' to='t@partner.example'><body>\(long)</body></message>"),
            now: 0)
        _ = machine.ready(1, maximumBytes: 400, now: 0)
        let taken = machine.take(10, by: 1)
        #expect(taken.stanzas.map(\.id) == ["1"])
        #expect(names(taken.actions) == ["bounce 2 policy-violation"])
    }

    @Test func neverAnswersErrors() throws {
        var machine = machine { $0.queuedStanzas = 1 }
        let error = try stanza("<message type='error' id='e' from='a@acme.example' to='t@partner.example'/>")
        _ = machine.send(error, now: 0)
        #expect(names(machine.send(error, now: 0)) == [])
        #expect(names(machine.failed(Self.failure, now: 0, jitter: 0)) == [])
    }

    @Test func writesWhatWaitsBeforeItStops() throws {
        var machine = machine()
        _ = machine.send(try message(1), now: 0)
        _ = machine.ready(4, now: 0)
        _ = machine.take(1, by: 4)
        _ = machine.take(1, by: 4)
        _ = machine.send(try message(2), now: 0)
        #expect(names(machine.stop()).last == "end 4")
        #expect(names(machine.send(try message(3), now: 0)) == ["bounce 3 remote-server-timeout"])
        let last = machine.take(10, by: 4)
        #expect(last.stanzas.map(\.id) == ["2"])
    }
}
