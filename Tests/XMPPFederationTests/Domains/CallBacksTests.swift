//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

import NIOCore
import Synchronization
import Testing

@testable import XMPPFederation

@Suite struct CallBacksTests {
    private typealias Answer = Result<String, OutgoingFailure>

    private final class Clock: Sendable {
        private let time = Mutex(NIODeadline.uptimeNanoseconds(1_000_000_000))

        var now: NIODeadline { time.withLock { $0 } }
        func advance(_ amount: TimeAmount) { time.withLock { $0 = $0 + amount } }
    }

    private let clock = Clock()
    private let down = OutgoingFailure(.connection, "down")

    private func callBacks() -> CallBacks {
        CallBacks(FederationLimits()) { [clock] in clock.now }
    }

    @Test func leavesDomainsAloneThatCannotBeReached() async {
        let calls = callBacks()
        #expect(await calls.call("a.example") { _ in Answer.failure(down) } == .failure(down))
        #expect(await calls.call("a.example") { _ in Answer.success("x") } == .failure(down))
        #expect(await calls.call("b.example") { _ in Answer.success("y") } == .success("y"))
        clock.advance(.seconds(3))
        #expect(await calls.call("a.example") { _ in Answer.success("x") } == .success("x"))
        // It has answered: there is nothing to remember.
        #expect(calls.count == 0)
    }

    @Test func waitsLongerEachTime() async {
        let calls = callBacks()
        for pause in [2, 4, 8] {
            #expect(await calls.call("a.example") { _ in Answer.failure(down) } == .failure(down))
            clock.advance(.seconds(Int64(pause) - 1))
            #expect(await calls.call("a.example") { _ in Answer.success("x") } == .failure(down))
            clock.advance(.seconds(2))
        }
        #expect(await calls.call("a.example") { _ in Answer.success("x") } == .success("x"))
    }

    @Test func whoeverHangsUpSaysNothingOfTheDomain() async {
        let calls = callBacks()
        let task = Task { [down] in
            await calls.call("a.example") { _ in
                withUnsafeCurrentTask { $0?.cancel() }
                return Answer.failure(down)
            }
        }
        #expect(await task.value == .failure(down))
        #expect(await calls.call("a.example") { _ in Answer.success("x") } == .success("x"))
    }

    @Test func callsOneDomainTwiceAtATime() async {
        let calls = callBacks()
        await withTaskGroup(of: Void.self) { group in
            for _ in 0..<10 {
                group.addTask {
                    _ = await calls.call("a.example") { _ in
                        Counter.shared.enter()
                        await Task.yield()
                        Counter.shared.leave()
                        return Answer.success("x")
                    }
                }
            }
        }
        #expect(Counter.shared.most >= 1)
        #expect(Counter.shared.most <= CallBacks.maximumOfDomain)
    }

    private final class Counter: Sendable {
        static let shared = Counter()
        private let state = Mutex((now: 0, most: 0))

        var most: Int { state.withLock { $0.most } }
        func enter() {
            state.withLock { state in
                state.now += 1
                state.most = max(state.most, state.now)
            }
        }
        func leave() { state.withLock { $0.now -= 1 } }
    }

    @Test func remembersSoManyOnly() async {
        let calls = callBacks()
        for number in 0..<(CallBacks.maximumRemembered + 50) {
            _ = await calls.call("d\(number).example") { _ in Answer.failure(down) }
        }
        #expect(calls.count <= CallBacks.maximumRemembered)
    }
}
