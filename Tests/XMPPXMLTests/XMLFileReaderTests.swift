//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

import Foundation
import Testing
import XMPPCore
import XMPPXML

@Suite struct XMLFileReaderTests {
    /// A reader of a file with this text.
    private func reader(_ text: String) throws -> XMLFileReader {
        let path = NSTemporaryDirectory() + "/xml-file-\(UUID().uuidString).xml"
        try text.write(toFile: path, atomically: true, encoding: .utf8)
        defer { try? FileManager.default.removeItem(atPath: path) }
        return try XMLFileReader(file: path)
    }

    private func name(_ event: XMLFileReader.Event?) -> String? {
        switch event {
        case .start(let name, let namespace, _)?: "{\(namespace)}\(name)"
        case .end?: "end"
        case nil: nil
        }
    }

    @Test func entersTakesAndPassesOver() throws {
        let reader = try reader(
            """
            <?xml version='1.0' encoding='UTF-8'?>
            <!-- a comment --><a xmlns='urn:a' xmlns:b='urn:b'> text
              <b:whole x='1 &amp; 2' b:y='3'>ä <c/><![CDATA[<d>]]></b:whole>
              <skipped><deep><deeper/></deep></skipped><empty/><skipped/>
              <entered><inner>1</inner></entered>
            </a>
            """)
        #expect(name(try reader.next()) == "{urn:a}a")
        #expect(name(try reader.next()) == "{urn:b}whole")
        let whole = try reader.element()
        #expect(
            try whole
                == XMLElement(
                    parsing: "<b:whole xmlns:b='urn:b' x='1 &amp; 2' b:y='3'>ä <c xmlns='urn:a'/>&lt;d></b:whole>"))
        #expect(name(try reader.next()) == "{urn:a}skipped")
        try reader.skip()
        #expect(name(try reader.next()) == "{urn:a}empty")
        #expect(name(try reader.next()) == "end")
        #expect(name(try reader.next()) == "{urn:a}skipped")
        try reader.skip()
        #expect(name(try reader.next()) == "{urn:a}entered")
        #expect(name(try reader.next()) == "{urn:a}inner")
        #expect(try reader.element() == XMLElement("inner", "urn:a", text: "1"))
        #expect(name(try reader.next()) == "end")
        #expect(name(try reader.next()) == "end")
        #expect(try reader.next() == nil)
    }

    @Test func takesAnEmptyElementWhole() throws {
        let reader = try reader("<a><b x='1'/><c/></a>")
        _ = try reader.next()
        _ = try reader.next()
        #expect(try reader.element() == XMLElement("b", "", ["x": "1"]))
        #expect(name(try reader.next()) == "{}c")
    }

    @Test(arguments: [
        "<a><b></a>", "<a>", "", "no XML", "<a>&undeclared;</a>",
        "<!DOCTYPE a [<!ENTITY x 'y'>]><a>&x;</a>",
        "<!DOCTYPE a [<!ENTITY x SYSTEM 'file:///etc/passwd'>]><a>&x;</a>",
    ])
    func refusesWhatIsNoXMLOrDeclaresEntities(_ text: String) throws {
        #expect(throws: XMLFileError.self) {
            let reader = try reader(text)
            while try reader.next() != nil {}
        }
    }

    @Test func boundsDepthAndSaysWhere() throws {
        let deep = String(repeating: "<a>", count: 300) + String(repeating: "</a>", count: 300)
        #expect(throws: XMLFileError.self) {
            let reader = try reader("<r>\n" + deep + "</r>")
            _ = try reader.next()
            _ = try reader.next()
            _ = try reader.element()
        }
        let broken = try reader("<a>\n<b>\n</a>")
        let error = #expect(throws: XMLFileError.self) { while try broken.next() != nil {} }
        #expect(error?.line == 3)
        #expect(throws: XMLFileError.self) { try XMLFileReader(file: "/nonexistent/file.xml") }
    }
}
