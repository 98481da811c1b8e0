//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

import Synchronization
import Testing
import XMPPCore
import XMPPTestKit

@testable import XMPPFederation

/// Messages that are sent before they are written.
@Suite struct PassageTests {
    private typealias Action = OutgoingMachine.Action

    /// Who has been told.
    private final class Told: Sendable {
        private let names = Mutex<[String]>([])
        func add(_ name: String) { names.withLock { $0.append(name) } }
        var all: [String] { names.withLock { $0 } }
    }

    private let told = Told()

    private func ready(_ change: (inout FederationLimits) -> Void = { _ in }) -> OutgoingMachine {
        var limits = FederationLimits()
        change(&limits)
        var machine = OutgoingMachine(limits, name: "m", now: 0)
        _ = machine.ready(1, takesOnce: true, now: 0)
        return machine
    }

    private func message(_ id: String) throws -> Stanza {
        try Stanza(
            XMLElement(
                scripted: "<message id='\(id)' from='a@acme.example/x' to='t@partner.example'><body>b</body></message>")
        )
    }

    private func pass(_ id: String, _ machine: inout OutgoingMachine, now: Int64 = 0) throws -> [Action]? {
        machine.pass(try message(id), now: now) { [told] in told.add(id) }
    }

    /// Does what waits for nobody, and gives the rest in short.
    private func perform(_ actions: [Action]) -> [String] {
        actions.compactMap { (action: Action) -> String? in
            switch action {
            case .connect: return "connect"
            case .flush: return "flush"
            case .bounce(let stanza, _): return "bounce \(stanza.id ?? "")"
            case .remove(let rows): return "remove \(rows)"
            case .load(let row): return "load \(row)"
            case .watch: return "watch"
            case .put(let entries): return "put \(entries.compactMap(\.stanza.id).joined(separator: ","))"
            case .done(let calls):
                let told: [@Sendable () -> Void] = calls
                for tell in told { tell() }
                return nil
            case .end, .returned, .wake: return nil
            }
        }
    }

    private func numbers(_ actions: [Action]) -> [UInt64] {
        var numbers: [UInt64] = []
        for case .put(let entries) in actions { numbers += entries.compactMap(\.passage?.number) }
        return numbers
    }

    @Test func passesWhatArrivesInTime() throws {
        var machine = ready()
        #expect(perform(try #require(try pass("a", &machine))) == ["flush", "watch"])
        #expect(perform(try #require(try pass("b", &machine, now: 1))) == [])
        let batch = machine.take(9, by: 1, now: 1).batch
        #expect(batch.stanzas.map(\.id) == ["a", "b"])
        #expect(batch.isKept, "it is to be asked about")
        #expect(told.all.isEmpty)
        #expect(perform(machine.arrived(1, by: 1)) == [])
        #expect(told.all == ["a"])
        #expect(perform(machine.arrived(1, by: 1)) == [])
        #expect(told.all == ["a", "b"])
        #expect(perform(machine.watch(now: OutgoingMachine.patience + 1)) == [], "nothing is left to watch")
        #expect(perform(try #require(try pass("c", &machine, now: 300))) == ["flush", "watch"])
    }

    @Test func putsWhatTakesLongIntoTheOutbox() throws {
        var machine = ready()
        _ = try pass("a", &machine)
        let mark = machine.take(9, by: 1, now: 0).batch.marks.first
        _ = try pass("b", &machine, now: 200)
        let late = machine.watch(now: 251)
        #expect(perform(late) == ["put a", "watch"])
        guard case .put(let entries)? = late.first else {
            Issue.record("nothing is put")
            return
        }
        #expect(mark == "m.1" && entries.first?.mark == mark, "it is known again by the mark it was sent with")
        #expect(try pass("c", &machine, now: 252) == nil, "what comes now is written first")
        #expect(told.all.isEmpty)
        #expect(perform(machine.hasPut([(numbers(late)[0], 7)], now: 260)) == [])
        #expect(told.all == ["a"])
        #expect(perform(machine.watch(now: 502)) == ["put b"])
        #expect(perform(machine.arrived(1, by: 1)) == ["remove [7]"])
        let later = 502 + OutgoingMachine.pause
        #expect(
            try pass("d", &machine, now: later) == nil,
            "the one before it has not arrived: the other server may be away")
        _ = machine.take(9, by: 1, now: later)
        _ = machine.arrived(1, by: 1)
        #expect(try pass("e", &machine, now: later) != nil)
    }

    @Test func removesWhatArrivesWhileItIsPut() throws {
        var machine = ready()
        _ = try pass("a", &machine)
        _ = machine.take(9, by: 1, now: 0)
        let late = machine.watch(now: 251)
        _ = perform(machine.arrived(1, by: 1))
        #expect(told.all == ["a"])
        #expect(perform(machine.hasPut([(numbers(late)[0], 7)], now: 260)) == ["remove [7]"])
        #expect(told.all == ["a"], "nobody is told twice")
        #expect(machine.isEmpty)
    }

    @Test func keepsAllInOrderWhenTheStreamIsLost() throws {
        var machine = ready()
        for id in ["a", "b"] { _ = try pass(id, &machine) }
        _ = machine.take(1, by: 1, now: 0)
        let lost = machine.lost(1, nil, now: 10, jitter: 0)
        #expect(perform(lost) == ["put a,b"])
        #expect(perform(machine.hasPut(zip(numbers(lost), [3, 4]).map { ($0, $1) }, now: 11)) == [])
        #expect(told.all == ["a", "b"])
        // What is on disk stays when there is no way.
        #expect(perform(machine.failed(OutgoingFailure(.connection, "down"), now: 12, jitter: 0)) == [])
        #expect(machine.count == 2)
        _ = machine.ready(2, takesOnce: true, now: 5000)
        #expect(machine.take(9, by: 2, now: 5000).batch.stanzas.map(\.id) == ["a", "b"])
        #expect(perform(machine.arrived(2, by: 2)) == ["remove [3, 4]"])
    }

    @Test func putsAllAtAStop() throws {
        var machine = ready()
        _ = try pass("a", &machine)
        _ = machine.take(9, by: 1, now: 0)
        _ = machine.stop()
        #expect(try pass("b", &machine) == nil)
        #expect(perform(machine.lost(1, nil, now: 1, jitter: 0)) == ["put a"])
    }

    @Test func comesBackIfItCannotBePutAndDoesNotArrive() throws {
        var machine = ready()
        _ = try pass("a", &machine)
        let lost = machine.lost(1, nil, now: 10, jitter: 0)
        _ = perform(machine.hasPut([(numbers(lost)[0], nil)], now: 11))
        #expect(told.all == ["a"])
        #expect(perform(machine.failed(OutgoingFailure(.connection, "down"), now: 12, jitter: 0)) == ["bounce a"])
    }

    @Test func writesFirstWhereThereIsNoWayOrMoreOnDisk() throws {
        var limits = FederationLimits()
        limits.queuedStanzas = 1
        var machine = OutgoingMachine(limits, name: "m", now: 0)
        #expect(try pass("a", &machine) == nil, "no way")
        _ = machine.ready(1, now: 0)
        #expect(try pass("b", &machine) != nil)
        #expect(try pass("c", &machine) == nil, "no room")
        _ = machine.send(try message("d"), row: 5, now: 0)
        _ = machine.take(9, by: 1, now: 0)
        _ = machine.arrived(1, by: 1)
        #expect(try pass("e", &machine) == nil, "it would overtake what is on disk")
    }

    /// A row that has been made of something in memory is in the outbox as well: it must not be read as another one.
    @Test func readsNothingThatIsInMemory() throws {
        var machine = ready { $0.queuedStanzas = 2 }
        for id in ["a", "b"] { _ = try pass(id, &machine) }
        _ = machine.take(1, by: 1, now: 0)
        // It does not fit: from now on there is something on disk alone.
        #expect(perform(machine.send(try message("c"), row: 5, now: 1)) == ["load 0"])
        let isLoading = machine.watch(now: 300)
        #expect(numbers(isLoading).isEmpty, "not while the outbox is being read")
        let loaded = machine.loaded([.init(try message("c"), row: 5, stamp: 1)], isAll: true, now: 301)
        #expect(perform(loaded).contains("put a,b"))
        _ = machine.send(try message("d"), row: 6, now: 302)
        _ = machine.hasPut(zip(numbers(loaded), [7, 8]).map { ($0, $1) }, now: 303)
        let again = machine.loaded(
            [.init(try message("d"), row: 6, stamp: 1), .init(try message("a"), row: 7, stamp: 1)], isAll: true,
            now: 304)
        _ = perform(again)
        _ = machine.arrived(1, by: 1)
        #expect(machine.take(9, by: 1, now: 305).batch.stanzas.map(\.id) == ["b", "c", "d"])
    }
}
