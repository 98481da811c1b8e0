//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

import Logging
import Testing

@testable import switchboard

@Suite struct TextLogHandlerTests {
    @Test(arguments: [
        ("plain", "plain"), ("two words", "\"two words\""), ("a=b", "\"a=b\""), ("", "\"\""),
        ("say \"x\"", #""say \"x\"""#), ("back\\slash", #""back\\slash""#),
        ("x\n2026-11-22T00:00:00Z info switchboard: forged", #""x\n2026-11-22T00:00:00Z info switchboard: forged""#),
        ("\u{1B}[2J", #"\u001b[2J"#), ("a\u{2028}b", #""a\u2028b""#), ("a\u{202E}b", #"a\u202eb"#),
        ("\u{85}", #""\u0085""#), ("bücher.example", "bücher.example"),
    ])
    func whatComesFromElsewhereIsData(_ value: String, _ written: String) {
        let line = TextLogHandler.line(label: "s", level: .info, message: "Hello", metadata: ["k": value])
        #expect(line == "info s: k=\(written) Hello")
        #expect(!line.contains { $0.isNewline })
    }

    @Test func messagesStayOnTheirLine() {
        let line = TextLogHandler.line(label: "s", level: .error, message: "a\r\nb", metadata: [:])
        #expect(line == #"error s: a\r\nb"#)
        #expect(JSONLogHandler.quoted("a\u{2028}\"\n\u{1}") == #""a\u2028\"\n\u0001""#)
    }
}
