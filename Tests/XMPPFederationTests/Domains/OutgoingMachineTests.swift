//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

import Testing
import XMPPCore
import XMPPTLS
import XMPPTestKit

@testable import XMPPFederation

@Suite struct OutgoingMachineTests {
    private static let failure = OutgoingFailure(.connection, "down")

    private func machine(_ change: (inout FederationLimits) -> Void = { _ in }) -> OutgoingMachine {
        var limits = FederationLimits()
        change(&limits)
        return OutgoingMachine(limits, name: "m", now: 0)
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
            case .remove(let rows): "remove \(rows)"
            case .load(let row): "load \(row)"
            case .wake(let time): "wake \(time)"
            case .watch: "watch"
            case .put(let entries): "put \(entries.compactMap(\.stanza.id).joined(separator: ","))"
            case .done(let calls): "done \(calls.count)"
            }
        }
    }

    @Test func connectsOnceAndSendsInOrder() throws {
        var machine = machine()
        #expect(names(machine.send(try message(1), now: 0)) == ["connect"])
        #expect(names(machine.send(try message(2), now: 0)) == [])
        #expect(names(machine.ready(7, now: 0)) == ["flush 7"])
        #expect(names(machine.send(try message(3), now: 0)) == [])
        let first = machine.take(10, by: 7, now: 0)
        #expect(first.batch.stanzas.map(\.id) == ["1", "2", "3"])
        #expect(names(machine.send(try message(4), now: 0)) == ["flush 7"])
        #expect(machine.count == 4)
        _ = machine.arrived(3, by: 7)
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
        _ = machine.take(10, by: 1, now: 0)
        _ = machine.arrived(1, by: 1)
        for stanza in [try message(2), try request(), try presence()] { _ = machine.send(stanza, now: 0) }
        _ = machine.take(10, by: 1, now: 0)
        _ = machine.send(try message(3), now: 0)
        #expect(
            names(machine.lost(1, Self.failure, now: 0, jitter: 0)) == ["bounce q remote-server-timeout", "connect"])
        #expect(names(machine.ready(2, now: 0)) == ["flush 2", "returned"])
        let again = machine.take(10, by: 2, now: 0)
        #expect(again.batch.stanzas.map(\.id) == ["2", "3"])
    }

    @Test func givesUpOnStreamsThatBringNothingAcross() throws {
        var machine = machine()
        _ = machine.send(try message(1), now: 0)
        _ = machine.ready(1, now: 0)
        _ = machine.take(10, by: 1, now: 0)
        #expect(names(machine.lost(1, Self.failure, now: 0, jitter: 0)) == ["bounce 1 remote-server-timeout"])
    }

    @Test func needsOneCarrierOnly() throws {
        var machine = machine()
        _ = machine.send(try message(1), now: 0)
        #expect(names(machine.ready(1, now: 0)) == ["flush 1"])
        #expect(names(machine.ready(2, now: 0)) == ["end 2"])
        let other = machine.take(10, by: 2, now: 0)
        #expect(other.batch.stanzas.isEmpty)
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
        let long = String(repeating: "x", count: 900)
        _ = machine.send(
            try stanza("<message id='2' from='a@acme.example' to='t@partner.example'><body>\(long)</body></message>"),
            now: 0)
        _ = machine.ready(1, maximumBytes: 1000, now: 0)
        let taken = machine.take(10, by: 1, now: 0)
        #expect(taken.batch.stanzas.map(\.id) == ["1"])
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
        _ = machine.take(1, by: 4, now: 0)
        _ = machine.take(1, by: 4, now: 0)
        _ = machine.send(try message(2), now: 0)
        #expect(names(machine.stop()).last == "end 4")
        #expect(names(machine.send(try message(3), now: 0)) == ["bounce 3 remote-server-timeout"])
        let last = machine.take(10, by: 4, now: 0)
        #expect(last.batch.stanzas.map(\.id) == ["2"])
    }

    // MARK: What is on disk

    private func entry(_ row: Int64, stamp: Int64 = 0) throws -> OutgoingMachine.Entry {
        OutgoingMachine.Entry(try message(Int(row)), row: row, stamp: stamp)
    }

    @Test func keepsWhatIsOnDiskUntilItHasArrived() throws {
        var machine = machine()
        #expect(names(machine.send(try message(1), row: 1, now: 0)) == ["connect"])
        _ = machine.send(try request(), now: 0)
        #expect(
            names(machine.failed(Self.failure, now: 0, jitter: 1))
                == ["bounce q remote-server-timeout", "wake 2000"])
        #expect(names(machine.send(try message(2), row: 2, now: 100)) == ["wake 2000"])
        #expect(names(machine.tick(now: 2000)) == ["connect"])
        #expect(names(machine.ready(1, now: 2000)) == ["flush 1"])
        let taken = machine.take(10, by: 1, now: 2000)
        #expect(taken.batch.stanzas.map(\.id) == ["1", "2"])
        #expect(names(machine.arrived(1, by: 1)) == ["remove [1]"])
        #expect(names(machine.lost(1, Self.failure, now: 3000, jitter: 0)) == ["connect"])
        _ = machine.ready(2, now: 3000)
        let again = machine.take(10, by: 2, now: 3000)
        #expect(again.batch.stanzas.map(\.id) == ["2"])
        #expect(names(machine.arrived(1, by: 2)) == ["remove [2]"])
        #expect(machine.isEmpty)
    }

    @Test func readsFromDiskWhatDoesNotFitIntoMemory() throws {
        var machine = machine { $0.queuedStanzas = 2 }
        for row in 1...4 { _ = machine.send(try message(row), row: Int64(row), now: 0) }
        #expect(machine.count == 2)
        #expect(names(machine.ready(1, now: 0)) == ["load 2", "flush 1"])
        let first = machine.take(10, by: 1, now: 0)
        #expect(first.batch.stanzas.map(\.id) == ["1", "2"])
        // One that was written while it is being read is among them, or comes with the next page.
        #expect(names(machine.send(try message(5), row: 5, now: 0)) == [])
        #expect(names(machine.loaded([try entry(3), try entry(4)], isAll: true, now: 0)) == ["load 4", "flush 1"])
        #expect(names(machine.loaded([try entry(5)], isAll: true, now: 0)) == [])
        let rest = machine.take(10, by: 1, now: 0)
        #expect(rest.batch.stanzas.map(\.id) == ["3", "4", "5"])
        // It is told of a second time.
        #expect(names(machine.send(try message(5), row: 5, now: 0)) == [])
        #expect(names(machine.arrived(5, by: 1)) == ["remove [1, 2, 3, 4, 5]"])
        #expect(machine.isEmpty)
    }

    @Test func takesUpWhatWasThereBeforeTheStart() throws {
        var machine = machine()
        #expect(names(machine.resume(now: 60_000)) == ["load 0"])
        #expect(names(machine.loaded([try entry(7, stamp: 1000)], isAll: true, now: 60_000)) == ["connect"])
        _ = machine.ready(1, now: 60_000)
        let taken = machine.take(10, by: 1, now: 60_000)
        let delay = try #require(taken.batch.stanzas.first?.child("delay", "urn:xmpp:delay"))
        #expect(delay["stamp"] == "1970-01-01T00:00:01Z")
        #expect(delay["from"] == "acme.example")
    }

    @Test func tellsTheSenderWhenItHasWaitedTooLong() throws {
        var machine = machine { $0.storedSeconds = 10 }
        _ = machine.send(try message(1), row: 1, now: 0)
        _ = machine.send(try message(2), row: 2, now: 9000)
        _ = machine.failed(Self.failure, now: 9000, jitter: 1)
        #expect(
            names(machine.tick(now: 10_000)) == ["bounce 1 remote-server-timeout", "remove [1]", "wake 11000"])
        #expect(machine.count == 1)
    }

    @Test func tellsTheSenderAtOnceWhereWaitingDoesNotHelp() throws {
        var machine = machine { $0.queuedStanzas = 1 }
        _ = machine.send(try message(1), row: 1, now: 0)
        _ = machine.send(try message(2), row: 2, now: 0)
        let failure = OutgoingFailure(.notFound, "no such domain")
        #expect(
            names(machine.failed(failure, now: 0, jitter: 1))
                == ["bounce 1 remote-server-not-found", "remove [1]", "load 1", "wake 2000"])
        #expect(
            names(machine.loaded([try entry(2)], isAll: true, now: 1))
                == ["bounce 2 remote-server-not-found", "remove [2]"])
        #expect(
            names(machine.send(try message(3), row: 3, now: 2))
                == ["bounce 3 remote-server-not-found", "remove [3]"])
        #expect(machine.isEmpty)
    }

    @Test func readsAgainWhatCouldNotBeRead() throws {
        var machine = machine()
        #expect(names(machine.resume(now: 0)) == ["load 0"])
        _ = machine.loadFailed()
        #expect(names(machine.tick(now: 60_000)) == ["load 0"])
    }

    @Test func marksMessagesForThoseWhoKnowThemAgain() throws {
        var machine = machine()
        _ = machine.send(try message(1), row: 5, stamp: 40, now: 50)
        _ = machine.send(try message(2), now: 50)
        _ = machine.send(try request(), now: 50)
        _ = machine.ready(1, takesOnce: true, now: 50)
        let marks = { (batch: OutgoingMachine.Batch) in batch.marks }
        #expect(marks(machine.take(10, by: 1, now: 60).batch) == ["5.40", "m.1", nil])
        _ = machine.arrived(1, by: 1)
        // The same goes out under the same mark, and without one to those who do not know it.
        _ = machine.lost(1, Self.failure, now: 70, jitter: 0)
        _ = machine.ready(2, takesOnce: true, now: 70)
        #expect(marks(machine.take(10, by: 2, now: 70).batch) == ["m.1"])
        _ = machine.send(try message(3), now: 70)
        _ = machine.arrived(1, by: 2)
        _ = machine.lost(2, Self.failure, now: 70, jitter: 0)
        _ = machine.ready(3, now: 70)
        #expect(marks(machine.take(10, by: 3, now: 70).batch) == [nil])
    }

    @Test func readsOnAfterALossOfWhatIsOnlyOnDisk() throws {
        var machine = machine { $0.queuedStanzas = 1 }
        _ = machine.send(try message(1), row: 1, now: 0)
        _ = machine.ready(1, now: 0)
        _ = machine.take(10, by: 1, now: 0)
        #expect(names(machine.send(try message(2), row: 2, now: 0)) == ["load 1"])
        _ = machine.loadFailed()
        _ = machine.arrived(1, by: 1)
        #expect(names(machine.lost(1, Self.failure, now: 0, jitter: 0)) == ["load 1"])
        #expect(names(machine.loaded([try entry(2)], isAll: true, now: 0)) == ["connect"])
    }

    @Test(arguments: [
        (TLSError.Kind.uncleanShutdown, OutgoingFailure.Kind.connection), (.interrupted, .connection),
        (.handshakeFailed, .tls),
    ])
    func whatADyingServerLeavesOpenWaits(_ kind: TLSError.Kind, _ expected: OutgoingFailure.Kind) throws {
        var machine = machine()
        _ = machine.send(try message(1), row: 1, now: 0)
        _ = machine.ready(1, now: 0)
        _ = machine.take(10, by: 1, now: 0)
        let failure = OutgoingFailure(connection: TLSError(kind, reason: "test"))
        #expect(failure.kind == expected)
        // It was there a moment ago: whatever it is may be mended, and what waits for it waits on.
        #expect(names(machine.lost(1, failure, now: 0, jitter: 1)) == ["wake 2000"])
    }

    @Test func leavesOnDiskWhatWaitsAtAStop() throws {
        var machine = machine()
        _ = machine.send(try message(1), row: 1, now: 0)
        #expect(names(machine.stop()) == [])
    }
}
