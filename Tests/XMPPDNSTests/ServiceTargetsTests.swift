//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

import Testing
import XMPPDNS

@Suite struct ServiceTargetsTests {
    private let direct = "_xmpps-server._tcp.example"
    private let startTLS = "_xmpp-server._tcp.example"

    private func resolve(_ resolver: FakeResolver, _ domain: String = "example") async throws -> ServiceTargets {
        try await ServiceTargets.resolve(domain, with: resolver, random: SplitMix(seed: 1))
    }

    @Test func mergesBothKindsByPriority() async throws {
        var resolver = FakeResolver()
        resolver.set(
            direct, .service, [FakeResolver.srv(20, 0, 5270, "b.example"), FakeResolver.srv(1, 0, 443, "c.example")])
        resolver.set(startTLS, .service, [FakeResolver.srv(10, 0, 5269, "A.example")])
        let targets = try await resolve(resolver)
        #expect(
            targets.groups.map { $0.map(\.description) } == [
                ["c.example:443 (direct TLS)"], ["a.example:5269"], ["b.example:5270 (direct TLS)"],
            ])
        #expect(!targets.isFallback)
        #expect(!targets.isSecure)
    }

    @Test func fallsBackToTheDomain() async throws {
        let targets = try await resolve(FakeResolver(isSecure: true))
        #expect(targets.groups == [[ServiceTarget(host: "example", port: 5269, isDirectTLS: false)]])
        #expect(targets.isFallback)
        #expect(targets.isSecure)
    }

    @Test func asksForALabels() async throws {
        var resolver = FakeResolver()
        resolver.set("_xmpp-server._tcp.xn--bcher-kva.example", .service, [FakeResolver.srv(0, 0, 5269, "h.example")])
        let targets = try await resolve(resolver, "bücher.example")
        #expect(targets.groups.first?.first?.host == "h.example")
        #expect(
            try await resolve(FakeResolver(), "bücher.example").groups.first?.first?.host == "xn--bcher-kva.example")
    }

    @Test(arguments: [("192.0.2.1", "192.0.2.1:5269"), ("[2001:db8::1]", "[2001:db8::1]:5269")])
    func takesAddressesAsTheyAre(_ domain: String, _ expected: String) async throws {
        let targets = try await resolve(FakeResolver(), domain)
        #expect(targets.groups.map { $0.map(\.description) } == [[expected]])
    }

    /// `.` for one kind says only that there is none of that kind; for both, or without the other, there is no service.
    @Test func honoursTheRootAsTarget() async throws {
        var resolver = FakeResolver()
        resolver.set(direct, .service, [FakeResolver.srv(0, 0, 0, ".")])
        await #expect(throws: ServiceTargets.Failure.notOffered) { try await resolve(resolver) }
        resolver.set(startTLS, .service, [FakeResolver.srv(0, 0, 5269, "a.example")])
        #expect(try await resolve(resolver).groups.map { $0.map(\.host) } == [["a.example"]])
        resolver.set(startTLS, .service, [FakeResolver.srv(0, 0, 5269, ".")])
        await #expect(throws: ServiceTargets.Failure.notOffered) { try await resolve(resolver) }
    }

    @Test func neverFallsBackWithoutKnowing() async throws {
        var resolver = FakeResolver()
        resolver.answers["\(direct) SRV"] = .failure(.timedOut)
        await #expect(throws: ServiceTargets.Failure.dns(.timedOut)) { try await resolve(resolver) }
        resolver.set(startTLS, .service, [FakeResolver.srv(0, 0, 5269, "a.example")], isSecure: true)
        let targets = try await resolve(resolver)
        #expect(targets.groups.first?.first?.host == "a.example")
        #expect(!targets.isSecure)
    }

    @Test func forgedAnswersEndIt() async throws {
        var resolver = FakeResolver()
        resolver.answers["\(direct) SRV"] = .failure(.bogus("no signatures"))
        resolver.set(startTLS, .service, [FakeResolver.srv(0, 0, 5269, "a.example")])
        await #expect(throws: ServiceTargets.Failure.dns(.bogus("no signatures"))) { try await resolve(resolver) }
    }

    @Test func isSecureIfBothAnswersAre() async throws {
        var resolver = FakeResolver(isSecure: true)
        resolver.set(startTLS, .service, [FakeResolver.srv(0, 0, 5269, "a.example")], isSecure: true)
        #expect(try await resolve(resolver).isSecure)
        resolver.set(direct, .service, [FakeResolver.srv(0, 0, 5270, "a.example")], isSecure: false)
        #expect(try await !resolve(resolver).isSecure)
    }

    @Test func refusesWhatIsNoDomain() async {
        await #expect(throws: ServiceTargets.Failure.invalidDomain) { try await resolve(FakeResolver(), "a b") }
        await #expect(throws: ServiceTargets.Failure.invalidDomain) { try await resolve(FakeResolver(), "") }
    }

    @Test func unreadableRecordsAreAFailure() async {
        var resolver = FakeResolver()
        resolver.set(startTLS, .service, [[1, 2, 3]])
        await #expect(throws: ServiceTargets.Failure.dns(.malformed(.service))) { try await resolve(resolver) }
    }

    @Test func holdsToItsLimitAndTakesEachPlaceOnce() async throws {
        var resolver = FakeResolver()
        resolver.set(
            direct, .service, (0..<64).map { FakeResolver.srv(1, 1, 5270 + UInt16($0), "a.example") })
        resolver.set(
            startTLS, .service, [FakeResolver.srv(0, 3, 5269, "a.example"), FakeResolver.srv(0, 4, 5269, "a.example")])
        let targets = try await resolve(resolver)
        #expect(targets.groups.first?.count == 1)
        #expect(targets.groups.joined().count == ServiceTargets.maximumTargets)
    }
}
