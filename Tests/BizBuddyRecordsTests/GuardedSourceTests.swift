//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

import BizBuddyCore
import Testing

@testable import BizBuddyRecords

@Suite struct GuardedSourceTests {
    private let clock = ManualClock()

    private func guarded(
        _ source: ScriptedSource, fresh: Duration = .seconds(300), stale: Duration = .seconds(3600)
    ) -> GuardedSource {
        let clock = clock
        return GuardedSource(source, policy: .init(fresh: fresh, stale: stale)) { clock.now }
    }

    @Test func remembersAnAnswerAndTellsItsAge() async throws {
        let source = ScriptedSource("crm", [.answer([.sample()])])
        let guarded = guarded(source)
        #expect(try await guarded.answer(.about()).age == 0)
        clock.advance(.seconds(200))
        let second = try await guarded.answer(.about())
        #expect(second.age == 200 && !second.isStale && second.records == [.sample()])
        #expect(source.asked.count == 1)
    }

    @Test func showsAnOldAnswerAsStaleAndAsksWhenToldTo() async throws {
        let source = ScriptedSource("crm", [.answer([.sample()]), .answer([.sample("4712")])])
        let guarded = guarded(source)
        _ = try await guarded.answer(.about())
        clock.advance(.seconds(301))
        let old = try await guarded.answer(.about())
        #expect(old.isStale && old.records == [.sample()])
        var query = RecordQuery.about()
        query.isRefresh = true
        #expect(try await guarded.answer(query).records == [.sample("4712")])
        #expect(try await guarded.answer(.about()).age == 0)
    }

    @Test func forgetsWhatIsTooOld() async throws {
        let source = ScriptedSource("crm", [.answer([.sample()]), .answer([])])
        let guarded = guarded(source)
        _ = try await guarded.answer(.about())
        clock.advance(.seconds(3601))
        #expect(try await guarded.answer(.about()).records == [])
    }

    @Test func remembersNobodyForAShorterTime() async throws {
        let source = ScriptedSource("crm", [.answer([]), .answer([.sample()])])
        let guarded = guarded(source)
        _ = try await guarded.answer(.about())
        clock.advance(.seconds(59))
        #expect(try await guarded.answer(.about()).records == [])
        clock.advance(.seconds(2))
        #expect(try await guarded.answer(.about()).records == [.sample()])
    }

    @Test func forgetsAPersonOnRequest() async throws {
        let source = ScriptedSource("crm", [.answer([.sample()])])
        let guarded = guarded(source)
        _ = try await guarded.answer(.about())
        guarded.forget(CanonicalAddress(CustomerAddress("tom@home.example")))
        _ = try await guarded.answer(.about())
        #expect(source.asked.count == 2)
    }

    @Test func leavesAFailingSourceAlone() async throws {
        let source = ScriptedSource("crm", [.fail("status 503")])
        let guarded = guarded(source)
        for number in 1...CircuitBreaker.threshold {
            await #expect(throws: SourceFailure("status 503"), "failure \(number)") {
                try await guarded.answer(.about("c\(number)@home.example"))
            }
        }
        await #expect(throws: SourceFailure("not asked: it has failed too often")) {
            try await guarded.answer(.about())
        }
        #expect(source.asked.count == CircuitBreaker.threshold)
        clock.advance(CircuitBreaker.pause)
        await #expect(throws: SourceFailure("status 503")) { try await guarded.answer(.about()) }
        await #expect(throws: SourceFailure("not asked: it has failed too often"), "one question was enough") {
            try await guarded.answer(.about())
        }
    }

    @Test func asksAgainOnceASourceAnswers() async throws {
        let failures = Array(repeating: ScriptedSource.Step.fail("down"), count: CircuitBreaker.threshold)
        let source = ScriptedSource("crm", failures + [.answer([.sample()])])
        let guarded = guarded(source)
        for _ in failures { _ = try? await guarded.answer(.about()) }
        clock.advance(CircuitBreaker.pause)
        for number in 1...3 {
            #expect(try await guarded.answer(.about("c\(number)@home.example")).records == [.sample()])
        }
    }

    @Test func asksSoManyAtOnceAndNoMore() async throws {
        let gate = Gate()
        let source = ScriptedSource("crm", [.answerAfter(gate, [.sample()])])
        let guarded = guarded(source)
        let outcomes = await withTaskGroup(of: String.self) { group in
            for number in 0..<Limits.concurrency + 8 {
                group.addTask {
                    do {
                        return try await guarded.answer(.about("c\(number)@home.example")).records[0].customerID
                    } catch {
                        return "\(error)"
                    }
                }
            }
            var outcomes: [String] = []
            for await outcome in group {
                outcomes.append(outcome)
                if outcomes.count == 8 { gate.open() }
            }
            return outcomes
        }
        #expect(outcomes.prefix(8).allSatisfy { $0 == "too many questions at once" })
        #expect(outcomes.dropFirst(8).allSatisfy { $0 == "4711" })
    }

    @Test func keepsNoMoreAnswersThanItsBound() {
        var cache = AnswerCache(capacity: 100)
        let now = ContinuousClock.now
        func address(_ number: Int) -> [CanonicalAddress] { [CanonicalAddress(CustomerAddress("c\(number)@x"))] }
        for number in 0..<1000 {
            cache.keep(RecordAnswer(records: [.sample("\(number)")]), for: address(number), at: now)
            // Somebody who writes all the time is not forgotten.
            #expect(cache.answer(for: address(0), at: now, maximum: .seconds(1)) != nil)
            #expect(cache.count <= 100)
        }
        #expect(cache.answer(for: address(999), at: now, maximum: .seconds(1))?.answer.records == [.sample("999")])
        #expect(cache.answer(for: address(850), at: now, maximum: .seconds(1)) == nil)
    }
}
