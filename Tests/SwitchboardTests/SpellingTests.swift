//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

import Testing

@testable import switchboard

@Suite struct SpellingTests {
    @Test(arguments: [
        ("", "", 0), ("a", "", 1), ("abc", "abc", 0), ("abc", "abd", 1), ("abc", "acb", 1), ("path", "paht", 1),
        ("kitten", "sitting", 3), ("abc", "xyz", 3),
    ])
    func countsEdits(_ first: String, _ second: String, _ distance: Int) {
        #expect(Spelling.distance(Array(first), Array(second)) == distance)
        #expect(Spelling.distance(Array(second), Array(first)) == distance)
    }

    @Test func suggestsOnlyWhatIsNear() {
        let known = ["address", "port", "type", "allow_plaintext"]
        #expect(Spelling.nearest(to: "adress", among: known) == "address")
        #expect(Spelling.nearest(to: "Allow-Plain-Text", among: known) == "allow_plaintext")
        #expect(Spelling.nearest(to: "ports", among: known) == "port")
        #expect(Spelling.nearest(to: "wallpaper", among: known) == nil)
        #expect(Spelling.nearest(to: "x", among: []) == nil)
    }
}
