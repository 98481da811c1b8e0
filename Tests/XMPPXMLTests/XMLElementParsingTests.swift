//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

import Testing
import XMPPCore

@testable import XMPPXML

@Suite struct XMLElementParsingTests {
    @Test(arguments: [
        ("<a/>", XMLElement("a", "")),
        (" \n<a xmlns='u'>x</a>\n", XMLElement("a", "u", text: "x")),
        ("<message xmlns='jabber:client'/>", XMLElement("message", Namespace.client)),
        ("<message xmlns='jabber:server'/>", XMLElement("message", Namespace.server)),
    ])
    func reads(text: String, element: XMLElement) throws {
        #expect(try XMLElement(parsing: text) == element)
    }

    @Test(arguments: [
        ("", StreamError.Condition.notWellFormed),
        ("  ", .notWellFormed),
        ("text", .badFormat),
        ("<a/>text", .badFormat),
        ("<a/><b/>", .notWellFormed),
        ("<a>", .notWellFormed),
        ("</x>", .notWellFormed),
        ("<a/></x>", .notWellFormed),
        ("<a/></x><x>", .notWellFormed),
        ("<a", .notWellFormed),
        ("<a></b>", .notWellFormed),
        ("<a>\0</a>", .notWellFormed),
        ("<b:a/>", .badNamespacePrefix),
        ("<stream:features/>", .badNamespacePrefix),
        ("<?xml version='1.0'?><a/>", .notWellFormed),
        ("<!DOCTYPE a><a/>", .notWellFormed),
        ("<a><!-- --></a>", .restrictedXml),
        ("<a>&x;</a>", .restrictedXml),
        ("<stream:stream xmlns:stream='http://etherx.jabber.org/streams'/>", .badFormat),
    ])
    func refuses(text: String, condition: StreamError.Condition) {
        #expect(throws: XMLParsingError(condition: condition)) { try XMLElement(parsing: text) }
    }

    @Test func refusesBadUTF8() {
        #expect(throws: XMLParsingError(condition: .notWellFormed)) {
            try XMLElement(parsing: Array("<a>".utf8) + [0xC0, 0x80] + Array("</a>".utf8))
        }
    }

    @Test func holdsItsLimits() throws {
        let limits = XMLLimits(bytes: 30, depth: 2, elements: 3, attributes: 1)
        #expect(throws: XMLParsingError(condition: .policyViolation)) {
            try XMLElement(parsing: "<a>" + String(repeating: "x", count: 40) + "</a>", limits: limits)
        }
        #expect(throws: XMLParsingError(condition: .policyViolation)) {
            try XMLElement(parsing: "<a><a><a/></a></a>", limits: limits)
        }
        #expect(throws: XMLParsingError(condition: .policyViolation)) {
            try XMLElement(parsing: "<a><a/><a/><a/></a>", limits: limits)
        }
        #expect(throws: XMLParsingError(condition: .policyViolation)) {
            try XMLElement(parsing: "<a b='' c=''/>", limits: limits)
        }
        #expect(
            try XMLElement(parsing: "<a b=''><a/><a/></a>", limits: limits).children.reduce(0) { sum, _ in sum + 1 }
                == 2)
    }

    @Test func readsWhatStreamsMayCarry() throws {
        // As deep and as wide as anything that was let in once.
        let deep = (1..<200).reduce(XMLElement("x", "u")) { inner, _ in XMLElement("y", "v") { inner } }
        #expect(try XMLElement(parsing: deep.xmlString) == deep)
        let long = XMLElement("x", "u", text: String(repeating: "<&>", count: 500_000))
        #expect(try XMLElement(parsing: long.xmlString).text == long.text)
    }

    @Test func readsStreamElementsItWrote() throws {
        let features = XMLElement("features", Namespace.streams) {
            XMLElement("bind", Namespace.bind)
            XMLElement("x", "")
        }
        #expect(try XMLElement(parsing: features.xmlString) == features)
        let error = StreamError(.hostUnknown, text: "Not here.").element
        #expect(try XMLElement(parsing: error.xmlString) == error)
    }
}
