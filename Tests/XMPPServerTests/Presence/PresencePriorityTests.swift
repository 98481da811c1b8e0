//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

import Testing
import XMPPCore

@testable import XMPPServer

@Suite struct PresencePriorityTests {
    static func presence(_ priority: String?) -> Stanza {
        Stanza(.presence, .available) {
            if let priority { XMLElement("priority", Namespace.client, text: priority) }
        }
    }

    @Test func readsWhatTheSchemaAllows() throws {
        for (text, value) in [(nil, 0), ("0", 0), ("127", 127), ("-128", -128), (" 5\n", 5), ("+3", 3)] {
            #expect(try PresencePriority.read(Self.presence(text)) == value)
        }
    }

    @Test func refusesEverythingElse() {
        for text in ["128", "-129", "", "high", "1 2", "1.5"] {
            #expect(throws: StanzaError.self) { try PresencePriority.read(Self.presence(text)) }
        }
    }
}
