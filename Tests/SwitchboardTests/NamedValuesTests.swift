//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

import Testing

@testable import switchboard

@Suite struct NamedValuesTests {
    @Test func keepsTheOrderOfTheFile() {
        var values: NamedValues<Int> = ["b": 1, "a": 2]
        values["c"] = 3
        values["b"] = 4
        #expect(values.names == ["b", "a", "c"])
        #expect(values.values == [4, 2, 3])
        values["a"] = nil
        values["x"] = nil
        #expect(values.names == ["b", "c"])
        #expect(values["a"] == nil)
    }
}
