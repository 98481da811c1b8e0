//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

import Testing

@testable import XMPPCore

@Suite struct XMLTokenTests {
    @Test(arguments: [
        (XMLToken.empty, ""),
        (.message, "message"), (.presence, "presence"), (.iq, "iq"), (.body, "body"), (.error, "error"), (.id, "id"),
        (.from, "from"), (.to, "to"), (.type, "type"), (.lang, "lang"), (.r, "r"), (.a, "a"), (.stream, "stream"),
        (.clientNamespace, Namespace.client), (.serverNamespace, Namespace.server),
        (.componentNamespace, Namespace.component), (.streamsNamespace, Namespace.streams),
        (.xmlNamespace, Namespace.xml), (.streamManagementNamespace, "urn:xmpp:sm:3"),
    ])
    func hasConstantsAtTheirPlaces(token: XMLToken, name: String) {
        #expect(token.string == name)
        #expect(XMLToken(name) == token)
    }

    @Test func findsEveryNameOfTheTable() {
        for (index, name) in XMLToken.table.enumerated() {
            #expect(XMLToken("\(name)").id == UInt16(index + 1))
            #expect(XMLToken(id: UInt16(index + 1)).string == "\(name)")
            #expect(XMLToken(id: UInt16(index + 1)).withBytes { String(utf8: $0) } == "\(name)")
        }
        #expect(Set(XMLToken.table.map { "\($0)" }).count == XMLToken.table.count)
    }

    @Test(arguments: ["x ", "Message", "messag", "messages", "\0", "urn:unknown", String(repeating: "x", count: 5000)])
    func knowsNoOtherName(name: String) {
        #expect(XMLToken(name) == .unknown)
    }

    @Test(arguments: [0, 60_000, UInt16.max])
    func hasNoTextBeyondTheTable(id: UInt16) {
        #expect(XMLToken(id: id).string == "")
        #expect(XMLToken(id: id).withBytes { $0.count } == 0)
    }
}
