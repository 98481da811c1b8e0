//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

import NIOCore
import Synchronization
import Testing

@testable import XMPPDNS

@Suite struct OpportunisticResolverTests {
    private final class Calls: Sendable {
        private let count = Mutex(0)

        var value: Int { count.withLock { $0 } }
        func add() { count.withLock { $0 += 1 } }
    }

    private func resolver(_ probe: Result<DNSResponse, DNSError>, _ calls: Calls) -> OpportunisticResolver {
        var validating = FakeResolver(answers: ["org A": probe], isSecure: true)
        validating.set("a.example", .ipv4, [[192, 0, 2, 1]], isSecure: true)
        var plain = FakeResolver()
        plain.set("a.example", .ipv4, [[192, 0, 2, 1]])
        return OpportunisticResolver(validating: validating, plain: plain) { calls.add() }
    }

    @Test func validatesWhereItCan() async throws {
        let calls = Calls()
        let resolver = resolver(.success(DNSResponse(isSecure: true)), calls)
        for _ in 0..<2 { #expect(try await resolver.ipv4("a.example").isSecure) }
        #expect(calls.value == 0)
    }

    @Test func asksPlainlyWhereSignaturesAreDropped() async throws {
        let calls = Calls()
        let resolver = resolver(.failure(.bogus("no signatures")), calls)
        for _ in 0..<2 {
            let answer = try await resolver.ipv4("a.example")
            #expect(answer.records.count == 1 && !answer.isSecure)
        }
        #expect(calls.value == 1)
    }

    /// A resolver that validates, until the network changes and drops signatures.
    private final class Changing: Resolver {
        let dropsSignatures = Mutex(false)
        let probes = Mutex(0)

        func lookUp(_ name: String, _ type: DNSType) async throws -> DNSResponse {
            if name == OpportunisticResolver.probe { probes.withLock { $0 += 1 } }
            if dropsSignatures.withLock({ $0 }) || name == "broken.example" { throw DNSError.bogus("no signatures") }
            return DNSResponse(records: [[192, 0, 2, 1]], isSecure: true)
        }
    }

    @Test func noticesThatSignaturesAreDroppedLater() async throws {
        let (calls, changing) = (Calls(), Changing())
        let time = Time()
        var plain = FakeResolver()
        plain.set("a.example", .ipv4, [[192, 0, 2, 1]])
        let resolver = OpportunisticResolver(
            validating: changing, plain: plain, now: { time.now }, onFallback: { calls.add() })
        #expect(try await resolver.ipv4("a.example").isSecure)
        // A zone that is broken says nothing of the path, and is asked about once a minute at most.
        for _ in 0..<5 {
            await #expect(throws: DNSError.bogus("no signatures")) { try await resolver.ipv4("broken.example") }
        }
        #expect(changing.probes.withLock { $0 } == 1)
        time.advance(OpportunisticResolver.validTime)
        for _ in 0..<5 {
            await #expect(throws: DNSError.bogus("no signatures")) { try await resolver.ipv4("broken.example") }
        }
        #expect(changing.probes.withLock { $0 } == 2)
        #expect(calls.value == 0)
        changing.dropsSignatures.withLock { $0 = true }
        time.advance(OpportunisticResolver.validTime)
        let answer = try await resolver.ipv4("a.example")
        #expect(answer.records.count == 1 && !answer.isSecure)
        #expect(calls.value == 1)
    }

    private final class Time: Sendable {
        private let time = Mutex(NIODeadline.uptimeNanoseconds(1))

        var now: NIODeadline { time.withLock { $0 } }
        func advance(_ amount: TimeAmount) { time.withLock { $0 = $0 + amount } }
    }

    @Test func silenceSaysNothing() async throws {
        let calls = Calls()
        let resolver = resolver(.failure(.timedOut), calls)
        #expect(try await resolver.ipv4("a.example").isSecure)
        #expect(calls.value == 0)
    }
}
