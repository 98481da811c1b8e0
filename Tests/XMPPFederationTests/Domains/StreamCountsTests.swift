//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

import NIOCore
import Synchronization
import Testing

@testable import XMPPFederation

@Suite struct StreamCountsTests {
    private static let pair = DomainPair(local: "acme.example", remote: "partner.example")

    private func stream(_ id: UInt64, heard: UInt64) -> ProvenStream {
        ProvenStream(id: id, now: .uptimeNanoseconds(heard)) {}
    }

    @Test func theOneThatIsSilentTheLongestMakesRoom() {
        let streams = ProvenStreams()
        let (a, b, c) = (stream(1, heard: 10), stream(2, heard: 20), stream(3, heard: 30))
        #expect(streams.admit(a, for: Self.pair, limit: 2) == nil)
        #expect(streams.admit(b, for: Self.pair, limit: 2) == nil)
        a.heard(.uptimeNanoseconds(25))
        #expect(streams.admit(c, for: Self.pair, limit: 2) === b)
        #expect(streams.count(for: Self.pair) == 2)
        // Another domain of ours is another matter.
        let other = DomainPair(local: "care.acme.example", remote: "partner.example")
        #expect(streams.admit(b, for: other, limit: 2) == nil)
        for stream in [a, b, c] { streams.release(stream, for: Self.pair) }
        #expect(streams.count(for: Self.pair) == 0)
        #expect(streams.count(for: other) == 1)
    }

    @Test func theOldestWithoutProofMakesRoom() {
        let streams = UnprovenStreams(maximum: 2)
        let note = Ended()
        for id in [5, 6] as [UInt64] { streams.add(id) { note.add(id) } }
        streams.remove(5)
        streams.add(7) { note.add(7) }
        #expect(note.ids == [])
        streams.add(8) { note.add(8) }
        #expect(note.ids == [6])
        #expect(streams.count == 2)
        #expect(streams.endOldest() && streams.endOldest() && !streams.endOldest())
        #expect(note.ids == [6, 7, 8])
    }

    private final class Ended: Sendable {
        private let list = Mutex<[UInt64]>([])

        var ids: [UInt64] { list.withLock { $0 } }
        func add(_ id: UInt64) { list.withLock { $0.append(id) } }
    }

    @Test func strangersWriteSoManyLines() {
        let budget = LineBudget()
        let start = NIODeadline.uptimeNanoseconds(1)
        for _ in 0..<LineBudget.lines { #expect(budget.take(now: start) == (true, 0)) }
        for _ in 0..<7 { #expect(budget.take(now: start + .seconds(59)) == (false, 0)) }
        #expect(budget.take(now: start + .seconds(60)) == (true, 7))
        #expect(budget.take(now: start + .seconds(61)) == (true, 0))
    }

    @Test func presenceIsToldAnewOnceInAWhile() {
        let renewals = PresenceRenewals()
        let start = NIODeadline.uptimeNanoseconds(1)
        #expect(renewals.add(Self.pair, now: start) == 0)
        #expect(renewals.add(Self.pair, now: start) == nil)
        let other = DomainPair(local: "acme.example", remote: "other.example")
        #expect(renewals.add(other, now: start) == nil)
        #expect(renewals.take(now: start) == ["acme.example": ["partner.example", "other.example"]])
        #expect(renewals.add(Self.pair, now: start + .seconds(20)) == 40)
        #expect(renewals.take(now: start + .seconds(60)) == ["acme.example": ["partner.example"]])
        #expect(renewals.add(Self.pair, now: start + .seconds(200)) == 0)
    }
}
