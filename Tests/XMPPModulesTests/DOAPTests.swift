//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

import Foundation
import Testing
import XMPPModules
import XMPPServer

/// `docs/switchboard.doap`, which others read to learn what this server supports.
@Suite struct DOAPTests {
    /// A `<implements/>` of the file.
    private struct Entry: Hashable, CustomStringConvertible {
        var name: String
        /// Nil for an RFC, for which DOAP has no place.
        var version: String?
        var status: String?
        var note: String?

        var description: String { [name, version, status, note].compactMap(\.self).joined(separator: " | ") }
    }

    private static func listed() throws -> [Entry] {
        let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        let text = try String(contentsOf: root.appending(path: "docs/switchboard.doap"), encoding: .utf8)
        let rfcs = text.matches(of: /<implements rdf:resource='[^']*rfc(\d+)[^']*'\/>/).map {
            Entry(name: "RFC \($0.output.1)")
        }
        let pattern =
            /<xmpp:xep rdf:resource='https:\/\/xmpp\.org\/extensions\/xep-(\d{4})\.html'\/>\s*<xmpp:status>(\w+)<\/xmpp:status>\s*<xmpp:version>([\d.]+)<\/xmpp:version>(?:\s*<xmpp:note xml:lang='en'>([^<]*)<\/xmpp:note>)?/
        let xeps = text.matches(of: pattern).map { match in
            Entry(
                name: "XEP-\(match.output.1)", version: String(match.output.3), status: String(match.output.2),
                note: match.output.4.map(String.init))
        }
        // Whatever the patterns do not match would go unseen.
        try #require(rfcs.count + xeps.count == text.matches(of: /<implements\b/).count)
        return rfcs + xeps
    }

    private static func declared() throws -> [Entry] {
        let modules = BuiltinModules.all(try Company.configuration())
        return (CoreSpecifications.all + modules.flatMap(\.implements)).map { specification in
            guard specification.name.hasPrefix("XEP-") else { return Entry(name: specification.name) }
            return Entry(
                name: specification.name, version: specification.version,
                status: specification.note == nil ? "complete" : "partial", note: specification.note)
        }
    }

    @Test func listsWhatIsImplementedAndNothingElse() throws {
        let listed = Set(try Self.listed())
        let declared = Set(try Self.declared())
        #expect(declared.subtracting(listed) == [], "not in docs/switchboard.doap")
        #expect(listed.subtracting(declared) == [], "in docs/switchboard.doap, but nothing implements it")
    }

    @Test func listsEachSpecificationOnceInOrder() throws {
        let names = try Self.listed().map(\.name)
        #expect(names == Set(names).sorted())
    }

    @Test func eachSpecificationIsDeclaredInOnePlace() throws {
        let names = try Self.declared().map(\.name)
        #expect(names.count == Set(names).count)
    }
}
