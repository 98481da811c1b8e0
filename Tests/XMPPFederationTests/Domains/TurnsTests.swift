//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

import Synchronization
import Testing

@testable import XMPPFederation

@Suite struct TurnsTests {
    @Test func lastUntilTheyAreGivenBack() async throws {
        let turns = Turns(1, waiting: 1)
        let first = try await turns.take()
        async let second = turns.take()
        first.end()
        first.end()
        let later = try await second
        // A turn that is ended twice is given back once: there is still one only.
        await withTaskGroup(of: Bool.self) { group in
            group.addTask { (try? await turns.take()) != nil }
            group.cancelAll()
            #expect(await group.next() == false)
        }
        later.end()
        #expect(try await turns.take() !== later)
    }

    @Test func refusesMoreThanMayWait() async throws {
        let turns = Turns(1, waiting: 0)
        let first = try await turns.take()
        await #expect(throws: Turns.TooMany.self) { try await turns.take() }
        first.end()
        _ = try await turns.take()
    }

    @Test func comesBackWhenNobodyHasIt() async throws {
        let turns = Turns(1, waiting: 0)
        for _ in 0..<3 { _ = try await turns.take() }
    }

    @Test func waitsNoLongerThanItsTask() async throws {
        let turns = Turns(1, waiting: 10)
        let first = try await turns.take()
        let waiting = Task { try await turns.take() }
        waiting.cancel()
        await #expect(throws: CancellationError.self) { try await waiting.value }
        first.end()
        _ = try await turns.take()
    }

    @Test func errandsEndWithWhomTheyAreFor() async {
        let errand = Errand()
        errand.cancel()
        let turns = Turns(0, waiting: 1)
        let flag = Flag()
        await errand.run {
            do {
                _ = try await turns.take()
            } catch is CancellationError {
                flag.set()
            } catch {}
        }
        #expect(flag.isSet)
    }

    private final class Flag: Sendable {
        private let value = Mutex(false)

        var isSet: Bool { value.withLock { $0 } }
        func set() { value.withLock { $0 = true } }
    }
}
