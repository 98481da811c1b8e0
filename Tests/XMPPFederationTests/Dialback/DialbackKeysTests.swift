//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

import Testing

@testable import XMPPFederation

@Suite struct DialbackKeysTests {
    /// The example of XEP-0185 §3.
    @Test func makesTheKeyOfTheSpecification() {
        let keys = DialbackKeys(secret: "s3cr3tf0rd14lb4ck")
        let key = keys.key(receiving: "xmpp.example.com", originating: "example.org", streamID: "D60000229F")
        #expect(key == "37c69b1cf07a3f67c04a5ef5902fa5114f2c76fe4a2686482ba5b89323075643")
    }

    @Test func knowsItsOwnKeysOnly() {
        let keys = DialbackKeys()
        let key = keys.key(receiving: "a.example", originating: "b.example", streamID: "1")
        #expect(keys.isValid(key, receiving: "a.example", originating: "b.example", streamID: "1"))
        #expect(!keys.isValid(key, receiving: "b.example", originating: "a.example", streamID: "1"))
        #expect(!keys.isValid(key, receiving: "a.example", originating: "b.example", streamID: "2"))
        #expect(!keys.isValid("", receiving: "a.example", originating: "b.example", streamID: "1"))
        #expect(!DialbackKeys().isValid(key, receiving: "a.example", originating: "b.example", streamID: "1"))
    }

    /// CVE-2016-0756: fields that run into one another.
    @Test func keepsItsFieldsApart() {
        let keys = DialbackKeys()
        let key = keys.key(receiving: "a.example", originating: "b.example", streamID: "x y")
        #expect(!keys.isValid(key, receiving: "a.example", originating: "b.example", streamID: "x y"))
        #expect(!keys.isValid(key, receiving: "a.example", originating: "b.example x", streamID: "y"))
    }
}
