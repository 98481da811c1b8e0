//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

import Testing
import XMPPCore

@testable import XMPPClient

@Suite struct ClientPartsTests {
    @Test func computesTheHandshake() {
        // SHA-1 of "3BF96D32secret".
        #expect(
            ComponentHandshake.digest(streamID: "3BF96D32", secret: "secret").count == 40)
        #expect(
            ComponentHandshake.digest(streamID: "abc", secret: "") == "a9993e364706816aba3e25717850c26c9cd0d89d",
            "FIPS 180's example")
    }

    @Test func acknowledgesInOrder() throws {
        var window = AcknowledgementWindow()
        for tag in ["a", nil, "b", "c"] { window.append(tag) }
        #expect(try window.acknowledge(2) == ["a"])
        #expect(try window.acknowledge(2) == [])
        #expect(try window.acknowledge(4) == ["b", "c"])
        #expect(window.isEmpty)
        #expect(throws: AcknowledgementWindow.CountTooHigh.self) { try window.acknowledge(5) }
    }

    @Test func refusesACountThatGoesBack() throws {
        var window = AcknowledgementWindow()
        for _ in 0..<4 { window.append("x") }
        _ = try window.acknowledge(3)
        #expect(throws: AcknowledgementWindow.CountTooHigh.self) { try window.acknowledge(2) }
    }

    @Test func waitsLongerEachTime() {
        var backoff = Backoff(first: .seconds(1), last: .seconds(3))
        #expect(backoff.pause(jitter: 1) == .seconds(1))
        #expect(backoff.pause(jitter: 0) == .seconds(1))
        #expect(backoff.pause(jitter: 1) == .seconds(3))
        #expect(backoff.pause(jitter: 0.5) == .seconds(2.25))
        backoff.reset()
        #expect(backoff.pause(jitter: 1) == .seconds(1))
    }

    @Test func matchesAnswersByIDAndPeer() throws {
        var tracker = IQTracker<String>()
        let request = Stanza(
            .iq, .get, id: "1", from: try JID("care.acme.example"), to: try JID("alice@acme.example/x"))
        tracker.register(request, for: "offer", deadline: 100)
        let stranger = Stanza(.iq, .result, id: "1", from: try JID("alice@acme.example/y"))
        #expect(tracker.take(stranger) == nil)
        #expect(tracker.nextDeadline == 100)
        let answer = Stanza(.iq, .result, id: "1", from: try JID("alice@acme.example/x"))
        #expect(tracker.take(answer) == "offer")
        #expect(tracker.take(answer) == nil)
    }

    @Test func givesUpInTime() throws {
        var tracker = IQTracker<String>()
        tracker.register(Stanza(.iq, .get, id: "1", to: try JID("a@b.example")), for: "early", deadline: 100)
        tracker.register(Stanza(.iq, .get, id: "2", to: try JID("a@b.example")), for: "late", deadline: 200)
        #expect(tracker.takeExpired(at: 99).isEmpty)
        #expect(tracker.takeExpired(at: 100) == ["early"])
        #expect(tracker.nextDeadline == 200)
    }

    @Test func readsBackWhatItStored() throws {
        let stanza = Stanza(.message, .chat, id: "1", from: try JID("a@b.example"), to: try JID("c@d.example")) {
            XMLElement("body", Namespace.client, text: "1 < 2 & \"3\"")
        }
        let copy = try Stanza(stored: stanza.xmlBytes)
        #expect(copy.element == stanza.element)
    }
}
