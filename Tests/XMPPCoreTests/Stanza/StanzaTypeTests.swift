//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

import Testing

@testable import XMPPCore

@Suite struct StanzaTypeTests {
    private static let valid: [Stanza.Kind: [StanzaType]] = [
        .message: [.normal, .chat, .groupchat, .headline, .error],
        .presence: [.available, .unavailable, .subscribe, .subscribed, .unsubscribe, .unsubscribed, .probe, .error],
        .iq: [.get, .set, .result, .error],
    ]

    private func read(_ name: String?, _ kind: Stanza.Kind) -> StanzaType? {
        guard var name else { return StanzaType(nil, of: kind) }
        return name.withUTF8 { StanzaType(UnsafeRawBufferPointer($0), of: kind) }
    }

    @Test(arguments: Stanza.Kind.allCases)
    func readsItsOwnNames(kind: Stanza.Kind) throws {
        let valid = try #require(Self.valid[kind])
        for type in StanzaType.allCases {
            if valid.contains(type) {
                #expect(read(type.name, kind) == type)
            } else if let name = type.name {
                // RFC 6121 §5.2.2: an unknown type is a normal message.
                #expect(read(name, kind) == (kind == .message ? .normal : nil))
            }
        }
    }

    @Test func readsMissingAndOddTypes() {
        #expect(read(nil, .message) == .normal)
        #expect(read(nil, .presence) == .available)
        #expect(read(nil, .iq) == nil)
        #expect(read("normal", .message) == .normal)
        for odd in ["", "Chat", "chat ", "nonsense"] {
            #expect(read(odd, .message) == .normal)
            #expect(read(odd, .presence) == nil)
            #expect(read(odd, .iq) == nil)
        }
    }

    @Test func knowsSubscriptions() {
        #expect(StanzaType.allCases.filter(\.isSubscription) == [.subscribe, .subscribed, .unsubscribe, .unsubscribed])
    }
}
