//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

import Synchronization
import Testing
import XMPPDNS

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

    @Test func silenceSaysNothing() async throws {
        let calls = Calls()
        let resolver = resolver(.failure(.timedOut), calls)
        #expect(try await resolver.ipv4("a.example").isSecure)
        #expect(calls.value == 0)
    }
}
