//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

import Testing
import XMPPCore
import XMPPTestKit

@testable import XMPPServer

@Suite struct ClientStateQueueTests {
    private func entry(_ xml: String, isStored: Bool = false) throws -> OutboundQueue.Entry {
        OutboundQueue.Entry(stanza: try Stanza(XMLElement(scripted: xml)), isStored: isStored)
    }

    private func presence(_ from: String, _ id: String, type: String = "") throws -> OutboundQueue.Entry {
        try entry("<presence from='\(from)' id='\(id)'\(type.isEmpty ? "" : " type='\(type)'")/>")
    }

    private func state(_ from: String, _ id: String, _ extra: String = "") throws -> OutboundQueue.Entry {
        try entry(
            """
            <message from='\(from)' id='\(id)' type='chat'>\(extra)\
            <composing xmlns='http://jabber.org/protocol/chatstates'/></message>
            """)
    }

    private func ids(_ entries: [OutboundQueue.Entry]) -> [String] { entries.map { $0.stanza.id ?? "-" } }

    private func inactive(limit: Int = 100) -> ClientStateQueue {
        var queue = ClientStateQueue(limit: limit)
        queue.deactivate()
        return queue
    }

    @Test func keepsNothingBackFromAnActiveClient() throws {
        var queue = ClientStateQueue(limit: 100)
        #expect(ids(queue.take(try presence("romeo@montague.lit/a", "1"))) == ["1"])
        #expect(ids(queue.take(try state("romeo@montague.lit/a", "2"))) == ["2"])
        #expect(queue.count == 0)
    }

    @Test func keepsTheLastPresenceOfEachResource() throws {
        var queue = inactive()
        for (from, id, type) in [
            ("romeo@montague.lit/a", "1", ""), ("romeo@montague.lit/b", "2", ""), ("nurse@capulet.lit/a", "3", ""),
            ("romeo@montague.lit/a", "4", "unavailable"),
        ] {
            #expect(queue.take(try presence(from, id, type: type)).isEmpty)
        }
        #expect(queue.count == 3)
        #expect(ids(queue.activate()) == ["2", "3", "4"])
        #expect(queue.count == 0 && !queue.isInactive)
        #expect(ids(queue.activate()).isEmpty)
    }

    @Test func keepsAllThatHappensInRooms() throws {
        let room = "<x xmlns='http://jabber.org/protocol/muc#user'><item/></x>"
        var queue = inactive()
        for id in 1...3 {
            let type = id == 2 ? " type='unavailable'" : ""
            let presence = "<presence from='hall@rooms.lit/juliet' id='\(id)'\(type)>\(room)</presence>"
            #expect(queue.take(try entry(presence)).isEmpty)
        }
        #expect(ids(queue.activate()) == ["1", "2", "3"])
    }

    @Test(arguments: [
        "<presence type='subscribe' from='romeo@montague.lit' id='x'/>",
        "<presence type='unsubscribed' from='romeo@montague.lit' id='x'/>",
        "<presence type='error' from='romeo@montague.lit' id='x'/>",
        "<presence id='x'/>",
        "<message from='romeo@montague.lit/a' id='x'><body>Hello</body></message>",
        "<message from='romeo@montague.lit/a' id='x'/>",
        "<message from='romeo@montague.lit/a' id='x' type='error'><active xmlns='http://jabber.org/protocol/chatstates'/></message>",
        "<message from='romeo@montague.lit/a' id='x'><received xmlns='urn:xmpp:receipts' id='7'/></message>",
        """
        <message from='romeo@montague.lit/a' id='x'><active xmlns='http://jabber.org/protocol/chatstates'/>\
        <body>Hello</body></message>
        """,
        "<iq type='get' from='romeo@montague.lit/a' id='x'/>",
        "<iq type='result' from='montague.lit' id='x'/>",
    ])
    func sendsWhatMattersBehindAllThatCameBefore(xml: String) throws {
        var queue = inactive()
        #expect(queue.take(try presence("romeo@montague.lit/a", "1")).isEmpty)
        #expect(queue.take(try state("romeo@montague.lit/a", "2")).isEmpty)
        #expect(ids(queue.take(try entry(xml))).last == (try XMLElement(scripted: xml))["id"])
        #expect(queue.count == 0)
        // It stays inactive.
        #expect(queue.take(try presence("romeo@montague.lit/a", "3")).isEmpty)
        #expect(ids(queue.take(try entry(xml))) == ["3", "x"])
    }

    @Test func keepsTheLastChatStateOfEachSender() throws {
        var queue = inactive()
        #expect(queue.take(try state("romeo@montague.lit/a", "1", "<thread>t</thread>")).isEmpty)
        #expect(queue.take(try state("romeo@montague.lit/a", "2", "<no-store xmlns='urn:xmpp:hints'/>")).isEmpty)
        #expect(queue.take(try state("nurse@capulet.lit/a", "3", "<origin-id xmlns='urn:xmpp:sid:0' id='o'/>")).isEmpty)
        #expect(ids(queue.activate()) == ["2", "3"])
    }

    private func copy(_ kind: String, _ id: String, to: String, _ content: String) throws -> OutboundQueue.Entry {
        try entry(
            """
            <message from='juliet@capulet.lit' id='\(id)'><\(kind) xmlns='urn:xmpp:carbons:2'>\
            <forwarded xmlns='urn:xmpp:forward:0'><message xmlns='jabber:client' from='juliet@capulet.lit/desk' \
            to='\(to)'>\(content)</message></forwarded></\(kind)></message>
            """)
    }

    @Test func looksIntoCopies() throws {
        let composing = "<composing xmlns='http://jabber.org/protocol/chatstates'/>"
        var queue = inactive()
        #expect(queue.take(try copy("sent", "1", to: "romeo@montague.lit", composing)).isEmpty)
        #expect(queue.take(try copy("sent", "2", to: "nurse@capulet.lit", composing)).isEmpty)
        #expect(queue.take(try copy("sent", "3", to: "romeo@montague.lit", composing)).isEmpty)
        let words = try copy("sent", "4", to: "romeo@montague.lit", composing + "<body>Hello</body>")
        #expect(ids(queue.take(words)) == ["2", "3", "4"])
        // A wrapper of nothing is not for this queue to judge.
        let empty = try entry("<message from='a@b.lit' id='5'><received xmlns='urn:xmpp:carbons:2'/></message>")
        #expect(ids(queue.take(empty)) == ["5"])
    }

    @Test func keepsNothingBackThatIsStored() throws {
        var queue = inactive()
        #expect(ids(queue.take(try entry("<presence from='a@b.lit/c' id='1'/>", isStored: true))) == ["1"])
    }

    @Test func isBounded() throws {
        var queue = inactive(limit: 3)
        for id in 1...3 { #expect(queue.take(try presence("p\(id)@montague.lit/a", "\(id)")).isEmpty) }
        #expect(queue.take(try presence("p1@montague.lit/a", "4")).isEmpty)
        #expect(ids(queue.take(try presence("p9@montague.lit/a", "5"))) == ["2", "3", "4", "5"])
        #expect(queue.count == 0 && queue.isInactive)
    }

    @Test func keepsNothingBackWhereThatIsSwitchedOff() throws {
        var queue = inactive(limit: 0)
        #expect(ids(queue.take(try presence("romeo@montague.lit/a", "1"))) == ["1"])
        #expect(!queue.isInactive)
    }

    /// Whatever comes in whatever order: nothing but superseded presence and chat states is missing, and what the client
    /// gets of one sender is in the order it came.
    @Test func losesAndOvertakesNothing() throws {
        var random = SystemRandomNumberGenerator()
        for _ in 0..<200 {
            var queue = ClientStateQueue(limit: 4)
            var sent: [OutboundQueue.Entry] = []
            var important: [String] = []
            var last: [String: String] = [:]
            for id in 0..<60 {
                let from = "p\(Int.random(in: 0..<6, using: &random))@montague.lit/a"
                switch Int.random(in: 0..<6, using: &random) {
                case 0: queue.deactivate()
                case 1: sent += queue.activate()
                case 2:
                    important.append("\(id)")
                    sent += queue.take(try entry("<message from='\(from)' id='\(id)'><body>.</body></message>"))
                default:
                    last[from] = "\(id)"
                    sent += queue.take(try presence(from, "\(id)"))
                }
            }
            sent += queue.activate()
            let order = ids(sent).compactMap { Int($0) }
            #expect(order == order.sorted())
            #expect(Set(order).count == order.count)
            #expect(Set(important).union(last.values).isSubset(of: ids(sent)))
        }
    }
}
