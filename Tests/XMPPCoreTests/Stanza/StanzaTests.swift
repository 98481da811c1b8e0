//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

import Testing

@testable import XMPPCore

@Suite struct StanzaTests {
    private let juliet: JID
    private let romeo: JID

    init() throws {
        juliet = try JID("juliet@a.example/balcony")
        romeo = try JID("romeo@b.example")
    }

    private func written(_ stanza: Stanza) -> String {
        let serializer = stanza.serializer()
        var bytes = [UInt8](repeating: 0, count: serializer.bound(of: stanza.content))
        let count = bytes.withUnsafeMutableBytes { serializer.write(stanza.content, into: $0) }
        return String(decoding: bytes.prefix(count), as: UTF8.self)
    }

    @Test func readsAddressing() throws {
        let element = XMLElement(
            "iq", Namespace.client,
            ["type": "get", "id": "1", "from": "juliet@a.example/balcony", "to": "romeo@b.example"]
        ) { XMLElement("ping", "urn:xmpp:ping") }
        let stanza = try Stanza(element)
        #expect(stanza.kind == .iq)
        #expect(stanza.type == .get)
        #expect(stanza.id == "1")
        #expect(stanza.from == juliet)
        #expect(stanza.to == romeo)
        #expect(stanza.payload?.name == "ping")
        #expect(stanza.child("ping", "urn:xmpp:ping") != nil)
        #expect(stanza.element == element)
    }

    @Test(arguments: [
        (XMLElement("message", Namespace.client, ["to": "a@b@c"]), StanzaError.Condition.jidMalformed),
        (XMLElement("message", Namespace.client, ["from": "@b"]), .jidMalformed),
        (XMLElement("presence", Namespace.client, ["to": ""]), .jidMalformed),
        (XMLElement("presence", Namespace.client, ["type": "available"]), .badRequest),
        (XMLElement("presence", Namespace.client, ["type": ""]), .badRequest),
        (XMLElement("presence", Namespace.client, ["type": "get"]), .badRequest),
        (XMLElement("iq", Namespace.client), .badRequest),
        (XMLElement("iq", Namespace.client, ["type": "chat"]), .badRequest),
        (XMLElement("message", Namespace.server), .badRequest),
        (XMLElement("body", Namespace.client), .badRequest),
    ])
    func refuses(element: XMLElement, condition: StanzaError.Condition) {
        #expect { try Stanza(element) } throws: { ($0 as? StanzaError)?.condition == condition }
    }

    @Test func writesAddressesThatHoldNow() throws {
        var stanza = try Stanza(
            XMLElement(
                "message", Namespace.client,
                ["from": "x@a.example", "type": "chat", "to": "y@b.example", "xml:lang": "de"]
            ) {
                XMLElement("body", Namespace.client, text: "Hi")
                XMLElement("x", "urn:x", ["from": "inner", "to": "inner"])
            })
        let inner = "<body>Hi</body><x xmlns='urn:x' from='inner' to='inner'/></message>"
        #expect(written(stanza) == "<message from='x@a.example' type='chat' to='y@b.example' xml:lang='de'>" + inner)
        stanza.from = juliet
        #expect(
            written(stanza) == "<message from='juliet@a.example/balcony' type='chat' to='y@b.example' xml:lang='de'>"
                + inner)
        stanza.to = nil
        #expect(written(stanza) == "<message from='juliet@a.example/balcony' type='chat' xml:lang='de'>" + inner)
        #expect(stanza.element["from"] == "juliet@a.example/balcony")
        #expect(stanza.element["to"] == nil)
        stanza.from = nil
        stanza.to = romeo
        #expect(written(stanza) == "<message to='romeo@b.example' type='chat' xml:lang='de'>" + inner)
        #expect(stanza.content["from"] == "x@a.example")
        #expect(
            String(decoding: stanza.xmlBytes, as: UTF8.self).hasPrefix(
                "<message xmlns='jabber:client' to='romeo@b.example' "))
    }

    @Test func addsAddressesAndEscapesThem() throws {
        var stanza = try Stanza(XMLElement("presence", Namespace.client))
        stanza.from = try JID("a@b.example/it's <b>&\"")
        stanza.to = romeo
        #expect(written(stanza) == "<presence from='a@b.example/it&apos;s &lt;b&gt;&amp;&quot;' to='romeo@b.example'/>")
        #expect(stanza.element["from"] == "a@b.example/it's <b>&\"")
        #expect(try Stanza(stanza.element).from == stanza.from)
    }

    @Test func leavesNamespacedAddressesAlone() throws {
        var stanza = try Stanza(
            XMLElement(
                name: "message", namespace: Namespace.client,
                attributes: [XMLAttribute(name: "from", namespace: "urn:x", value: "1")], nodes: []))
        #expect(stanza.from == nil)
        stanza.from = romeo
        #expect(written(stanza) == "<message from='romeo@b.example' xmlns:a1='urn:x' a1:from='1'/>")
    }

    @Test func makesStanzas() {
        let stanza = Stanza(.message, .chat, id: "7", from: juliet, to: romeo) {
            XMLElement("body", Namespace.client, text: "Hi")
        }
        #expect(
            written(stanza)
                == "<message type='chat' id='7' from='juliet@a.example/balcony' to='romeo@b.example'><body>Hi</body></message>"
        )
        #expect(Stanza(.presence, .available).element == XMLElement("presence", Namespace.client))
        #expect(Stanza(.message, .normal).element == XMLElement("message", Namespace.client))
    }

    @Test func answersRequests() {
        let request = Stanza(.iq, .get, id: "1", from: juliet, to: romeo) { XMLElement("ping", "urn:xmpp:ping") }
        let result = request.result(XMLElement("pong", "u"))
        #expect(result.type == .result)
        #expect(result.id == "1")
        #expect(result.from == romeo)
        #expect(result.to == juliet)
        #expect(result.payload?.name == "pong")
        #expect(request.result().payload == nil)
    }

    @Test(arguments: StanzaType.allCases)
    func answersNeitherErrorsNorResults(type: StanzaType) {
        for kind in Stanza.Kind.allCases {
            let reply = Stanza(kind, type, id: "1", from: juliet, to: romeo) { XMLElement("x", "u") }
                .reply(StanzaError(.itemNotFound, text: "No."))
            if type == .error || type == .result {
                #expect(reply == nil)
            } else {
                #expect(reply?.kind == kind)
                #expect(reply?.type == .error)
                #expect(reply?.id == "1")
                #expect(reply?.from == romeo)
                #expect(reply?.to == juliet)
                #expect(reply?.element.children.map(\.name) == ["error"])
                #expect(reply?.payload.flatMap { StanzaError($0) } == StanzaError(.itemNotFound, text: "No."))
                #expect(reply?.reply(StanzaError(.badRequest)) == nil)
            }
        }
    }
}
