//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

import Testing
import XMPPCore
import XMPPServer
import XMPPStorage
import XMPPTestKit

@testable import XMPPModules

@Suite struct AvatarTests {
    /// The beginning of a PNG file, and its SHA-1.
    private static let png = "iVBORw0KGgo="
    private static let hash = "4caece539b039b16e16206ea2478f8c5ffb2ca05"
    private static let update = "vcard-temp:x:update"

    private func card(_ photo: String) -> String {
        "<vCard xmlns='vcard-temp'><FN>Bob</FN><PHOTO>\(photo)</PHOTO></vCard>"
    }

    private func withStaff(_ body: (TestServer) async throws -> Void) async throws {
        let configuration = try Company.configuration { configuration in
            configuration.groups = [
                AccountGroup("Staff", accounts: try ["alice", "bob"].map { try JID($0 + "@acme.example") })
            ]
        }
        try await Company.with(configuration, body)
    }

    private func photo(_ presence: XMLElement) -> String? {
        presence.child("x", Self.update)?.child("photo", Self.update)?.text
    }

    @Test func showsThePictureInEveryPresence() async throws {
        try await withStaff { server in
            let alice = try await server.client("alice@acme.example/a", isAvailable: true)
            let bob = try await server.client("bob@acme.example/b", isAvailable: true)
            let first = try await alice.expect("<presence from='bob@acme.example/b'/>")
            #expect(first.child("x", Self.update) == nil)
            let stored = try await bob.iq(
                "set", to: nil, card("<TYPE>image/png</TYPE><BINVAL>\n  iVBORw0K\n  Ggo=\n</BINVAL>"))
            #expect(stored["type"] == "result")
            // At once, and from then on whatever the client says or does not say.
            #expect(photo(try await alice.expect("<presence from='bob@acme.example/b'/>")) == Self.hash)
            for presence in [
                "<presence/>", "<presence><x xmlns='\(Self.update)'/></presence>",
                "<presence><x xmlns='\(Self.update)'><photo>0123</photo></x></presence>",
                "<presence to='alice@acme.example/a'/>",
            ] {
                bob.send(presence)
                let seen = try await alice.expect("<presence from='bob@acme.example/b'/>")
                #expect(photo(seen) == Self.hash, "\(presence)")
                #expect(seen.children("x", Self.update).count == 1)
            }
            bob.send("<presence><x xmlns='\(Self.update)'><photo/></x></presence>")
            #expect(photo(try await alice.expect("<presence from='bob@acme.example/b'/>"))?.isEmpty == true)
            bob.send("<presence type='unavailable'/>")
            #expect(try await alice.expect("<presence type='unavailable'/>").child("x", Self.update) == nil)
        }
    }

    @Test func takesThePictureBack() async throws {
        try await withStaff { server in
            let alice = try await server.client("alice@acme.example/a", isAvailable: true)
            let bob = try await server.client("bob@acme.example/b", isAvailable: true)
            try await alice.expect("<presence from='bob@acme.example/b'/>")
            _ = try await bob.iq("set", to: nil, card("<BINVAL>\(Self.png)</BINVAL>"))
            #expect(photo(try await alice.expect("<presence from='bob@acme.example/b'/>")) == Self.hash)
            _ = try await bob.iq("set", to: nil, card("<BINVAL>\(Self.png)</BINVAL>"))
            #expect(try await alice.settle().isEmpty)
            _ = try await bob.iq("set", to: nil, "<vCard xmlns='vcard-temp'><FN>Bob</FN></vCard>")
            #expect(photo(try await alice.expect("<presence from='bob@acme.example/b'/>"))?.isEmpty == true)
        }
    }

    @Test func knowsThePicturesOfCardsFromBefore() async throws {
        let database = try XMPPDatabase(inMemory: "cards")
        try await VCardStore(database).set(card("<BINVAL>\(Self.png)</BINVAL>"), of: "bob@acme.example")
        try await VCardStore(database).set("no card at all", of: "carol@acme.example")
        var setup = TestServer.Setup()
        setup.database = database
        setup.modules = BuiltinModules.all(try Company.configuration())
        try await TestServer.with(setup) { server in
            let bob = try await server.client("bob@acme.example/b")
            let seen = try await bob.becomeAvailable().first { $0.name == "presence" }
            #expect(photo(try #require(seen)) == Self.hash)
            #expect(try await VCardStore(database).unexamined(limit: 1).isEmpty)
        }
    }

    @Test(arguments: [
        ("<BINVAL>not base64!</BINVAL>", StanzaError.Condition.notAcceptable),
        ("<TYPE>text/html</TYPE><BINVAL>iVBORw0KGgo=</BINVAL>", .notAcceptable),
        // <svg/>
        ("<TYPE>image/svg+xml</TYPE><BINVAL>PHN2Zy8+</BINVAL>", .notAcceptable),
        ("<BINVAL></BINVAL>", nil), ("<EXTVAL>https://acme.example/bob.png</EXTVAL>", nil),
        // GIF89a, JPEG
        ("<TYPE>image/gif</TYPE><BINVAL>R0lGODlh</BINVAL>", nil), ("<BINVAL>/9j/4A==</BINVAL>", nil),
    ])
    func takesOnlyPictures(photo: String, refusal: StanzaError.Condition?) async throws {
        try await Company.with { server in
            let bob = try await server.client("bob@acme.example/b")
            #expect(try await bob.iq("set", to: nil, card(photo)).errorCondition == refusal)
        }
    }

    @Test func boundsThePicture() async throws {
        try await Company.with { server in
            let bob = try await server.client("bob@acme.example/b")
            let long = "iVBORw0KGgoA" + String(repeating: "A", count: VCardPhoto.maximumBytes / 3 * 4)
            #expect(try await bob.iq("set", to: nil, card("<BINVAL>\(long)</BINVAL>")).errorCondition == .notAcceptable)
        }
    }
}
