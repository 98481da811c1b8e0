//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

import Foundation
import Testing
import XMPPCore
import XMPPPayloads

/// Every element of log-in that the examples of XEP-0388, XEP-0386, XEP-0484 and XEP-0480 show, in their order: read, written,
/// and the same.
@Suite struct SASL2ExampleTests {
    private static let file = URL(filePath: #filePath).deletingLastPathComponent()
        .appending(path: "Examples/sasl2.xml")

    @Test func areReadAndWritten() throws {
        let document = try parse(String(decoding: Data(contentsOf: Self.file), as: UTF8.self))
        var counts = (right: 0, wrong: 0)
        for example in document.children {
            let name = Comment(rawValue: "XEP-\(example["xep"] ?? "") example \(example["number"] ?? "")")
            for element in example.children {
                if Self.isWrong(element) {
                    #expect(throws: PayloadError.self, name) { try Self.rewritten(element) }
                    counts.wrong += 1
                } else {
                    #expect(try Self.canonical(Self.rewritten(element)) == Self.canonical(element), name)
                    counts.right += 1
                }
                for part in try Self.parts(of: element) {
                    #expect(Self.canonical(part.written) == Self.canonical(part.read), name)
                }
            }
        }
        #expect(counts == (58, 4))
    }

    /// Examples that are not what their own specification defines: `authorization-identity`, where XEP-0388 has
    /// `authorization-identifier`, and `mechanisms` in place of `authentication`.
    private static func isWrong(_ element: XMLElement) -> Bool {
        element.name == "mechanisms" || element.child("authorization-identity", SASL2.namespace) != nil
    }

    private static func rewritten(_ element: XMLElement) throws -> XMLElement {
        switch element.name {
        case "authenticate": try SASL2.Authenticate(element).element
        case "challenge", "response": try SASL2.Exchange(element).element
        case "success": try SASL2.Success(element).element
        case "failure": try SASL2.Failure(element).element
        case "continue": try SASL2.Continue(element).element
        case "next": try SASL2.Next(element).element
        case "task-data": try SASL2.TaskData(element).element
        case "abort": try SASL2.Abort(element).element
        default: try SASL2.Feature(element).element
        }
    }

    /// What stands inside and has a form of its own, as it is read and as it is written.
    private static func parts(of element: XMLElement) throws -> [(read: XMLElement, written: XMLElement)] {
        let isFeature = element.name == "authentication"
        let inside = isFeature ? element.child("inline", SASL2.namespace) : element
        return try (inside.map { Array($0.children) } ?? []).compactMap { part in
            switch (part.name, part.namespace) {
            case ("bind", "urn:xmpp:bind:0"):
                (part, isFeature ? try Bind2.Feature(part).element : try Bind2.Request(part).element)
            case ("bound", "urn:xmpp:bind:0"): (part, try Bind2.Bound(part).element)
            case ("fast", "urn:xmpp:fast:0"):
                (part, isFeature ? try FAST.Feature(part).element : try FAST.Use(part).element)
            case ("request-token", "urn:xmpp:fast:0"): (part, try FAST.RequestToken(part).element)
            case ("token", "urn:xmpp:fast:0"): (part, try FAST.Token(part).element)
            case ("salt", "urn:xmpp:scram-upgrade:0"): (part, try SASLUpgrade.Salt(part).element)
            case ("hash", "urn:xmpp:scram-upgrade:0"): (part, try SASLUpgrade.Hash(part).element)
            default: nil
            }
        }
    }

    /// Without what says nothing: the order of different elements, white space around texts.
    private static func canonical(_ element: XMLElement) -> String {
        let attributes = element.attributes.map { "\($0.name)='\($0.value)'" }.sorted()
        let children = element.children.map(canonical).sorted()
        let text = children.isEmpty ? element.text.trimmingCharacters(in: .whitespacesAndNewlines) : ""
        return "<\(element.name) \(element.namespace) \(attributes)>\(text)\(children)"
    }
}
