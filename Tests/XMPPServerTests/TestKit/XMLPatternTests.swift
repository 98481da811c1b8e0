//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

import Testing
import XMPPCore
import XMPPTestKit

@Suite struct XMLPatternTests {
    private static let message =
        "<message from='a@x' id='7'><body>hello</body><delay xmlns='urn:xmpp:delay' stamp='now'/></message>"

    @Test(arguments: [
        (message, true, true),
        (
            "<message id='7' from='a@x'>\n  <body>hello</body>\n  <delay xmlns='urn:xmpp:delay' stamp='*'/>\n</message>",
            true, true
        ),
        ("<message from='*' id='*'><body>*</body><delay xmlns='urn:xmpp:delay' stamp='now'/></message>", true, true),
        ("<message from='a@x'><body>hello</body></message>", false, true),
        ("<message><delay xmlns='urn:xmpp:delay'/></message>", false, true),
        ("<message/>", false, true),
        ("<message from='a@x' id='7' type='*'/>", false, false),
        ("<message from='a@x' id='8'/>", false, false),
        ("<message><body>other</body></message>", false, false),
        ("<message><delay/></message>", false, false),
        ("<message xmlns='other'/>", false, false),
        ("<presence/>", false, false),
    ])
    func compares(_ pattern: String, _ matches: Bool, _ includes: Bool) throws {
        let element = try XMLElement(scripted: Self.message)
        #expect(try element.matches(pattern) == matches)
        #expect(try element.includes(pattern) == includes)
    }

    @Test(arguments: ["", "text", "<a/><b/>", "<a>", "<a b/>"])
    func refusesPatternsThatAreNoElement(_ pattern: String) {
        #expect(throws: ExpectationFailure.self) { try XMLElement(scripted: pattern) }
    }

    @Test func saysWhatWasThereInstead() throws {
        let element = try XMLElement(scripted: Self.message)
        #expect { try expect(element, is: "<presence/>") } throws: { "\($0)".contains("hello") }
    }

    @Test func waitsNoLongerThanItShould() async {
        let value = Watched(1)
        await #expect(throws: ExpectationFailure.self) {
            let _: Int = try await value.wait("two", within: .milliseconds(10)) { $0 == 2 ? .success(2) : nil }
        }
    }

    @Test func servesThoseWhoWaitInOrder() async throws {
        let value = Watched<[Int]>([])
        async let first: Int = value.wait("an element", within: .seconds(10)) { list in
            list.isEmpty ? nil : .success(list.removeFirst())
        }
        value.change { $0.append(1) }
        #expect(try await first == 1)
        #expect(value.value.isEmpty)
    }
}
