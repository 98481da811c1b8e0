//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

import Synchronization
import Testing

@testable import XMPPModules

/// A bell that is not heard would hang: the limit makes that a failure.
@Suite(.timeLimit(.minutes(1))) struct BellTests {
    /// What happened, in order.
    private final class Events: Sendable {
        private let names = Mutex<[String]>([])

        func note(_ name: String) { names.withLock { $0.append(name) } }

        var all: [String] { names.withLock { $0 } }
    }

    private func time(_ body: () async -> Void) async -> Duration { await ContinuousClock().measure { await body() } }

    @Test func remembersARingBeforeTheWaitAndOnlyOnce() async {
        let bell = Bell()
        bell.ring()
        #expect(await time { await bell.wait(atMost: .seconds(50)) } < .seconds(50))
        #expect(await time { await bell.wait(atMost: .milliseconds(20)) } >= .milliseconds(20))
    }

    @Test func wakesWhoWaits() async {
        let bell = Bell()
        let events = Events()
        await withTaskGroup(of: Void.self) { group in
            group.addTask {
                await bell.wait(atMost: nil)
                events.note("woken")
            }
            group.addTask {
                events.note("rung")
                bell.ring()
            }
        }
        #expect(events.all == ["rung", "woken"])
    }

    @Test func endsWhenTheTimeIsOver() async {
        let bell = Bell()
        #expect(await time { await bell.wait(atMost: .milliseconds(20)) } >= .milliseconds(20))
        #expect(await time { await bell.wait(atMost: .zero) } < .seconds(50))
    }

    @Test func endsWhenItsTaskIsCancelled() async {
        let bell = Bell()
        let wasCancelled = await withTaskGroup(of: Bool.self) { group in
            group.addTask {
                await bell.wait(atMost: nil)
                return Task.isCancelled
            }
            group.cancelAll()
            return await group.next()
        }
        #expect(wasCancelled == true)
    }
}
