//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

import Testing
import XMPPCore

@testable import XMPPServer

@Suite struct BlockListTests {
    @Test(arguments: [
        ("tybalt@capulet.lit/home", "tybalt@capulet.lit/home", true),
        ("tybalt@capulet.lit/home", "tybalt@capulet.lit/away", false),
        ("tybalt@capulet.lit/home", "tybalt@capulet.lit", false),
        ("tybalt@capulet.lit", "tybalt@capulet.lit", true),
        ("tybalt@capulet.lit", "tybalt@capulet.lit/any", true),
        ("tybalt@capulet.lit", "nurse@capulet.lit", false),
        ("capulet.lit/bot", "capulet.lit/bot", true),
        ("capulet.lit/bot", "capulet.lit", false),
        ("capulet.lit/bot", "tybalt@capulet.lit/bot", false),
        ("capulet.lit", "capulet.lit", true),
        ("capulet.lit", "capulet.lit/bot", true),
        ("capulet.lit", "tybalt@capulet.lit", true),
        ("capulet.lit", "tybalt@capulet.lit/home", true),
        ("capulet.lit", "tybalt@muc.capulet.lit", false),
    ])
    func coversWhatTheSpecificationSays(_ entry: String, _ address: String, _ isBlocked: Bool) throws {
        let list = BlockList([try JID(entry)])
        #expect(list.blocks(try JID(address)) == isBlocked)
    }

    @Test func blocksNobodyWhenEmpty() throws {
        var list = BlockList()
        #expect(list.isEmpty)
        #expect(!list.blocks(try JID("tybalt@capulet.lit")))
        list.insert(try JID("capulet.lit"))
        #expect(list.blocks(try JID("tybalt@capulet.lit")))
        list.remove(try JID("capulet.lit"))
        #expect(!list.blocks(try JID("tybalt@capulet.lit")))
    }
}
