//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

import Testing
import XMPPCore

@Suite struct DomainNameTests {
    @Test(arguments: [
        ("example", "example"), ("Example.ORG.", "example.org"), ("bücher.example", "xn--bcher-kva.example"),
        ("xn--bcher-kva.example", "xn--bcher-kva.example"), ("a_b.example", "a_b.example"),
        ("faß.example", "xn--fa-hia.example"), ("１２.example", "12.example"),
    ])
    func isWrittenInALabels(_ domain: String, _ expected: String) {
        #expect(DomainName.ascii(domain) == expected)
    }

    @Test(arguments: [
        "", ".", "a..b", "127.0.0.1", "[::1]", "a b", "-a.example", "☃.example", "a\0.example",
        Array(repeating: "abcdefghi", count: 26).joined(separator: "."),
    ])
    func isNoneForTheRest(_ domain: String) {
        #expect(DomainName.ascii(domain) == nil)
    }
}
