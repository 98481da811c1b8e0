//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

import Testing

@testable import XMPPModules

@Suite struct BellTests {
    @Test func remembersARingBeforeTheWait() async {
        let bell = Bell()
        bell.ring()
        await bell.wait(atMost: nil)
    }

    @Test func wakesWhoWaits() async {
        let bell = Bell()
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await bell.wait(atMost: nil) }
            group.addTask { bell.ring() }
        }
    }

    @Test func endsWhenTheTimeIsOver() async {
        let bell = Bell()
        await bell.wait(atMost: .milliseconds(1))
        await bell.wait(atMost: .zero)
    }

    @Test func endsWhenItsTaskIsCancelled() async {
        let bell = Bell()
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await bell.wait(atMost: nil) }
            group.cancelAll()
        }
    }
}
