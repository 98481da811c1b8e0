//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

import Testing
import XMPPCore
import XMPPTestKit

@testable import XMPPFederation

@Suite struct ProvenPairsTests {
    @Test(arguments: [
        ("<message from='tom@partner.example/x' to='alice@acme.example'/>", nil),
        ("<message from='partner.example' to='acme.example'/>", nil),
        ("<message from='TOM@PARTNER.EXAMPLE/x' to='alice@ACME.example.'/>", nil),
        ("<message to='alice@acme.example'/>", StreamError.Condition.improperAddressing),
        ("<message from='tom@partner.example'/>", .improperAddressing),
        ("<message from='tom@@partner.example' to='alice@acme.example'/>", .improperAddressing),
        ("<message from='tom@other.example' to='alice@acme.example'/>", .invalidFrom),
        ("<message from='tom@sub.partner.example' to='alice@acme.example'/>", .invalidFrom),
        ("<message from='tom@xpartner.example' to='alice@acme.example'/>", .invalidFrom),
        ("<message from='alice@acme.example' to='bob@acme.example'/>", .invalidFrom),
        ("<message from='tom@partner.example' to='alice@other.example'/>", .hostUnknown),
    ])
    func letsProvenPairsThrough(_ text: String, _ condition: StreamError.Condition?) throws {
        var proven = ProvenPairs()
        _ = proven.insert(DomainPair(local: "acme.example", remote: "partner.example"))
        let element = try XMLElement(scripted: text)
        do throws(StreamError) {
            _ = try proven.stanza(element)
            #expect(condition == nil)
        } catch {
            #expect(error.condition == condition)
        }
    }

    @Test func letsNothingThroughBefore() throws {
        let element = try XMLElement(scripted: "<message from='tom@partner.example' to='alice@acme.example'/>")
        #expect(throws: StreamError(.notAuthorized)) { try ProvenPairs().stanza(element) }
    }

    @Test func holdsSoManyAndNoMore() {
        var proven = ProvenPairs()
        for number in 0..<ProvenPairs.maximum {
            let isIn = proven.insert(DomainPair(local: "acme.example", remote: "p\(number).example"))
            #expect(isIn)
        }
        let isMoreIn = proven.insert(DomainPair(local: "acme.example", remote: "more.example"))
        #expect(!isMoreIn)
        let isOldIn = proven.insert(DomainPair(local: "acme.example", remote: "p0.example"))
        #expect(isOldIn)
    }
}
