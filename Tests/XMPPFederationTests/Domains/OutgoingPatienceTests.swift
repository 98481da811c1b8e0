//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

import Testing
import XMPPCore
import XMPPTestKit

@testable import XMPPFederation

/// What waits on disk while a domain cannot be reached, or does not take it.
@Suite struct OutgoingPatienceTests {
    private static let final = OutgoingFailure(.certificate, "expired")
    private static let minute: Int64 = 60_000

    private func machine(hasStored: Bool = false) -> OutgoingMachine {
        OutgoingMachine(FederationLimits(), name: "m", hasStored: hasStored, now: 0)
    }

    private func message(_ id: Int64, body: String = "b") throws -> Stanza {
        try Stanza(
            XMLElement(
                scripted:
                    "<message id='\(id)' from='a@acme.example/x' to='t@partner.example'><body>\(body)</body></message>"
            ))
    }

    private func bounced(_ actions: [OutgoingMachine.Action]) -> [String] {
        actions.compactMap {
            if case .bounce(let stanza, let error) = $0 {
                "\(stanza.id ?? "") \(error.condition.rawValue)"
            } else {
                nil
            }
        }
    }

    private func removed(_ actions: [OutgoingMachine.Action]) -> [Int64] {
        actions.flatMap { if case .remove(let rows) = $0 { rows } else { [Int64]() } }
    }

    private func connects(_ actions: [OutgoingMachine.Action]) -> Bool {
        actions.contains { if case .connect = $0 { true } else { false } }
    }

    // MARK: Patience

    @Test func whoHasNeverBeenReachedIsGivenUpAtOnce() throws {
        var machine = machine()
        _ = machine.send(try message(1), row: 1, now: 0)
        let actions = machine.failed(Self.final, now: 0, jitter: 1)
        #expect(bounced(actions) == ["1 remote-server-timeout"])
        #expect(removed(actions) == [1])
    }

    @Test func whoHasBeenReachedIsGivenHalfAnHour() throws {
        var machine = machine()
        _ = machine.ready(7, now: 0)
        _ = machine.lost(7, nil, now: 0, jitter: 1)
        #expect(connects(machine.send(try message(1), row: 1, now: 0)))
        var now: Int64 = 0
        var attempts = 0
        while now < 30 * Self.minute {
            #expect(bounced(machine.failed(Self.final, now: now, jitter: 1)) == [])
            attempts += 1
            guard case .waiting(let until) = machine.state else {
                Issue.record("it does not wait")
                return
            }
            now = until
            #expect(connects(machine.tick(now: now)))
        }
        #expect(attempts > FederationLimits().patienceAttempts)
        #expect(bounced(machine.failed(Self.final, now: now, jitter: 1)) == ["1 remote-server-timeout"])
        // From then on senders are told at once, until it is there again.
        #expect(bounced(machine.send(try message(2), row: 2, now: now)) == ["2 remote-server-timeout"])
    }

    @Test func whatHasWaitedBeforeTheStartIsNotGivenUpAtOnce() throws {
        var machine = machine(hasStored: true)
        _ = machine.resume(now: 0)
        let old = OutgoingMachine.Entry(try message(1), row: 1, stamp: -1000)
        #expect(connects(machine.loaded([old], isAll: true, now: 0)))
        #expect(bounced(machine.failed(Self.final, now: 0, jitter: 1)) == [])
    }

    @Test func ourOwnRulesHoldAtOnce() throws {
        var machine = machine()
        _ = machine.ready(7, now: 0)
        _ = machine.lost(7, nil, now: 0, jitter: 1)
        _ = machine.send(try message(1), row: 1, now: 0)
        #expect(bounced(machine.failed(OutgoingFailure(.policy, "no"), now: 0, jitter: 1)) == ["1 not-allowed"])
    }

    @Test func whatNobodyTakesExpiresThoughTheStreamStands() throws {
        var machine = machine()
        _ = machine.ready(7, now: 0)
        _ = machine.send(try message(1), row: 1, stamp: 0, now: 0)
        let late = Int64(FederationLimits().storedSeconds) * 1000
        #expect(bounced(machine.tick(now: late - 1)) == [])
        let actions = machine.tick(now: late)
        #expect(bounced(actions) == ["1 remote-server-timeout"])
        #expect(removed(actions) == [1])
    }

    @Test func looksForWhatIsStoredFirst() throws {
        var machine = machine(hasStored: true)
        let actions = machine.send(try message(2), row: 2, now: 0)
        guard case .load(after: 0)? = actions.first, actions.count == 1 else {
            Issue.record("what was there before is overtaken")
            return
        }
        let entries = [
            OutgoingMachine.Entry(try message(1), row: 1, stamp: 0), .init(try message(2), row: 2, stamp: 0),
        ]
        #expect(connects(machine.loaded(entries, isAll: true, now: 0)))
        _ = machine.ready(7, now: 0)
        #expect(machine.take(10, by: 7, now: 0).batch.stanzas.map(\.id) == ["1", "2"])
    }

    // MARK: Poison

    /// A stream that takes what it is given and ends, if `poison` is among it; else all of it arrives.
    private func run(
        _ machine: inout OutgoingMachine, _ carrier: UInt64, poison: String?, _ now: inout Int64
    ) -> (taken: [String], bounced: [String], removed: [Int64]) {
        var actions = machine.ready(carrier, now: now)
        var taken: [String] = []
        while true {
            let (batch, more) = machine.take(64, by: carrier, now: now)
            actions += more
            guard !batch.stanzas.isEmpty else { break }
            taken += batch.stanzas.compactMap(\.id)
            if let poison, batch.stanzas.contains(where: { $0.id == poison }) {
                actions += machine.lost(
                    carrier, OutgoingFailure(.streamError, "policy-violation"), now: now, jitter: 1)
                break
            }
            actions += machine.arrived(batch.stanzas.count, by: carrier)
        }
        if case .waiting(let until) = machine.state {
            now = until
            actions += machine.tick(now: now)
        }
        return (taken, bounced(actions), removed(actions))
    }

    @Test func onePoisonedStanzaComesBackAndTheRestGoesOn() throws {
        var machine = machine()
        for row in 1...5 as ClosedRange<Int64> { _ = machine.send(try message(row), row: row, now: 0) }
        var now: Int64 = 0
        var (returned, gone): ([String], Set<Int64>) = ([], [])
        var streams = 0
        while machine.count > 0, streams < 20 {
            streams += 1
            let (_, bounced, removed) = run(&machine, UInt64(streams), poison: "3", &now)
            returned += bounced
            gone.formUnion(removed)
        }
        #expect(returned == ["3 not-acceptable"])
        #expect(gone == [1, 2, 3, 4, 5])
        #expect(streams <= 10)
    }

    @Test func aServerThatIsSlowIsNotTakenForPoisoned() throws {
        var machine = machine()
        _ = machine.send(try message(1), row: 1, now: 0)
        var now: Int64 = 0
        for carrier in 1...6 as ClosedRange<UInt64> {
            _ = machine.ready(carrier, now: now)
            #expect(machine.take(10, by: carrier, now: now).batch.stanzas.count == 1)
            let actions = machine.lost(carrier, OutgoingFailure(.timeout, "no answer"), now: now, jitter: 1)
            #expect(bounced(actions) == [])
            guard case .waiting(let until) = machine.state else {
                Issue.record("it does not wait")
                return
            }
            now = until
            _ = machine.tick(now: now)
        }
    }

    @Test func measuresWhatIsWritten() throws {
        let escapes = String(repeating: "&amp;", count: 2000)
        var machine = machine()
        _ = machine.send(try message(1, body: escapes), row: 1, now: 0)
        _ = machine.send(try message(2), row: 2, now: 0)
        // In memory it takes 2000 bytes, on the way 10,000.
        _ = machine.ready(7, maximumBytes: 9000, now: 0)
        let (batch, actions) = machine.take(10, by: 7, now: 0)
        #expect(batch.stanzas.map(\.id) == ["2"])
        #expect(bounced(actions) == ["1 policy-violation"])
    }
}
