//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

import Testing
import XMPPTestKit

@testable import XMPPServer

@Suite struct RedeliveriesTests {
    @Test func holdsUpOnlyTheAccountConcerned() async {
        let redeliveries = Redeliveries()
        redeliveries.begin("a")
        await redeliveries.wait("b")
        redeliveries.end("a")
        await redeliveries.wait("a")
    }

    @Test func waitsForAllSessions() async {
        let redeliveries = Redeliveries()
        let isThrough = Watched(false)
        redeliveries.begin("a")
        redeliveries.begin("a")
        async let waiting: Void = {
            await redeliveries.wait("a")
            isThrough.change { $0 = true }
        }()
        redeliveries.end("a")
        #expect(!isThrough.value)
        redeliveries.end("a")
        await waiting
        #expect(isThrough.value)
    }

    @Test func takesAnEndWithoutABeginning() async {
        let redeliveries = Redeliveries()
        redeliveries.end("a")
        await redeliveries.wait("a")
    }
}
