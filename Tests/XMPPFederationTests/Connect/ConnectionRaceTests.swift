//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

import Testing
import XMPPDNS

@testable import XMPPFederation

/// Which address is tried when (RFC 8305, XEP-0495).
@Suite struct ConnectionRaceTests {
    private static func target(_ host: String, port: Int = 5269) -> ServiceTarget {
        ServiceTarget(host: host, port: port, isDirectTLS: false)
    }

    private static func address(_ text: String) -> IPAddress {
        guard let address = IPAddress(text) else { preconditionFailure("\(text) is no address") }
        return address
    }

    private func connect(_ host: String, _ address: String, number: Int) -> [ConnectionRace.Action] {
        [
            .connect(.init(target: Self.target(host), address: Self.address(address))), .start(.attemptDelay(number)),
        ]
    }

    private func resolved(
        _ race: inout ConnectionRace, _ host: String, _ family: ConnectionRace.Family, _ addresses: String...
    ) -> [ConnectionRace.Action] {
        race.resolved(host, family, addresses.map(Self.address))
    }

    private func candidate(_ host: String, _ address: String) -> ConnectionRace.Candidate {
        .init(target: Self.target(host), address: Self.address(address))
    }

    @Test func asksForAllHostsAtOnceAndOnce() {
        var race = ConnectionRace([Self.target("a"), Self.target("b"), Self.target("a", port: 5270)])
        #expect(
            race.start() == [
                .lookUp(host: "a", .ipv6), .lookUp(host: "a", .ipv4), .lookUp(host: "b", .ipv6),
                .lookUp(host: "b", .ipv4),
            ])
    }

    @Test func startsWithIPv6AtOnce() {
        var race = ConnectionRace([Self.target("a")])
        _ = race.start()
        #expect(resolved(&race, "a", .ipv6, "2001:db8::1") == connect("a", "2001:db8::1", number: 1))
        #expect(resolved(&race, "a", .ipv4, "192.0.2.1") == [])
        #expect(race.fired(.attemptDelay(1)) == connect("a", "192.0.2.1", number: 2))
    }

    @Test func waitsALittleForIPv6() {
        var race = ConnectionRace([Self.target("a")])
        _ = race.start()
        #expect(resolved(&race, "a", .ipv4, "192.0.2.1") == [.start(.resolutionDelay)])
        #expect(race.fired(.resolutionDelay) == connect("a", "192.0.2.1", number: 1))
        // What comes later is tried next.
        #expect(resolved(&race, "a", .ipv6, "2001:db8::1") == [])
        #expect(race.failed(candidate("a", "192.0.2.1")) == connect("a", "2001:db8::1", number: 2))
    }

    @Test func doesNotWaitForWhatIsNotThere() {
        var race = ConnectionRace([Self.target("a")])
        _ = race.start()
        #expect(resolved(&race, "a", .ipv6) == [])
        #expect(resolved(&race, "a", .ipv4, "192.0.2.1") == connect("a", "192.0.2.1", number: 1))
    }

    @Test func prefersTheFirstTarget() {
        var race = ConnectionRace([Self.target("a"), Self.target("b")])
        _ = race.start()
        #expect(resolved(&race, "b", .ipv6, "2001:db8::b") == [.start(.resolutionDelay)])
        #expect(resolved(&race, "a", .ipv6, "2001:db8::a") == connect("a", "2001:db8::a", number: 1))
        // The delay that runs has lost its meaning.
        #expect(race.fired(.resolutionDelay) == [])
        #expect(race.fired(.attemptDelay(1)) == connect("b", "2001:db8::b", number: 2))
    }

    @Test func passesOverHostsWithoutAddresses() {
        var race = ConnectionRace([Self.target("a"), Self.target("b")])
        _ = race.start()
        _ = resolved(&race, "a", .ipv6)
        #expect(resolved(&race, "b", .ipv6, "2001:db8::b") == [.start(.resolutionDelay)])
        #expect(resolved(&race, "a", .ipv4) == connect("b", "2001:db8::b", number: 1))
    }

    @Test func takesFamiliesInTurn() {
        var race = ConnectionRace([Self.target("a")])
        _ = race.start()
        _ = resolved(&race, "a", .ipv6, "2001:db8::1", "2001:db8::2")
        _ = resolved(&race, "a", .ipv4, "192.0.2.1", "192.0.2.2")
        #expect(race.fired(.attemptDelay(1)) == connect("a", "192.0.2.1", number: 2))
        #expect(race.fired(.attemptDelay(2)) == connect("a", "2001:db8::2", number: 3))
        #expect(race.fired(.attemptDelay(3)) == connect("a", "192.0.2.2", number: 4))
        #expect(race.fired(.attemptDelay(4)) == [])
    }

    @Test func aFailureStartsTheNextAtOnce() {
        var race = ConnectionRace([Self.target("a")])
        _ = race.start()
        _ = resolved(&race, "a", .ipv6, "2001:db8::1", "2001:db8::2")
        _ = resolved(&race, "a", .ipv4)
        #expect(race.failed(candidate("a", "2001:db8::1")) == connect("a", "2001:db8::2", number: 2))
        // The first attempt's delay is over and done with.
        #expect(race.fired(.attemptDelay(1)) == [])
        #expect(race.failed(candidate("a", "2001:db8::2")) == [.giveUp])
    }

    @Test func anEarlierFailureDoesNotHurryTheNext() {
        var race = ConnectionRace([Self.target("a")])
        _ = race.start()
        _ = resolved(&race, "a", .ipv6, "2001:db8::1", "2001:db8::2", "2001:db8::3")
        _ = resolved(&race, "a", .ipv4)
        _ = race.fired(.attemptDelay(1))
        #expect(race.failed(candidate("a", "2001:db8::1")) == [])
        #expect(race.fired(.attemptDelay(2)) == connect("a", "2001:db8::3", number: 3))
    }

    @Test func givesUpOnlyWhenAllIsKnown() {
        var race = ConnectionRace([Self.target("a"), Self.target("b")])
        _ = race.start()
        _ = resolved(&race, "a", .ipv6, "2001:db8::1")
        _ = resolved(&race, "a", .ipv4)
        #expect(race.failed(candidate("a", "2001:db8::1")) == [])
        _ = resolved(&race, "b", .ipv6)
        #expect(resolved(&race, "b", .ipv4) == [.giveUp])
    }

    @Test func nothingIsGivenUpAtOnce() {
        var race = ConnectionRace([])
        #expect(race.start() == [.giveUp])
    }

    @Test func takesAddressesAsTheyAre() {
        var race = ConnectionRace([Self.target("192.0.2.1")])
        #expect(race.start() == connect("192.0.2.1", "192.0.2.1", number: 1))
        #expect(race.failed(candidate("192.0.2.1", "192.0.2.1")) == [.giveUp])
    }

    @Test func holdsToItsLimits() {
        let hosts = (0..<8).map { "h\($0)" }
        var race = ConnectionRace(hosts.map { Self.target($0) })
        _ = race.start()
        var started = 0
        var actions: [ConnectionRace.Action] = []
        for (index, host) in hosts.enumerated() {
            let many = (0..<40).map { IPAddress(bytes: [192, 0, UInt8(index), UInt8($0)])! }
            actions += race.resolved(host, .ipv6, [])
            actions += race.resolved(host, .ipv4, many)
        }
        while let action = actions.popLast(), action != .giveUp {
            if case .connect(let candidate) = action {
                started += 1
                #expect(candidate.address.bytes[3] < UInt8(ConnectionRace.maximumAddresses))
                actions += race.failed(candidate)
            }
        }
        #expect(started == ConnectionRace.maximumAttempts)
    }

    /// In whatever order things happen, the race ends, and no address is tried twice.
    @Test(arguments: 0..<200)
    func endsInAnyOrder(_ seed: UInt64) {
        var random = SplitMix(seed: seed)
        let hosts = ["a", "b", "c"]
        var race = ConnectionRace(hosts.map { Self.target($0) })
        var pending = race.start()
        var tried: Set<ConnectionRace.Candidate> = []
        var steps = 0
        while let index = pending.indices.randomElement(using: &random) {
            steps += 1
            guard steps < 1000 else { break }
            let action = pending.remove(at: index)
            switch action {
            case .lookUp(let host, let family):
                let count = Int.random(in: 0...3, using: &random)
                let number = UInt8(hosts.firstIndex(of: host) ?? 0)
                pending += race.resolved(
                    host, family,
                    (0..<count).map { part in
                        let tail: [UInt8] = [number, UInt8(part)]
                        return IPAddress(
                            bytes: family == .ipv4 ? [192, 0] + tail : [UInt8](repeating: 0x20, count: 14) + tail)!
                    })
            case .connect(let candidate):
                #expect(tried.insert(candidate).inserted)
                pending += race.failed(candidate)
            case .start(let timer): pending += race.fired(timer)
            case .giveUp: return
            }
        }
        Issue.record("the race has not ended")
    }
}
